"""`youtube138`: a scraper of YouTube's pages on RapidAPI.

Shapes: six recorded answers (`/channel/details`, `/channel/videos`, `/video/details`, `/video/comments`, `/search`, a channel of a search).
Not recorded, hence inferred from `/channel/videos`: a page of shorts. `cursorNext` pages; a search is narrowed to channels or videos
by the cursor that its own `filterGroups` give for the type, which takes a request more. `id` takes a channel id or `@handle`.

Limit: 850 requests a minute, the provider's. Counts are those that pages show: subscribers rounded to three digits, views exact. Ages in
lists are rough, descriptions in lists are cut: what is rough is not told. Errors are those of RapidAPI's gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.crawlers.refusals import document_refusal, is_error_document
from upbeat.crawlers.youtube import scraped_page as of
from upbeat.crawlers.youtube.data_api_lists import offset_of
from upbeat.crawlers.youtube.interface import YouTubeCrawler
from upbeat.crawlers.youtube.scraped_records import (
    handle_of,
    read_channel,
    read_comment,
    read_video,
    to_worded_count,
)
from upbeat.errors import MalformedBodyError, NotFoundError, UpbeatError
from upbeat.records import Parsed, PayloadKind, Platform, Problem, SearchHit

HOST = "youtube138.p.rapidapi.com"
TYPE_CURSOR = "type_cursor"
"""The identifier that a search gives on the way to hits of one type: the cursor that narrows it."""
FURTHER_PAGE = "further_page"
"""The parameter of a page that others came before."""
_LABELS = {"profile": "Channel", "post": "Video"}


class YouTube138(YouTubeCrawler):
    """Channels, videos, shorts, comments and searches."""

    source = "youtube138"
    base_url = f"https://{HOST}"
    credential_fields = ("key",)
    default_limit = "850/min"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    # --- channels -------------------------------------------------------------------------------
    async def fetch_channel_by_id(self, channel_id: str) -> Parsed:
        """One request."""
        return await self._channel(channel_id, {"profile_id": channel_id})

    async def fetch_channel_by_handle(self, handle: str) -> Parsed:
        """One request."""
        return await self._channel(f"@{handle}", {"handle": handle})

    async def fetch_channel_basic(self, channel_id: str) -> Parsed:
        """One request: there is no smaller one."""
        return await self.fetch_channel_by_id(channel_id)

    async def _channel(self, identity: str, params: dict[str, str]) -> Parsed:
        return await self._ask(PayloadKind.PROFILE, "/channel/details/", {"id": identity}, params)

    # --- videos ---------------------------------------------------------------------------------
    async def video_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One request for about 30."""
        return await self._uploads(channel_id, "videos_latest", cursor)

    async def short_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One request for about 48."""
        return await self._uploads(channel_id, "shorts_latest", cursor, post_type="short")

    async def _uploads(self, channel_id: str, filter_: str, cursor: str | None, **params: str) -> Parsed:
        query = {"id": channel_id, "filter": filter_} | ({"cursor": cursor} if cursor else {})
        about = {"profile_id": channel_id, **params}
        return await self._ask(PayloadKind.POSTS, "/channel/videos/", query, about)

    async def fetch_video_by_id(self, video_id: str) -> Parsed:
        """One request."""
        return await self._ask(PayloadKind.POST, "/video/details/", {"id": video_id}, {"post_id": video_id})

    async def comment_page(self, video_id: str, cursor: str | None) -> Parsed:
        """One request for 20; replies take one more for each comment and are not asked for."""
        params = {"post_id": video_id} | ({FURTHER_PAGE: "true"} if cursor else {})
        query = {"id": video_id} | ({"cursor": cursor} if cursor else {})
        return await self._ask(PayloadKind.COMMENTS, "/video/comments/", query, params)

    # --- searches -------------------------------------------------------------------------------
    async def channel_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """One request for 20, and one before the first page."""
        return await self._search("profile", query, cursor, offset)

    async def video_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """One request for 20, and one before the first page."""
        return await self._search("post", query, cursor, offset)

    async def _search(
        self, entity: Literal["profile", "post"], query: str, cursor: str | None, offset: int
    ) -> Parsed:
        params = {"query": query, "entity": entity, "offset": str(offset)}
        if cursor is None:
            found = await self._ask(PayloadKind.IDENTIFIER, "/search/", {"q": query}, params)
            cursor = found.identifiers.get(TYPE_CURSOR)
        asked = {"q": query} | ({"cursor": cursor} if cursor else {})
        return await self._ask(PayloadKind.SEARCH, "/search/", asked, params)

    # --- answers --------------------------------------------------------------------------------
    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`."""
        try:
            document = load_json(body)
        except MalformedBodyError as error:
            error.source = cls.source
            raise
        if isinstance(document, dict) and of.is_official(document):
            raise MalformedBodyError(
                f"the answer holds {document['kind']}: that is the official API's, `ytapi`", source=cls.source
            )
        about: dict[str, Any] = {"source": cls.source, "observed_at": observed_at}
        match kind:
            case PayloadKind.PROFILE:
                return _one_channel(document, about)
            case PayloadKind.PROFILES:
                return _channels(document, about)
            case PayloadKind.POST:
                return _one_video(document, about, params)
            case PayloadKind.POSTS:
                return _videos(_page(document, "videos"), about, params)
            case PayloadKind.COMMENTS:
                return _comments(_page(document, "comments"), about, params)
            case PayloadKind.SEARCH:
                return _hits(_page(document, "results"), about, params)
            case PayloadKind.IDENTIFIER:
                cursor = _type_cursor(_page(document, "results").envelope, params.get("entity"))
                return Parsed(identifiers={TYPE_CURSOR: cursor} if cursor else {})
        raise MalformedBodyError(f"youtube138 sends no {kind} body", source=cls.source)


