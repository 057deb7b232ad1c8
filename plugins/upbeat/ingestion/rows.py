"""Records to table rows, pure: which rows a group of outcomes writes, newest per key, in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from upbeat.ingestion.tables import Record, Row, Table, key_of, row_of, table_of
from upbeat.records import Parsed, Post, Profile, RawPayload


@dataclass(slots=True)
class RowSet:
    """The rows of one transaction: current rows by table, and log entries. All are sorted by key: unsorted concurrent
    upserts deadlock."""

    current: dict[Table, list[Row]] = field(default_factory=dict)
    profile_log: list[Row] = field(default_factory=list)
    post_log: list[Row] = field(default_factory=list)

    def of(self, table: str) -> list[Row]:
        """The current rows of a table by its name."""
        return [row for found, rows in self.current.items() if found.name == table for row in rows]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run parsed, and where its raw answers lie: `pointers[i]` belongs to `payloads[i]`."""

    parsed: Parsed
    payloads: list[RawPayload]
    pointers: list[str]

    def pointer_of(self, record: Record) -> str | None:
        """The raw answer that `record` was read from: same source and time, else the last of its source."""
        found = None
        for payload, pointer in zip(self.payloads, self.pointers, strict=False):
            if payload.source == record.source:
                found = pointer
                if payload.fetched_at == record.observed_at:
                    return pointer
        return found


def rows_of(observations: Iterable[Observation]) -> RowSet:
    """All rows that these observations write."""
    seen = [
        (record, observation.pointer_of(record))
        for observation in observations
        for _, record in observation.parsed.records()
    ]
    profiles = [(record, raw) for record, raw in seen if isinstance(record, Profile)]
    posts = [(record, raw) for record, raw in seen if isinstance(record, Post)]
    return RowSet(
        current=_current(seen),
        # The same observation twice in a group is one entry; the later stands.
        profile_log=_sorted({_log_key(p, p.profile_id): _profile_entry(p, raw) for p, raw in profiles}),
        post_log=_sorted({_log_key(p, p.post_id): _post_entry(p, raw) for p, raw in posts}),
    )


def _current(seen: list[tuple[Record, str | None]]) -> dict[Table, list[Row]]:
    """One row per key: the newest record's, with what only an older one of the group tells filled in."""
    by_table: dict[Table, dict[tuple[str, ...], tuple[Record, str | None]]] = {}
    for record, raw in sorted(seen, key=lambda one: one[0].observed_at):
        table = table_of(record)
        known = by_table.setdefault(table, {})
        key = key_of(record)
        older = None if table.told_whole else known.get(key)
        known[key] = (record if older is None else _overlay(older[0], record), raw)
    return {
        table: [row_of(*known[key]) for key in sorted(known)]
        for table, known in sorted(by_table.items(), key=lambda item: (item[0].name, item[0].event or ""))
    }


def _overlay(older: Record, newer: Record) -> Record:
    names = [found.name for found in fields(newer)]
    known = {name: getattr(newer, name) for name in names if getattr(newer, name) is not None}
    return type(newer)(**{**{name: getattr(older, name) for name in names}, **known})


def _log_key(record: Profile | Post, identity: str) -> tuple[str, ...]:
    return (record.platform.value, identity, record.observed_at.isoformat(), record.source)


def _sorted(rows: dict[tuple[str, ...], Row]) -> list[Row]:
    return [rows[key] for key in sorted(rows)]


def _profile_entry(profile: Profile, raw_object: str | None) -> Row:
    return {
        "platform": profile.platform,
        "profile_id": profile.profile_id,
        "handle": profile.handle,
        "dimensions": profile.dimensions(),
        "metrics": profile.metrics(),
        "source": profile.source,
        "timestamp": profile.observed_at,
        "raw_object": raw_object,
    }


def _post_entry(post: Post, raw_object: str | None) -> Row:
    return {
        "platform": post.platform,
        "post_id": post.post_id,
        "profile_id": post.profile_id,
        "dimensions": post.dimensions(),
        "metrics": post.metrics(),
        "source": post.source,
        "timestamp": post.observed_at,
        "raw_object": raw_object,
    }
