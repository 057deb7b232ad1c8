"""Whom a question is about: the public text of creators, as it was collected in Postgres, and whether it is enough to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from upbeat.enrichment.kinds import READS_POSTS
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.question import Subject
from upbeat.enrichment.untrusted_text import clean
from upbeat.errors import InputError
from upbeat.records import Platform
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
SUBJECTS = {Platform.INSTAGRAM: "accounts", Platform.YOUTUBE: "channels"}
"""The statement that reads subjects by their ids, with its parameters `profile_ids` and `captions`."""

_BY_HANDLE = {Platform.INSTAGRAM: "account_by_handle", Platform.YOUTUBE: "channel_by_handle"}
_COLLECTED_BY = {Platform.INSTAGRAM: "profile_by_handle", Platform.YOUTUBE: "channel_by_handle"}


@dataclass(frozen=True, slots=True)
class Creator:
    """A subject, and whether the account is private: then nothing of it is sent."""

    subject: Subject
    is_private: bool


def creator_of(row: Mapping[str, Any]) -> Creator:
    """The creator of a row of `SUBJECTS`' statements."""
    subject = Subject(
        platform=Platform(row["platform"]),
        profile_id=row["profile_id"],
        handle=row["handle"],
        biography=row["biography"],
        captions=tuple(row["captions"]),
    )
    return Creator(subject, row["is_private"])


def why_not_asked(prompt: Prompt, creator: Creator) -> str | None:
    """Why the prompt's question about the creator would be a waste or is forbidden, in one line; None where it may be asked.

    A handle alone may tell a gender. Of place, subjects and audience it tells nothing that is worth a call. Captions beyond
    those that the prompt shows count for nothing.
    """
    kind, subject = prompt.kind, creator.subject
    if creator.is_private:
        return f"{subject.handle} is a private account: nothing of it is sent"
    has_biography = bool(clean(subject.biography or ""))
    if kind == "base_gender":
        has_name = any(character.isalpha() for character in subject.handle)
        return (
            None if has_name or has_biography else f"{subject.handle} has no biography, and no name to read"
        )
    shown = subject.captions[: prompt.limits.captions] if kind in READS_POSTS else ()
    if has_biography or any(clean(caption) for caption in shown):
        return None
    beside = " and no captions" if kind in READS_POSTS else ""
    return f"{subject.handle} has no biography{beside}: there is nothing to read"


async def find_creator(
    connection: psycopg.AsyncConnection[Any], platform: Platform, params: Mapping[str, Any], *, captions: int
) -> Creator:
    """The creator whom the parameters `handle` or `profile_id` name, with the newest `captions` captions.

    Raises:
        InputError: no such account was collected: one line that names what to enqueue.
    """
    profile_id = params.get("profile_id")
    if handle := params.get("handle"):
        found = await _rows(connection, _BY_HANDLE[platform], {"handle": handle})
        profile_id = found[0]["profile_id"] if found else None
    creators = await find_creators(
        connection, platform, [profile_id] if profile_id else [], captions=captions
    )
    if creators:
        return creators[0]
    named = f"handle={handle}" if handle else f"profile_id={profile_id}"
    way_out = f"`upbeat enqueue {platform.lower()}.{_COLLECTED_BY[platform]} {handle or 'HANDLE'}`"
    raise InputError(f"{named}: no such account was collected: {way_out}")


async def find_creators(
    connection: psycopg.AsyncConnection[Any], platform: Platform, profile_ids: Sequence[str], *, captions: int
) -> list[Creator]:
    """The creators with these ids, as far as they were collected, in the order of their ids."""
    given = {"profile_ids": list(profile_ids), "captions": captions}
    return [creator_of(row) for row in await _rows(connection, SUBJECTS[platform], given)]


async def _rows(
    connection: psycopg.AsyncConnection[Any], name: str, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name].encode(), given)
        return await cursor.fetchall()
