"""Instagram's own shapes of an account. Pure.

Taken together: web GraphQL (`edge_followed_by.count`), private API (`follower_count`), the flattened shape of HikerAPI's `v1_`
and Lama, and the names that public clients of instagram-data1 read. Names are tried in the order in which they stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.errors import MalformedBodyError, PrivateAccountError
from upbeat.records import Parsed, Platform, Profile

_FOLLOWERS = (
    "follower_count",
    "followers_count",
    "edge_followed_by.count",
    "followers.count",
    "followed_by.count",
    "counts.followed_by",
    "followers",
    "followerCount",
    "followersCount",
)
_FOLLOWING = (
    "following_count",
    "follows_count",
    "edge_follow.count",
    "following.count",
    "follows.count",
    "counts.follows",
    "following",
    "followingCount",
    "followsCount",
)
_MEDIA_COUNT = (
    "media_count",
    "edge_owner_to_timeline_media.count",
    "posts_count",
    "media.count",
    "counts.media",
    "mediaCount",
    "postsCount",
)
_FIGURES = frozenset(path.partition(".")[0] for path in (*_FOLLOWERS, *_FOLLOWING, *_MEDIA_COUNT))


def read_profile(record: Mapping[str, Any], *, source: str, observed_at: datetime) -> Parsed:
    """One account.

    Raises:
        PrivateAccountError: the account says that it is private.
        MalformedBodyError: no id, no handle, or not one figure: the short form in which posts, comments and lists name accounts.
    """
    parsed = Parsed()
    read = FieldReader(record, parsed.problems)
    profile_id = read.identifier("profile_id", "pk", "id", "pk_id", "user_id", "userId", "strong_id__")
    handle = read.handle("handle", "username", "user_name", "userName", "handle")
    is_private = read.flag("is_private", "is_private", "isPrivate", "private")
    if is_private:
        raise PrivateAccountError(f"@{handle or '?'} is private: its posts and history are not public data")
    if profile_id is None or handle is None:
        raise MalformedBodyError(f"the account has no {'id' if handle else 'handle'}", source=source)
    if _FIGURES.isdisjoint(record):
        raise MalformedBodyError("the account has no figures: not a profile", source=source)
    followers = read.count("followers", *_FOLLOWERS)
    if followers is None and not any(problem.field == "followers" for problem in parsed.problems):
        read.note("followers", "missing: expected a count")
    parsed.profiles.append(
        Profile(
            platform=Platform.INSTAGRAM,
            profile_id=profile_id,
            handle=handle,
            source=source,
            observed_at=observed_at,
            full_name=read.text("full_name", "full_name", "fullName", "name"),
            biography=read.text_or_empty("biography", "biography", "bio", "biography_with_entities.raw_text"),
            category=read.text(
                "category",
                "category_name",
                "category",
                "business_category_name",
                "overall_category_name",
                "account_category",
            ),
            external_url=read.text(
                "external_url", "external_url", "externalUrl", "website", "bio_links.0.url"
            ),
            profile_pic_url=read.text(
                "profile_pic_url",
                "profile_pic_url_hd",
                "hd_profile_pic_url_info.url",
                "profile_pic_url",
                "profilePicUrl",
                "profile_picture_url",
            ),
            is_verified=read.flag("is_verified", "is_verified", "isVerified", "verified"),
            is_business=read.flag(
                "is_business", "is_business", "is_business_account", "isBusinessAccount", "isBusiness"
            ),
            is_private=is_private,
            followers=followers,
            following=read.count("following", *_FOLLOWING),
            media_count=read.count("media_count", *_MEDIA_COUNT, *_posts_as_a_number(record)),
        )
    )
    return parsed


def _posts_as_a_number(record: Mapping[str, Any]) -> tuple[str, ...]:
    """`posts` is a number of them in some flat accounts, in others the newest ones."""
    return () if isinstance(record.get("posts"), dict | list) else ("posts",)
