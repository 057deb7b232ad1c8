"""The RapidAPI scraper `instagram-data1.p.rapidapi.com`, as `rapidapi-igdata`.

No recording of this API was found: **all shapes here are inferred**. Known from public client code are the paths
(`/user/info?username=`, `/user/feed?username=&limit=&end_cursor=`, `/post/info?post=`), the header
`X-RapidAPI-Key`, and that a feed pages with `collector`, `has_more` and `end_cursor`. The setting
`igdata_shape` chooses what a profile and a post look like:

- `web` (default): Instagram's web GraphQL user and media (`edge_followed_by.count`), the user at the top level;
- `private`: Instagram's private-API user and media (`follower_count`);
- `flat`: profiles as `web`; posts with the field names that public clients of this API read from a feed
  (`likes`, `comments`, `views`, `description`, `owner`).

The bodies of 401, 403 and 429 are RapidAPI's own, which are known.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from upbeat.records import PostType
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.world import World

DEFAULT_PAGE = 12
MAX_PAGE = 50

_TYPENAMES = {
    PostType.IMAGE: "GraphImage",
    PostType.VIDEO: "GraphVideo",
    PostType.REEL: "GraphVideo",
    PostType.CAROUSEL: "GraphSidecar",
}
_MEDIA_TYPES = {PostType.IMAGE: 1, PostType.VIDEO: 2, PostType.REEL: 2, PostType.CAROUSEL: 8}
_PRODUCT_TYPES = {
    PostType.IMAGE: "feed",
    PostType.VIDEO: "feed",
    PostType.REEL: "clips",
    PostType.CAROUSEL: "carousel_container",
}


def picture_of(creator: Creator) -> str:
    """Where the profile picture would be; the host does not resolve."""
    return f"https://cdn.sandbox.invalid/profile/{creator.pk}.jpg"


def web_user(creator: Creator) -> dict[str, Any]:
    """A profile as Instagram's web GraphQL gives it, from `graphql.user` downwards."""
    return {
        "id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "biography": creator.biography,
        "external_url": creator.external_url or None,
        "edge_followed_by": {"count": creator.followers},
        "edge_follow": {"count": creator.following},
        "edge_owner_to_timeline_media": {"count": creator.media_count},
        "is_private": creator.is_private,
        "is_verified": creator.is_verified,
        "is_business_account": creator.is_business,
        "is_professional_account": creator.is_professional,
        "category_name": creator.category or None,
        "business_category_name": (creator.category or None) if creator.is_business else None,
        "profile_pic_url": picture_of(creator),
        "profile_pic_url_hd": picture_of(creator),
    }


def private_user(creator: Creator) -> dict[str, Any]:
    """A profile as Instagram's private API gives it."""
    return {
        "pk": creator.pk,
        "pk_id": str(creator.pk),
        "username": creator.handle,
        "full_name": creator.full_name,
        "biography": creator.biography,
        "external_url": creator.external_url,
        "follower_count": creator.followers,
        "following_count": creator.following,
        "media_count": creator.media_count,
        "is_private": creator.is_private,
        "is_verified": creator.is_verified,
        "is_business": creator.is_business,
        "account_type": 2 if creator.is_business else 3 if creator.is_professional else 1,
        "category": creator.category or None,
        "profile_pic_url": picture_of(creator),
    }


def web_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post as Instagram's web GraphQL gives it."""
    body = {
        "__typename": _TYPENAMES[post.post_type],
        "id": str(post.pk),
        "shortcode": post.code,
        "product_type": _PRODUCT_TYPES[post.post_type],
        "display_url": post.picture_url,
        "thumbnail_src": post.picture_url,
        "is_video": post.plays is not None,
        "taken_at_timestamp": post.published_at,
        "edge_media_to_caption": {"edges": [{"node": {"text": post.caption}}] if post.caption else []},
        "edge_media_to_comment": {"count": post.comments},
        "edge_liked_by": {"count": post.likes},
        "edge_media_preview_like": {"count": post.likes},
        "owner": {"id": str(creator.pk), "username": creator.handle},
    }
    if post.plays is not None:
        body |= {"video_view_count": post.plays, "video_url": post.video_url, "video_duration": post.duration}
    return body


def private_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post as Instagram's private API gives it."""
    body = {
        "pk": post.pk,
        "id": f"{post.pk}_{creator.pk}",
        "code": post.code,
        "media_type": _MEDIA_TYPES[post.post_type],
        "product_type": _PRODUCT_TYPES[post.post_type],
        "taken_at": post.published_at,
        "caption": {"text": post.caption} if post.caption else None,
        "like_count": post.likes,
        "comment_count": post.comments,
        "image_versions2": {"candidates": [{"width": 1080, "height": 1350, "url": post.picture_url}]},
        "user": {"pk": creator.pk, "username": creator.handle, "full_name": creator.full_name},
    }
    if post.plays is not None:
        video = {"width": 720, "height": 1280, "type": 101, "url": post.video_url}
        body |= {"play_count": post.plays, "video_duration": post.duration, "video_versions": [video]}
    return body


