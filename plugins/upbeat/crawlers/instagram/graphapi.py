"""`graphapi`: Facebook's Graph API, official.

`GET /<version>/<own user id>?fields=business_discovery.username(<handle>){…}` tells of any professional account. Shapes: recorded
answers of business discovery with media pages; names of fields, error codes and subcodes: the Graph API reference (IG User, IG
Media, Error handling). Private accounts, personal ones and those that do not exist are all "cannot be found" (110, subcode 2207013).

Ids (docs/adr/0005): `ig_id` is the user id that all other sources tell and is taken where it is told; else `id`, Graph's own. A
post's id is read out of its permalink, for Graph's `id` of a post is foreign too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.http import Answer
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.instagram.media_ids import post_id_of, shortcode_in
from upbeat.crawlers.instagram.posts import read_post_type
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.refusals import (
    COOL_DOWN_SECONDS,
    document_refusal,
    error_text,
    is_error_document,
    retry_after_seconds,
)
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NextSourceError,
    NotFoundError,
    RotateCredentialError,
    UpbeatError,
)
from upbeat.records import Parsed, PayloadKind, Platform, Post, Profile

PAGE = 50
USER_FIELDS = (
    "id,ig_id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count"
)
OWNER_FIELDS = "id,ig_id,username"
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,like_count,comments_count,permalink,timestamp,media_url"
)

# Codes of the reference, by what they ask for.
_USED_UP = frozenset({4, 17, 32, 341, 368, 613, 80001, 80002})
_REFUSED = frozenset({10, 102, 104, 190, 452, 458, 459, 460, 463, 464, 467, *range(200, 300)})
_PASSING = frozenset({-2, -1, 1, 2})
_UNKNOWN_ACCOUNT = frozenset({24, 110, 803})
_UNKNOWN_ACCOUNT_SUBCODES = frozenset({33, 2207013})
_FIGURES = frozenset({"followers_count", "follower_count", "follows_count", "following_count", "media_count"})
_OF_USERS = _FIGURES | {"biography", "profile_picture_url"}
_CURSOR = re.compile(r"[A-Za-z0-9_=+/%-]{1,1000}")


class GraphApi(InstagramCrawler):
    """Profiles and posts of professional accounts by business discovery."""

    source = "graphapi"
    base_url = "https://graph.facebook.com"
    credential_fields = ("token", "user_id")
    default_limit = "200/h"

    def _headers(self) -> dict[str, str]:
        # As a header the token stays out of addresses, which proxies log and archives keep.
        return {"Authorization": f"Bearer {self._credential.get('token', '')}"}

    async def _discover(
        self, kind: PayloadKind, handle: str, fields: str, params: Mapping[str, Any]
    ) -> Parsed:
        own_id = self._credential.get("user_id", "")
        path = f"/{self._http.settings.graph_api_version}/{own_id}"
        query = {"fields": f"business_discovery.username({handle}){{{fields}}}"}
        try:
            return await self._ask(kind, path, query, params)
        except NotFoundError as error:
            if own_id and own_id in str(error):
                raise self._wrong_user(error) from error
            raise

    @classmethod
    def _wrong_user(cls, error: NotFoundError) -> RotateCredentialError:
        """Graph names the node of the path, which is the credential's own user: not the account that was asked about."""
        return RotateCredentialError(
            f"the credential's user_id is not one that its token may use ({error})",
            source=cls.source,
            status=401,
            cool_down=COOL_DOWN_SECONDS,
        )

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """One request."""
        return await self._discover(PayloadKind.PROFILE, handle, USER_FIELDS, {"handle": handle})

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """Up to 50 posts a request, from cursor to cursor."""

        async def page(cursor: str | None, _: int) -> Parsed:
            after = f".after({cursor})" if cursor else ""
            media = f"media.limit({min(limit, PAGE)}){after}{{{MEDIA_FIELDS}}}"
            return await self._discover(
                PayloadKind.POSTS, handle, f"{OWNER_FIELDS},{media}", {"handle": handle}
            )

        return await collect_pages(page, limit)

    @classmethod
    def refusal(cls, answer: Answer) -> UpbeatError:
        """What an error answer means: by its code, else by its status."""
        retry_after = retry_after_seconds(answer.headers)
        try:
            document = load_json(answer.body)
        except MalformedBodyError:
            document = None
        return _refusal(document, status=answer.status, retry_after=retry_after)

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; an answer with `business_discovery`."""
        try:
            document = load_json(body)
        except MalformedBodyError as error:
            error.source = cls.source
            raise
        user = _user(document)
        if user is None:
            if is_error_document(document):
                raise _refusal(document, status=200, retry_after=None)
            raise MalformedBodyError("no business_discovery in the answer", source=cls.source)
        if kind == PayloadKind.PROFILE:
            return _read_profile(user, observed_at)
        if kind == PayloadKind.POSTS:
            return _read_media(user, observed_at, params)
        raise MalformedBodyError(f"the Graph API sends no {kind} body", source=cls.source)


def _refusal(document: Any, *, status: int, retry_after: float | None) -> UpbeatError:
    source = GraphApi.source
    error = document.get("error") if isinstance(document, dict) else None
    # Before v2 an error was flat: {"error_code": 613, "error_msg": "…"}.
    code = _code(error, "code") if isinstance(error, dict) else _code(document, "error_code")
    if code is None:
        return document_refusal(
            source, document or "", status=status, retry_after=retry_after, has_credential=True
        )
    line = f"error {code}: {error_text(document)}"
    subcode = _code(error, "error_subcode")
    if code in _USED_UP:
        cool_down = max(COOL_DOWN_SECONDS, retry_after or 0.0)
        return RotateCredentialError(line, source=source, status=429, cool_down=cool_down)
    if code in _REFUSED:
        return RotateCredentialError(line, source=source, status=401, cool_down=COOL_DOWN_SECONDS)
    if code in _UNKNOWN_ACCOUNT or subcode in _UNKNOWN_ACCOUNT_SUBCODES:
        return NotFoundError(line, source=source, status=status)
    transient = isinstance(error, dict) and error.get("is_transient") is True
    if code in _PASSING or transient or status >= 500:
        return BackOffError(line, source=source, status=status, retry_after=retry_after)
    if code == 2500 and "access token" in line.lower():
        return RotateCredentialError(line, source=source, status=401, cool_down=COOL_DOWN_SECONDS)
    if code == 100 and "does not exist" in line.lower():
        return NotFoundError(line, source=source, status=status)
    return NextSourceError(line, source=source, status=status)


def _code(container: Any, name: str) -> int | None:
    value = container.get(name) if isinstance(container, dict) else None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _user(document: Any) -> dict[str, Any] | None:
    """The account in an answer: what was discovered, or a user who was asked for directly."""
    if not isinstance(document, dict):
        return None
    user = document.get("business_discovery")
    if user is None and "username" in document and not _OF_USERS.isdisjoint(document):
        user = document  # comments, stories and pages have a `username` too
    return user if isinstance(user, dict) else None


def _profile_id(read: FieldReader) -> str | None:
    return read.identifier("profile_id", "ig_id", "id")


def _read_profile(user: Mapping[str, Any], observed_at: datetime) -> Parsed:
    parsed = Parsed()
    read = FieldReader(user, parsed.problems)
    profile_id, handle = _profile_id(read), read.handle("handle", "username")
    if profile_id is None or handle is None:
        raise MalformedBodyError(
            f"the account has no {'id' if handle else 'username'}", source=GraphApi.source
        )
    if _FIGURES.isdisjoint(user):
        raise MalformedBodyError("the account has no figures: not a profile", source=GraphApi.source)
    followers = read.count("followers", "followers_count", "follower_count")
    if followers is None and not any(problem.field == "followers" for problem in parsed.problems):
        read.note("followers", "followers_count is missing: expected a count")
    parsed.profiles.append(
        Profile(
            platform=Platform.INSTAGRAM,
            profile_id=profile_id,
            handle=handle,
            source=GraphApi.source,
            observed_at=observed_at,
            full_name=read.text("full_name", "name"),
            biography=read.text_or_empty("biography", "biography"),
            external_url=read.text("external_url", "website"),
            profile_pic_url=read.text("profile_pic_url", "profile_picture_url"),
            is_business=True,  # business discovery finds professional accounts only, and only public ones
            is_private=False,
            followers=followers,
            following=read.count("following", "follows_count", "following_count"),
            media_count=read.count("media_count", "media_count"),
        )
    )
    return parsed


def _read_media(user: Mapping[str, Any], observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    parsed = Parsed()
    read = FieldReader(user, parsed.problems)
    profile_id = _profile_id(read)
    handle = read.handle("handle", "username") or params.get("handle")
    media = user.get("media")
    if media is None and _FIGURES.isdisjoint(user):
        return parsed  # Graph leaves out an edge without entries
    items = media.get("data") if isinstance(media, dict) else None
    if not isinstance(media, dict) or not isinstance(items, list) or profile_id is None or handle is None:
        raise MalformedBodyError("the posts have no list, no id or no username", source=GraphApi.source)
    for number, item in enumerate(items):
        reader = FieldReader(item if isinstance(item, dict) else {}, parsed.problems, f"posts[{number}].")
        post = _read_post(reader, profile_id, handle, observed_at)
        if post is not None:
            parsed.posts.append(post)
    if items and not parsed.posts:
        raise MalformedBodyError(
            f"none of {len(items)} posts can be read ({parsed.problems[0]})", source=GraphApi.source
        )
    parsed.next_cursor = _after(media, read)
    return parsed


def _after(media: Mapping[str, Any], read: FieldReader) -> str | None:
    cursor = FieldReader(media, []).text("", "paging.cursors.after")
    if cursor is not None and _CURSOR.fullmatch(cursor) is None:
        read.note("next_cursor", "expected a cursor of letters and digits")
        return None
    return cursor


def _read_post(read: FieldReader, profile_id: str, handle: str, observed_at: datetime) -> Post | None:
    permalink = read.text("permalink", "permalink")
    shortcode = read.text("shortcode", "shortcode") or (shortcode_in(permalink) if permalink else None)
    post_id = (post_id_of(shortcode) if shortcode else None) or read.identifier("post_id", "ig_id", "id")
    if post_id is None:
        read.note("post_id", "the post has neither permalink nor id")
        return None
    return Post(
        platform=Platform.INSTAGRAM,
        post_id=post_id,
        profile_id=profile_id,
        handle=handle,
        source=GraphApi.source,
        observed_at=observed_at,
        shortcode=shortcode,
        post_type=read_post_type(read),
        caption=read.text_or_empty("caption", "caption"),
        permalink=permalink,
        media_url=read.text("media_url", "media_url", "thumbnail_url"),
        published_at=read.instant("published_at", "timestamp"),
        likes=read.count("likes", "like_count"),
        comments=read.count("comments", "comments_count"),
    )
