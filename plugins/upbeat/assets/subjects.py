"""Profiles, posts and stories as far as their pictures go: where each lies upstream, and what is kept of it already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from upbeat.assets.source_url import url_hash
from upbeat.errors import ThrottledError
from upbeat.records import Parsed, Platform, Post, Profile, Story, SubjectKind
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the method of a flow keeps.

    Attributes:
        media: what the subject's own picture or film is.
        renewed_by: the flow that tells new addresses, and `renewal_parameter` its parameter.
        of_owner: the renewal is asked by the profile's id, not by the subject's own.
    """

    media: SubjectKind
    renewed_by: str
    renewal_parameter: str
    of_owner: bool = False


KEEPING: dict[str, Keeping] = {
    "keep_picture": Keeping("profile_picture", "instagram.profile_by_id", "user_id"),
    "keep_post_media": Keeping("post_media", "instagram.post_by_id", "post_id"),
    "keep_story_media": Keeping("story_media", "instagram.stories", "user_id", of_owner=True),
    "keep_avatar": Keeping("profile_picture", "youtube.channel_by_id", "channel_id"),
    "keep_thumbnail": Keeping("thumbnail", "youtube.video_by_id", "video_id"),
}
"""By the method of the flow, which names its statement, too."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A profile, post or story. `source` told the addresses; a thumbnail is that of a film."""

    platform: Platform
    subject_id: str
    profile_id: str
    source: str
    media_url: str | None
    thumbnail_url: str | None = None

    def addresses(self, keeping: Keeping) -> Iterator[tuple[SubjectKind, str]]:
        """What there is to fetch. A thumbnail that is the picture itself is not another one."""
        if self.media_url:
            yield keeping.media, self.media_url
        if self.thumbnail_url and url_hash(self.thumbnail_url) != url_hash(self.media_url or ""):
            yield "thumbnail", self.thumbnail_url

    def renewed(self, told: Parsed) -> Subject | None:
        """The subject with the addresses that a source tells now; None where it does not tell of it any more."""
        for _, record in told.records():
            if isinstance(record, Profile) and record.profile_id == self.subject_id:
                return replace(self, source=record.source, media_url=record.profile_pic_url)
            if isinstance(record, Story) and record.story_id == self.subject_id:
                return replace(self, source=record.source, media_url=record.media_url)
            if isinstance(record, Post) and record.post_id == self.subject_id:
                return self._of_post(record)
        return None

    def _of_post(self, post: Post) -> Subject:
        if self.platform is Platform.YOUTUBE:  # of a video the thumbnail is all that is kept
            return replace(self, source=post.source, media_url=post.thumbnail_url)
        return replace(self, source=post.source, media_url=post.media_url, thumbnail_url=post.thumbnail_url)


async def claim_subject(
    connection: psycopg.AsyncConnection[Any],
    platform: Platform,
    flow: str,
    subject_id: str,
    *,
    task_id: int,
    lease_token: str,
) -> None:
    """Keep other tasks from fetching the same until this one has ended. Raises `ThrottledError` while another one does."""
    values = {
        "platform": platform.value,
        "flow": flow,
        "subject_id": subject_id,
        "task_id": task_id,
        "lease_token": lease_token,
    }
    if await (await connection.execute(SQL["claim"].encode(), values)).fetchone() is None:
        raise ThrottledError(f"{subject_id}: another task fetches it", retry_after=_PATIENCE_SECONDS)


async def find_subject(
    connection: psycopg.AsyncConnection[Any], method: str, platform: Platform, subject_id: str
) -> Subject | None:
    """The subject of a task; None for one that was never collected."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(SQL[method].encode(), {"subject_id": subject_id})).fetchone()
    return None if row is None else Subject(platform=platform, **row)


async def kept_of(
    connection: psycopg.AsyncConnection[Any], platform: Platform, keeping: Keeping, subject_id: str
) -> dict[SubjectKind, Mapping[str, Any]]:
    """What is kept of a subject, by kind."""
    values = {
        "platform": platform.value,
        "kinds": sorted({keeping.media, "thumbnail"}),
        "subject_id": subject_id,
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(SQL["kept"].encode(), values)).fetchall()
    return {row.pop("subject_kind"): row for row in rows}
