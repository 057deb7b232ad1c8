"""Records to table rows, pure: which rows a group of outcomes writes, newest per key, in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from upbeat.records import Parsed, Post, Profile, RawPayload

Row = dict[str, Any]
Record = TypeVar("Record", Profile, Post)


@dataclass(slots=True)
class RowSet:
    """The rows of one transaction by table. Sorted by key: unsorted concurrent upserts deadlock."""

    accounts: list[Row] = field(default_factory=list)
    posts: list[Row] = field(default_factory=list)
    profile_log: list[Row] = field(default_factory=list)
    post_log: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run parsed, and where its raw answers lie: `pointers[i]` belongs to `payloads[i]`."""

    parsed: Parsed
    payloads: list[RawPayload]
    pointers: list[str]

    def pointer_of(self, record: Profile | Post) -> str | None:
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
    profiles: list[tuple[Profile, str | None]] = []
    posts: list[tuple[Post, str | None]] = []
    for seen in observations:
        profiles += [(profile, seen.pointer_of(profile)) for profile in seen.parsed.profiles]
        posts += [(post, seen.pointer_of(post)) for post in seen.parsed.posts]
    return RowSet(
        accounts=_sorted({_key(p, p.profile_id): _account(p) for p in _merged([p for p, _ in profiles])}),
        posts=_sorted({_key(p, p.post_id): _post(p) for p in _merged([p for p, _ in posts])}),
        # The same observation twice in a group is one entry; the later stands.
        profile_log=_sorted({_log_key(p, p.profile_id): _profile_entry(p, raw) for p, raw in profiles}),
        post_log=_sorted({_log_key(p, p.post_id): _post_entry(p, raw) for p, raw in posts}),
    )


def _merged(records: list[Record]) -> list[Record]:
    """One record per key: the newest, with what only an older one of the group tells filled in."""
    by_key: dict[tuple[str, ...], Record] = {}
    for record in sorted(records, key=lambda record: record.observed_at):
        identity = record.profile_id if isinstance(record, Profile) else record.post_id
        key = _key(record, identity)
        older = by_key.get(key)
        by_key[key] = record if older is None else _overlay(older, record)
    return list(by_key.values())


def _overlay(older: Record, newer: Record) -> Record:
    names = newer.__dataclass_fields__
    known = {name: getattr(newer, name) for name in names if getattr(newer, name) is not None}
    return type(newer)(**{**{name: getattr(older, name) for name in names}, **known})


def _key(record: Profile | Post, identity: str) -> tuple[str, ...]:
    return (record.platform.value, identity)


def _log_key(record: Profile | Post, identity: str) -> tuple[str, ...]:
    return (record.platform.value, identity, record.observed_at.isoformat(), record.source)


def _sorted(rows: dict[tuple[str, ...], Row]) -> list[Row]:
    return [rows[key] for key in sorted(rows)]


def _account(profile: Profile) -> Row:
    return {
        "platform": profile.platform,
        "profile_id": profile.profile_id,
        **profile.dimensions(),
        "followers_count": profile.followers,
        "following_count": profile.following,
        "posts_count": profile.media_count,
        "source": profile.source,
        "observed_at": profile.observed_at,
    }


def _post(post: Post) -> Row:
    return {
        "platform": post.platform,
        "post_id": post.post_id,
        "profile_id": post.profile_id,
        **post.dimensions(),
        "likes_count": post.likes,
        "comments_count": post.comments,
        "plays_count": post.plays,
        "source": post.source,
        "observed_at": post.observed_at,
    }


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