def _no_data(document: Any, otherwise: str) -> UpbeatError:
    if is_error_document(document):
        return document_refusal(
            YouTube138.source, document, status=200, retry_after=None, has_credential=True
        )
    return MalformedBodyError(otherwise, source=YouTube138.source)


def _page(document: Any, what: str) -> of.Page:
    page = of.find_page(document)
    if page is None or (not page.entries and is_error_document(document)):
        raise _no_data(document, f"no list of {what} in the answer")
    return page


def _one_channel(document: Any, about: dict[str, Any]) -> Parsed:
    record = of.find_one(document, of.CHANNEL)
    if record is None:
        raise _no_data(document, "no channel in the answer")
    parsed = Parsed()
    read_channel(record, parsed, "", **about)
    if not parsed.profiles:
        raise _nothing(record, "channelId", "channel")
    return parsed


def _channels(document: Any, about: dict[str, Any]) -> Parsed:
    page = of.find_page(document)
    if page is None or all(entry.kind != of.CHANNEL for entry in page.entries):
        return _one_channel(document, about)
    parsed = Parsed(next_cursor=page.cursor)
    for number, entry in enumerate(page.entries):
        if entry.kind == of.CHANNEL:
            read_channel(entry.record, parsed, f"channels[{number}].", **about)
        elif entry.kind != of.VIDEO:
            parsed.problems.append(Problem(f"channels[{number}]", "expected a channel"))
    return _some(page, parsed, len(parsed.profiles), "channels")


def _one_video(document: Any, about: dict[str, Any], params: Mapping[str, str]) -> Parsed:
    record = of.find_one(document, of.VIDEO)
    if record is None:
        raise _no_data(document, "no video in the answer")
    parsed = Parsed()
    read_video(record, parsed, "", **about, params=params)
    if not parsed.posts:
        raise _nothing(record, "videoId", "video")
    return parsed


def _nothing(record: Mapping[str, Any], name: str, what: str) -> UpbeatError:
    """An object whose id is null is how pages of what does not exist come; without an id it is something else."""
    if name in record and not record[name]:
        return NotFoundError(f"there is no such {what}", source=YouTube138.source, status=200)
    return MalformedBodyError(f"the {what} has no id or names no channel", source=YouTube138.source)


