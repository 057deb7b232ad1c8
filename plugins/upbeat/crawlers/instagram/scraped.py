"""One parser for all scrapers: they pass on Instagram's own shapes, wrapped in this or that. Pure.

A scraper that tells the status of Instagram's answer (`response.status_code`, RocketAPI's way) is read through: what Instagram
refused is not the credential's fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from upbeat.crawlers.base import Crawler
from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.instagram.accounts import read_profile
from upbeat.crawlers.instagram.comments import read_comments
from upbeat.crawlers.instagram.envelopes import POSTS, TOP_POSTS, find_page, find_post, find_user, unwrap_item
from upbeat.crawlers.instagram.listed_accounts import read_listed_accounts
from upbeat.crawlers.instagram.observation import Observation
from upbeat.crawlers.instagram.posts import read_posts
from upbeat.crawlers.instagram.short_pages import note_short_page
from upbeat.crawlers.instagram.stories import read_highlight_items, read_highlights, read_stories
from upbeat.crawlers.instagram.tags_and_places import location_beside_posts, read_hashtags, read_locations
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.refusals import document_refusal, is_error_document
from upbeat.errors import MalformedBodyError, UpbeatError
from upbeat.records import Parsed, PayloadKind

_STATUS = re.compile(r"[1-5]\d\d")
Reader = Callable[[Any, Observation], Parsed | None]


def parse(
    cls: type[Crawler], kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
) -> Parsed:
    """Read a body of the scraper `cls`; see `Crawler.parse`."""
    try:
        document = load_json(body)
    except MalformedBodyError as error:
        error.source = cls.source
        raise
    document, relayed = _relayed(cls, document)
    reader, what = _READERS.get(kind, (None, ""))
    if reader is None:
        raise MalformedBodyError(f"sends no bodies of kind {kind}", source=cls.source)
    parsed = reader(document, Observation(cls.source, observed_at, params))
    if parsed is None or (is_error_document(document) and _is_empty(parsed)):
        raise _no_data(cls, document, f"no {what} in the answer", relayed=relayed)
    return parsed


def _is_empty(parsed: Parsed) -> bool:
    return next(parsed.records(), None) is None and not parsed.identifiers


def _relayed(cls: type[Crawler], document: Any) -> tuple[Any, bool]:
    """Instagram's answer out of `{"response": {"status_code": …, "body": …}}`, and whether there was one.

    Gateways of functions relay one as `{"statusCode": …, "body": "…"}`, with JSON in a text.

    Raises what a status that is no success stands for.
    """
    if isinstance(document, str):
        document = _json_or_text(document)
    response = document.get("response") if isinstance(document, dict) else None
    if isinstance(document, dict) and "statusCode" in document and "body" in document:
        response = document
    if not isinstance(response, dict):
        return document, False
    body = response.get("body")
    if isinstance(body, str):
        body = _json_or_text(body)
    told = str(response.get("status_code", response.get("statusCode")))
    status = int(told) if _STATUS.fullmatch(told) else 200
    if not 200 <= status < 300:
        raise document_refusal(cls.source, body, status=status, retry_after=None, has_credential=False)
    return (body, True) if "body" in response else (document, False)


def _json_or_text(text: str) -> Any:
    try:
        return load_json(text.encode("utf-8", "surrogatepass"))
    except MalformedBodyError:
        return "" if text.lstrip()[:1] == "<" else text


def _no_data(cls: type[Crawler], document: Any, otherwise: str, *, relayed: bool) -> UpbeatError:
    """The error of a good answer without data: what its envelope says, else `otherwise`."""
    if is_error_document(document):
        has_credential = bool(cls.credential_fields) and not relayed
        return document_refusal(
            cls.source, document, status=200, retry_after=None, has_credential=has_credential
        )
    return MalformedBodyError(otherwise, source=cls.source)


def _read_profile(document: Any, asked: Observation) -> Parsed | None:
    user = find_user(document)
    if user is None:
        return None
    return read_profile(user, source=asked.source, observed_at=asked.observed_at)


def _read_identifier(document: Any, asked: Observation) -> Parsed | None:
    """The handle that an account has; it is all that such an answer says."""
    user = find_user(document) or (document if isinstance(document, dict) else {})
    handle = FieldReader(user, []).handle("", "username", "user_name", "userName", "UserName", "handle")
    return Parsed(identifiers={"handle": handle}) if handle else None


def _read_post(document: Any, asked: Observation) -> Parsed | None:
    post = find_post(document)
    if post is None:
        return None
    return read_posts([post], source=asked.source, observed_at=asked.observed_at, params=asked.params)


def _read_posts(document: Any, asked: Observation) -> Parsed | None:
    listing = asked.params.get("listing")
    page = find_page(document, TOP_POSTS if listing == "hashtag_top" else POSTS)
    if page is None:
        return None
    parsed = read_posts(
        page.items,
        source=asked.source,
        observed_at=asked.observed_at,
        beside=page.beside,
        params=asked.params,
    )
    if listing == "location":
        parsed.facts += location_beside_posts(map(unwrap_item, page.items), page.beside, asked)
    parsed.next_cursor = page.cursor
    note_short_page(page, parsed.problems)
    return parsed


_READERS: dict[PayloadKind, tuple[Reader, str]] = {
    PayloadKind.PROFILE: (_read_profile, "account"),
    PayloadKind.IDENTIFIER: (_read_identifier, "handle"),
    PayloadKind.POST: (_read_post, "post"),
    PayloadKind.POSTS: (_read_posts, "list of posts"),
    PayloadKind.COMMENTS: (read_comments, "list of comments"),
    PayloadKind.STORIES: (read_stories, "list of stories"),
    PayloadKind.HIGHLIGHTS: (read_highlights, "list of highlights"),
    PayloadKind.HIGHLIGHT_ITEMS: (read_highlight_items, "highlight with its stories"),
    PayloadKind.HASHTAG: (read_hashtags, "hashtag"),
    PayloadKind.LOCATION: (read_locations, "place"),
    **{
        kind: (partial(read_listed_accounts, kind), "list of accounts")
        for kind in (
            PayloadKind.FOLLOWERS,
            PayloadKind.FOLLOWING,
            PayloadKind.LIKERS,
            PayloadKind.SIMILAR,
            PayloadKind.SEARCH,
        )
    },
}
