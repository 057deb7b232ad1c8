"""Draws samples of a creator's followers and commenters out of what was collected in Postgres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from upbeat.authenticity.follower import Follower
from upbeat.errors import InputError
from upbeat.records import Platform, Relation
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_STATEMENTS: dict[Relation, str] = {"follower": "followers", "commenter": "commenters"}

STREAMED_AT_ONCE = 2_000
NO_PICTURE = (
    "44884218_345707102882519_2446069589734326272_n",
    "464760996_1254146839119862_3605321457742435801_n",
)
"""Files of the grey figures that Instagram shows for accounts without a picture of their own."""


@dataclass(frozen=True, slots=True)
class Creator:
    """Whose audience it is. Handle and followers are None while the account itself was not collected."""

    profile_id: str
    handle: str | None
    followers: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """One account of an audience."""

    account_id: str
    follower: Follower


@dataclass(frozen=True, slots=True)
class Sample:
    """Accounts drawn out of an audience.

    Attributes:
        known: how many were collected of whom it was drawn.
    """

    sample_id: str
    relation: Relation
    members: list[Member]
    known: int


async def find_creator(
    connection: psycopg.AsyncConnection[Any], platform: Platform, params: Mapping[str, Any]
) -> Creator:
    """The creator whom the parameters `handle` or `profile_id` name.

    Raises:
        InputError: no account with this handle was collected.
    """
    name = "creator_by_handle" if params.get("handle") else "creator_by_id"
    rows = await _rows(connection, name, {**params, "platform": platform.value})
    if rows:
        return Creator(rows[0]["profile_id"], rows[0]["handle"], rows[0]["followers_count"])
    if params.get("handle"):
        handle = params["handle"]
        raise InputError(
            f"handle={handle}: no such account was collected: `upbeat enqueue {platform.lower()}.profile_by_handle {handle}`"
        )
    return Creator(params["profile_id"], None, None)


async def sample_id_of(connection: psycopg.AsyncConnection[Any], task_id: int, size: int) -> str:
    """Names the sample that a task asks for, `2026-11-26/2000`: the day on which it was asked for, and its size at most.

    All tasks of a day with one size share it, so that who scores a creator's followers and who sums them up draw the same ones.
    """
    (row,) = await _rows(connection, "asked_on", {"task_id": task_id})
    asked_on: date = row["asked_on"]
    return f"{asked_on.isoformat()}/{size}"


async def draw(
    connection: psycopg.AsyncConnection[Any],
    creator: Creator,
    platform: Platform,
    relation: Relation,
    sample_id: str,
    size: int,
) -> Sample:
    """At most `size` accounts of the audience; the same of the same collected audience, whenever it is drawn."""
    given = _given(creator, platform, sample_id, size)
    rows = await _rows(connection, _STATEMENTS[relation], given)
    known = rows[0]["known"] if rows else 0
    return Sample(sample_id, relation, [_member(row) for row in rows], known)


def stream(
    connection: psycopg.Connection[dict[str, Any]],
    creator: Creator,
    platform: Platform,
    relation: Relation,
    sample_id: str,
    size: int,
) -> Iterator[Member]:
    """The accounts that `draw` gives, a few thousand at a time in memory. Within a transaction of a connection whose rows are dictionaries."""
    with connection.cursor("audience") as cursor:
        cursor.itersize = STREAMED_AT_ONCE
        cursor.execute(_SQL[_STATEMENTS[relation]].encode(), _given(creator, platform, sample_id, size))
        for row in cursor:
            yield _member(row)


def _given(creator: Creator, platform: Platform, sample_id: str, size: int) -> dict[str, Any]:
    return {
        "platform": platform.value,
        "profile_id": creator.profile_id,
        "sample_id": sample_id,
        "size": size,
    }


def _member(row: Mapping[str, Any]) -> Member:
    follower = Follower(
        handle=row["handle"],
        full_name=row["full_name"],
        followers=row["followers"],
        following=row["following"],
        posts=row["posts"],
        has_picture=has_picture(row["picture_url"]),
        is_private=row["is_private"],
    )
    return Member(row["account_id"], follower)


def has_picture(url: str | None) -> bool | None:
    """Whether an account has a picture of its own, by the address of the one that is shown; None without an address."""
    if not url:
        return None
    return not any(name in url for name in NO_PICTURE)


async def _rows(
    connection: psycopg.AsyncConnection[Any], name: str, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL[name].encode(), given)
        return await cursor.fetchall()