def flat_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post with the names that public clients of this API read from a feed."""
    body = {
        "id": str(post.pk),
        "shortcode": post.code,
        "type": _TYPENAMES[post.post_type],
        "is_video": post.plays is not None,
        "dimension": {"height": 1350, "width": 1080},
        "display_url": post.picture_url,
        "thumbnail_src": post.picture_url,
        "owner": {"id": str(creator.pk), "username": creator.handle},
        "description": post.caption,
        "comments": post.comments,
        "likes": post.likes,
        "taken_at_timestamp": post.published_at,
        "location": None,
        "hashtags": re.findall(r"#(\w+)", post.caption),
        "mentions": [],
    }
    if post.plays is not None:
        body |= {"views": post.plays, "video_url": post.video_url}
    return body


_USERS: dict[str, Callable[[Creator], dict[str, Any]]] = {
    "web": web_user,
    "private": private_user,
    "flat": web_user,
}
_POSTS: dict[str, Callable[[Creator, SandboxPost], dict[str, Any]]] = {
    "web": web_post,
    "private": private_post,
    "flat": flat_post,
}


def _encode_cursor(at: int, post: SandboxPost) -> str:
    return base64.urlsafe_b64encode(f"{at}|{post.pk}".encode()).decode()


def _decode_cursor(cursor: str, posts: tuple[SandboxPost, ...]) -> int | None:
    """Where the next page begins; None for a cursor that the sandbox did not give."""
    try:
        pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")[2]
    except (binascii.Error, ValueError):
        return None
    return next((at + 1 for at, post in enumerate(posts) if str(post.pk) == pk), None)


class IgData(RapidApi):
    """`/user/info`, `/user/feed` and `/post/info`."""

    name = "rapidapi-igdata"
    host = "instagram-data1.p.rapidapi.com"
    limit = Limit(60, 60)

    def subject(self, request: Request, world: World) -> str:
        """The handle, or the shortcode of a single post."""
        return request.query.get("username", "").lower() or _shortcode_in(request.query.get("post", ""))

    def answer(self, request: Request, world: World) -> Answer:
        """A profile, a page of posts, or one post."""
        shape = world.settings["igdata_shape"]
        path = request.path.rstrip("/")
        if path == "/post/info":
            found = world.post(_shortcode_in(request.query.get("post", "")))
            return json_answer(_POSTS[shape](*found)) if found else _missing("Post not found")
        if path not in ("/user/info", "/user/feed"):
            return _missing(f"Endpoint '{path}' does not exist")
        if not request.query.get("username"):
            return json_answer({"error": "username is required"}, 400)
        creator = world.creator(request.query["username"])
        if creator is None:
            return _missing("User not found")
        if path == "/user/info":
            return json_answer(_USERS[shape](creator))
        return _feed(creator, world.posts(creator), request, _POSTS[shape])


def _shortcode_in(post: str) -> str:
    """The shortcode of a post's address, or the text itself."""
    found = re.search(r"/(?:p|reel|tv)/([A-Za-z0-9_-]+)", post)
    return found[1] if found else post


def _missing(message: str) -> Answer:
    return json_answer({"error": message}, 404)


def _feed(
    creator: Creator,
    posts: tuple[SandboxPost, ...],
    request: Request,
    render: Callable[[Creator, SandboxPost], dict[str, Any]],
) -> Answer:
    """One page of posts, newest first."""
    limit_text = request.query.get("limit", str(DEFAULT_PAGE))
    if not (limit_text.isascii() and limit_text.isdigit()) or int(limit_text) < 1:
        return json_answer({"error": "limit must be a positive number"}, 400)
    cursor = request.query.get("end_cursor", "")
    start = _decode_cursor(cursor, posts) if cursor else 0
    if start is None:
        return json_answer({"error": "end_cursor is not valid"}, 400)
    end = start + min(int(limit_text), MAX_PAGE)
    has_more = end < len(posts)
    body = {
        "id": str(creator.pk),
        "username": creator.handle,
        "count": creator.media_count,
        "has_more": has_more,
        "end_cursor": _encode_cursor(end, posts[end - 1]) if has_more else None,
        "collector": [render(creator, post) for post in posts[start:end]],
    }
    return json_answer(body)


UPSTREAM = IgData()
