"""One parser for all scrapers: they pass on Instagram's own shapes, wrapped in this or that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.base import Crawler
from upbeat.crawlers.instagram.accounts import read_profile
from upbeat.crawlers.instagram.envelopes import find_page, find_post, find_user
from upbeat.crawlers.instagram.posts import read_posts
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.refusals import document_refusal, is_error_document
from upbeat.errors import MalformedBodyError, UpbeatError
from upbeat.records import Parsed, PayloadKind


def parse(
    cls: type[Crawler], kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
) -> Parsed:
    """Read a body of the scraper `cls`; see `Crawler.parse`."""
    try:
        document = load_json(body)
    except MalformedBodyError as error:
        error.source = cls.source
        raise
    if kind == PayloadKind.PROFILE:
        user = find_user(document)
        if user is None:
            raise no_data(cls, document, "no account in the answer")
        return read_profile(user, source=cls.source, observed_at=observed_at)
    if kind == PayloadKind.POST:
        post = find_post(document)
        if post is None:
            raise no_data(cls, document, "no post in the answer")
        return read_posts([post], source=cls.source, observed_at=observed_at, params=params)
    page = find_page(document)
    if page is None or (not page.items and is_error_document(document)):
        raise no_data(cls, document, "no list of posts in the answer")
    parsed = read_posts(
        page.items, source=cls.source, observed_at=observed_at, beside=page.beside, params=params
    )
    parsed.next_cursor = page.cursor
    return parsed


def no_data(cls: type[Crawler], document: Any, otherwise: str) -> UpbeatError:
    """The error of a good answer without data: what its envelope says, else `otherwise`."""
    if is_error_document(document):
        return document_refusal(
            cls.source,
            document,
            status=200,
            retry_after=None,
            has_credential=bool(cls.credential_fields),
        )
    return MalformedBodyError(otherwise, source=cls.source)
