"""The Graph API's shape of an account: IG User, and what business discovery tells of one. Pure.

Shapes: recorded answers of business discovery, of a user asked for directly, and of the Basic Display API (`account_type`,
`media_count`, no followers). Pages and people of Facebook have a `username` too, and are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.instagram.graph_envelopes import SOURCE, as_object, malformed, user_id
from upbeat.records import Parsed, Platform, Profile

_FIGURES = frozenset({"followers_count", "follower_count", "follows_count", "following_count", "media_count"})
_OF_USERS = _FIGURES | {"biography", "profile_picture_url"}
_OF_PAGES = frozenset({"fan_count", "category_list", "about", "global_brand_page_name"})
_WRAPPERS = ("business_discovery", "instagram_business_account", "connected_instagram_account")


def find_user(document: Any) -> Mapping[str, Any] | None:
    """The account in an answer: what was discovered, a page's account, or a user who was asked for directly."""
    if not isinstance(document, dict):
        return None
    listed = document.get("data")
    if isinstance(listed, list) and len(listed) == 1:
        document = as_object(listed[0])  # as `/me` of a login to Instagram answers
    for name in _WRAPPERS:
        if document.get(name) is not None:
            return as_object(document[name]) or None
    # Comments, stories and pages have a `username` too.
    told = "username" in document and not _OF_USERS.isdisjoint(document)
    return document if told and _OF_PAGES.isdisjoint(document) else None


def has_figures(user: Mapping[str, Any]) -> bool:
    """Whether counts of the account itself are told."""
    return not _FIGURES.isdisjoint(user)


def read_profile(document: Any, observed_at: datetime) -> Parsed:
    """The account. Raises `MalformedBodyError` when there is none, or it lacks id, handle or all figures."""
    user = find_user(document)
    if user is None:
        raise malformed("no business_discovery in the answer, and no account")
    parsed = Parsed()
    read = FieldReader(user, parsed.problems)
    profile_id, handle = user_id(read), read.handle("handle", "username")
    if profile_id is None or handle is None:
        raise malformed(f"the account has no {'id' if handle else 'username'}")
    if not has_figures(user):
        raise malformed("the account has no figures: not a profile")
    followers = read.count("followers", "followers_count", "follower_count")
    if followers is None and not any(problem.field == "followers" for problem in parsed.problems):
        read.note("followers", "followers_count is missing: expected a count")
    # Business discovery finds professional accounts only, and these are public.
    personal = FieldReader(user, []).text("", "account_type") == "PERSONAL"
    parsed.profiles.append(
        Profile(
            platform=Platform.INSTAGRAM,
            profile_id=profile_id,
            handle=handle,
            source=SOURCE,
            observed_at=observed_at,
            full_name=read.text("full_name", "name"),
            biography=read.text_or_empty("biography", "biography"),
            external_url=read.text("external_url", "website"),
            profile_pic_url=read.text("profile_pic_url", "profile_picture_url"),
            is_business=not personal,
            is_private=None if personal else False,
            followers=followers,
            following=read.count("following", "follows_count", "following_count"),
            media_count=read.count("media_count", "media_count"),
        )
    )
    return parsed
