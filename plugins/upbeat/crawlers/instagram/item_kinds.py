"""Tells what a JSON object of Instagram's is by what only such objects say: a post, a story, a comment, an account, … Pure.

Both families of shapes are known: the private API (`taken_at`, `pk`, `reel_type`; HikerAPI's flattened `v1_` is derived from it) and web
GraphQL (`edge_…`, `__typename`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IDS = ("pk", "id", "pk_id", "user_id", "userId", "strong_id__")
HANDLES = ("username", "user_name", "userName")
FIGURES_OF_ACCOUNTS = (
    "follower_count",
    "followers_count",
    "edge_followed_by",
    "followers",
    "followerCount",
    "followersCount",
)
POST_MARKS = (
    "shortcode",
    "short_code",
    "shortCode",
    "permalink",
    "like_count",
    "likes_count",
    "likes",
    "likesCount",
    "edge_media_preview_like",
    "edge_liked_by",
    "taken_at",
    "taken_at_ts",
    "taken_at_timestamp",
    "comment_count",
    "comments_count",
    "media_type",
    "mediaType",
    "display_url",
)
TIMES_OF_POSTS = ("taken_at", "taken_at_ts", "taken_at_timestamp")
_TEXTS_OF_COMMENTS = (
    "created_at",
    "created_at_utc",
    "created_at_ts",
    "parent_comment_id",
    "comment_like_count",
)
_STORY_MARKS = ("is_reel_media", "reel_mentions", "story_link_stickers", "story_hashtags", "tappable_objects")
_COVERS = ("cover_media", "cover_media_cropped_thumbnail", "cover", "cover_url", "highlight_reel_type")
_HASHTAG_MARKS = (
    "media_count",
    "edge_hashtag_to_media",
    "edge_hashtag_to_top_posts",
    "formatted_media_count",
    "allow_following",
    "search_result_subtitle",
)
_LOCATION_MARKS = (
    "lat",
    "lng",
    "latitude",
    "longitude",
    "location_id",
    "facebook_places_id",
    "external_id",
    "external_source",
    "address",
    "edge_location_to_media",
    "location_address",
)


def is_comment(item: Mapping[str, Any]) -> bool:
    """A text with the time of its writing; posts have the time when they were taken."""
    if any(name in item for name in (*TIMES_OF_POSTS, "shortcode", "display_url", "media_type")):
        return False
    return "created_at_utc" in item or ("text" in item and any(name in item for name in _TEXTS_OF_COMMENTS))


def is_story(item: Mapping[str, Any]) -> bool:
    """A picture or video that expires or did; a highlight's `items` are stories, the highlight is none."""
    if isinstance(item.get("items"), list) or is_comment(item):
        return False
    if str(item.get("product_type", "")).lower() == "story":
        return True
    if str(item.get("__typename", "")).startswith(("GraphStory", "XDTStory")):
        return True
    if any(item.get(mark) for mark in _STORY_MARKS) or "/stories/" in str(item.get("permalink", "")):
        return True
    expires = "expiring_at" in item or "expiring_at_timestamp" in item
    return expires and any(name in item for name in (*TIMES_OF_POSTS, "media_type"))


def is_post(item: Mapping[str, Any]) -> bool:
    """Whether an object says something that only posts say. `code` alone may be the status code of an envelope."""
    if is_comment(item) or is_story(item) or is_highlight(item):
        return False
    code = item.get("code")
    return any(mark in item for mark in POST_MARKS) or (isinstance(code, str) and not code.isdigit())


def is_highlight(item: Mapping[str, Any]) -> bool:
    """A folder of stories: `highlight:<id>`, or a title with a cover."""
    if any(str(item.get(name, "")).startswith("highlight:") for name in ("id", "strong_id__")):
        return True
    if item.get("reel_type") == "highlight_reel" or item.get("__typename") == "GraphHighlightReel":
        return True
    taken = any(name in item for name in TIMES_OF_POSTS)
    return "title" in item and not taken and any(name in item for name in _COVERS)


def is_account(item: Mapping[str, Any]) -> bool:
    """The short form in which lists name accounts: a handle with an id."""
    if not any(item.get(name) for name in HANDLES) or not any(name in item for name in IDS):
        return False
    return not bears_an_account(item)


def is_hashtag(item: Mapping[str, Any]) -> bool:
    """A name with a number of posts, that is no account."""
    if any(name in item for name in (*HANDLES, *FIGURES_OF_ACCOUNTS)) or "name" not in item:
        return False
    return any(mark in item for mark in _HASHTAG_MARKS) and not any(mark in item for mark in ("lat", "lng"))


def is_location(item: Mapping[str, Any]) -> bool:
    """A name with a place on the map, or with what only places have."""
    if any(name in item for name in (*HANDLES, *FIGURES_OF_ACCOUNTS)) or is_hashtag(item):
        return False
    return ("name" in item or "title" in item) and any(mark in item for mark in _LOCATION_MARKS)


def bears_an_account(item: Mapping[str, Any]) -> bool:
    """A post, story, comment or highlight: the account in it is its owner, not the entry of a list."""
    return is_post(item) or is_comment(item) or is_story(item) or is_highlight(item)
