"""Lists of the YouTube Data API v3 that hold references: search results, playlists, activities, sections of a channel's page. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.youtube.data_api_page import Page, each_item, finish
from upbeat.crawlers.youtube.handles import to_opaque_id
from upbeat.records import ChannelActivity, ChannelSection, ListedPost, Parsed, Platform, SearchHit

VIDEO_IDS = "video_ids"
"""The identifier that a page of a playlist gives on the way to its videos: their ids, with commas."""


def offset_of(params: Mapping[str, str]) -> int:
    """How many entries came before this page."""
    offset = params.get("offset", "")
    return int(offset) if offset.isdigit() else 0


def read_search(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The channels and videos that a search found; playlists among them are passed over.

    Titles come with HTML entities, in searches alone.
    """
    parsed = Parsed()
    passed_over = 0
    for read in each_item(page, parsed, "results"):
        if FieldReader(read.record, []).identifier("", "id.playlistId"):
            passed_over += 1
            continue
        channel_id = read.identifier("item_id", "id.channelId")
        video_id = read.identifier("item_id", "id.videoId")
        item_id = video_id or channel_id
        if item_id is None:
            read.note("item_id", "the result names neither a channel nor a video")
            continue
        entity: Literal["profile", "post"] = "post" if video_id else "profile"
        title = read.text("title", "snippet.title")
        parsed.facts.append(
            SearchHit(
                platform=Platform.YOUTUBE,
                source=source,
                observed_at=observed_at,
                query=params.get("query", ""),
                entity=entity,
                item_id=item_id,
                position=offset_of(params) + len(parsed.facts) + 1,
                title=html.unescape(title) if title else None,
            )
        )
    return finish(page, parsed, len(parsed.facts) + passed_over, "results", source)


def read_playlist(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The videos of a playlist at the positions that it tells; where it tells none, in their order."""
    parsed = Parsed()
    for read in each_item(page, parsed, "entries"):
        post_id = _listed_video(read)
        playlist_id = read.identifier("listing_key", "snippet.playlistId") or params.get("listing_key")
        if post_id is None or playlist_id is None:
            read.note("post_id" if post_id is None else "listing_key", "missing: expected an id")
        if post_id is None or (playlist_id is None and params):
            continue
        position = read.count("position", "snippet.position")
        parsed.facts.append(
            ListedPost(
                platform=Platform.YOUTUBE,
                source=source,
                observed_at=observed_at,
                listing="playlist",
                listing_key=playlist_id or "",  # a body in a file, about which nothing is known
                post_id=post_id,
                position=(offset_of(params) + len(parsed.facts) if position is None else position) + 1,
            )
        )
    return finish(page, parsed, len(parsed.facts), "entries", source)


def read_listed_ids(page: Page, *, source: str) -> Parsed:
    """The ids of a playlist's videos, as an identifier on the way to the videos."""
    parsed = Parsed()
    ids = [post_id for read in each_item(page, parsed, "entries") if (post_id := _listed_video(read))]
    parsed.identifiers[VIDEO_IDS] = ",".join(dict.fromkeys(ids))
    return finish(page, parsed, len(ids), "entries", source)


def _listed_video(read: FieldReader) -> str | None:
    return read.identifier("post_id", "contentDetails.videoId", "snippet.resourceId.videoId")


def read_activities(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """What a channel did; the part `contentDetails`, which was not asked for in the recordings, tells with which video or playlist."""
    parsed = Parsed()
    for read in each_item(page, parsed, "activities"):
        activity_id = read.value("activity_id", to_opaque_id, "id")
        profile_id = read.identifier("profile_id", "snippet.channelId") or params.get("profile_id")
        if activity_id is None or profile_id is None:
            read.note("activity_id" if activity_id is None else "profile_id", "missing: expected an id")
            continue
        parsed.facts.append(
            ChannelActivity(
                platform=Platform.YOUTUBE,
                source=source,
                observed_at=observed_at,
                activity_id=activity_id,
                profile_id=profile_id,
                activity_type=read.text("activity_type", "snippet.type"),
                title=read.text("title", "snippet.title"),
                item_id=_activity_item(read),
                published_at=read.instant("published_at", "snippet.publishedAt"),
            )
        )
    return finish(page, parsed, len(parsed.facts), "activities", source)


def _activity_item(read: FieldReader) -> str | None:
    details = read.record.get("contentDetails")
    if not isinstance(details, dict) or not details:
        return None
    kind = next(iter(details))
    paths = ("videoId", "resourceId.videoId", "resourceId.channelId", "resourceId.playlistId")
    return read.identifier("item_id", *(f"contentDetails.{kind}.{path}" for path in paths))


def read_sections(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The shelves of a channel's page; those that the platform fills by itself name no items and no title."""
    parsed = Parsed()
    for read in each_item(page, parsed, "sections"):
        section_id = read.identifier("section_id", "id")
        profile_id = read.identifier("profile_id", "snippet.channelId") or params.get("profile_id")
        if section_id is None or profile_id is None:
            read.note("section_id" if section_id is None else "profile_id", "missing: expected an id")
            continue
        parsed.facts.append(
            ChannelSection(
                platform=Platform.YOUTUBE,
                source=source,
                observed_at=observed_at,
                section_id=section_id,
                profile_id=profile_id,
                section_type=read.text("section_type", "snippet.type"),
                title=read.text("title", "snippet.title", "snippet.localized.title"),
                position=read.count("position", "snippet.position"),
                item_ids=_section_items(read),
            )
        )
    return finish(page, parsed, len(parsed.facts), "sections", source)


def _section_items(read: FieldReader) -> list[str] | None:
    details: Any = read.record.get("contentDetails")
    if not isinstance(details, dict):
        return None
    found: list[str] = []
    for name in ("playlists", "channels"):
        entries = details.get(name)
        for number in range(len(entries) if isinstance(entries, list) else 0):
            item = read.identifier("item_ids", f"contentDetails.{name}.{number}")
            if item is not None:
                found.append(item)
    return found or None
