"""One identity per creator: an id that only the Graph API knows is resolved, by handle, to the id that is known already.

Why, and what the ids look like: docs/adr/0005.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from upbeat.crawlers.instagram.media_ids import is_graph_account_id
from upbeat.ingestion.rows import Observation
from upbeat.records import Parsed, Platform, Post, Profile
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
Record = TypeVar("Record", Profile, Post)


async def resolve_identities(
    connection: psycopg.AsyncConnection[Any], observations: Sequence[Observation]
) -> Sequence[Observation]:
    """The observations, with foreign ids replaced where the creator's own is known here or in the table.

    Costs nothing when no id is foreign, which is the rule.
    """
    records: list[Profile | Post] = []
    for seen in observations:
        records += [*seen.parsed.profiles, *seen.parsed.posts]
    foreign = sorted({record.handle for record in records if _is_foreign(record)})
    if not foreign:
        return observations
    cursor = await connection.execute(_SQL["known_ids"], {"handles": foreign})
    known = {
        handle: profile_id
        for handle, profile_id in await cursor.fetchall()
        if not is_graph_account_id(profile_id)
    }
    known |= {record.handle: record.profile_id for record in records if not _is_foreign(record)}
    return [Observation(_resolved(seen.parsed, known), seen.payloads, seen.pointers) for seen in observations]


def _resolved(parsed: Parsed, known: Mapping[str, str]) -> Parsed:
    return replace(
        parsed,
        profiles=[_own(profile, known) for profile in parsed.profiles],
        posts=[_own(post, known) for post in parsed.posts],
    )


def _own(record: Record, known: Mapping[str, str]) -> Record:
    own = known.get(record.handle) if _is_foreign(record) else None
    return record if own is None else replace(record, profile_id=own)


def _is_foreign(record: Profile | Post) -> bool:
    return record.platform is Platform.INSTAGRAM and is_graph_account_id(record.profile_id)