def _videos(page: of.Page, about: dict[str, Any], params: Mapping[str, str]) -> Parsed:
    parsed = Parsed(next_cursor=page.cursor)
    for number, entry in enumerate(page.entries):
        place = f"videos[{number}]"
        if entry.kind == of.VIDEO and isinstance(entry.record, dict):
            read_video(entry.record, parsed, f"{place}.", **about, params=params)
        elif entry.kind != of.CHANNEL:
            parsed.problems.append(Problem(place, "expected a video"))
    return _some(page, parsed, len(parsed.posts), "videos")


def _comments(page: of.Page, about: dict[str, Any], params: Mapping[str, str]) -> Parsed:
    parsed = Parsed(next_cursor=page.cursor)
    for number, entry in enumerate(page.entries):
        place = f"comments[{number}]"
        if entry.kind == of.COMMENT:
            read_comment(entry.record, parsed, f"{place}.", **about, params=params)
        else:
            parsed.problems.append(Problem(place, "expected a comment"))
    stated = FieldReader(page.envelope, []).count("", "totalCommentsCount")
    is_all = page.cursor is None and FURTHER_PAGE not in params
    if is_all and stated is not None and len(page.entries) < stated:
        said = f"{len(page.entries)} came where totalCommentsCount says {stated}"
        parsed.problems.append(Problem("comments", said))
    return _some(page, parsed, len(parsed.facts), "comments")


def _hits(page: of.Page, about: dict[str, Any], params: Mapping[str, str]) -> Parsed:
    """The hits of the wanted type, or of both; entries of other kinds (playlists, shelves) are passed over."""
    wanted = params.get("entity")
    parsed = Parsed(next_cursor=page.cursor)
    known = 0
    for number, entry in enumerate(page.entries):
        if entry.kind not in (of.CHANNEL, of.VIDEO) or not isinstance(entry.record, dict):
            continue
        entity: Literal["profile", "post"] = "profile" if entry.kind == of.CHANNEL else "post"
        known += 1
        if wanted in (None, entity):
            read = FieldReader(entry.record, parsed.problems, f"results[{number}].")
            _hit(read, entity, parsed, about, params)
    return _some(page, parsed, known, "results")


def _hit(
    read: FieldReader,
    entity: Literal["profile", "post"],
    parsed: Parsed,
    about: dict[str, Any],
    params: Mapping[str, str],
) -> None:
    item_id = read.identifier("item_id", "channelId" if entity == "profile" else "videoId")
    if item_id is None:
        read.note("item_id", "the result has no id")
        return
    is_channel = entity == "profile"
    parsed.facts.append(
        SearchHit(
            platform=Platform.YOUTUBE,
            **about,
            query=params.get("query", ""),
            entity=entity,
            item_id=item_id,
            position=offset_of(params) + len(parsed.facts) + 1,
            handle=handle_of(read, "" if is_channel else "author."),
            title=read.text("title", "title"),
            followers_count=read.value(
                "followers_count", to_worded_count, "stats.subscribers", "stats.subscribersText"
            )
            if is_channel
            else None,
        )
    )


def _type_cursor(envelope: Mapping[str, Any], wanted: str | None) -> str | None:
    """The cursor that narrows a search to the wanted type; None when it is narrowed already."""
    groups = envelope.get("filterGroups")
    for group in groups if isinstance(groups, list) else ():
        filters = group.get("filters") if isinstance(group, dict) and group.get("title") == "Type" else None
        for choice in filters if isinstance(filters, list) else ():
            if isinstance(choice, dict) and choice.get("label") == _LABELS.get(wanted or ""):
                cursor = choice.get("cursorSelect")
                narrowed = choice.get("selected") is True
                return cursor if isinstance(cursor, str) and cursor and not narrowed else None
    return None


def _some(page: of.Page, parsed: Parsed, found: int, what: str) -> Parsed:
    if page.entries and not found:
        reason = str(parsed.problems[0]) if parsed.problems else "unknown shape"
        raise MalformedBodyError(
            f"none of {len(page.entries)} {what} can be read ({reason})", source=YouTube138.source
        )
    return parsed
