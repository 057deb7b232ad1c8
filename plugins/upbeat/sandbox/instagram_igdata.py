"""The RapidAPI scraper `instagram-data1.p.rapidapi.com`, as `rapidapi-igdata`.

No recording of this API was found: **all shapes here are inferred**. Known from public client code are the paths
(`/user/info?username=`, `/user/feed?username=&limit=&end_cursor=`, `/post/info?post=`; accounts also by `user_id=`), the header
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

from upbeat.sandbox.creators import Creator
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.private_api_bodies import private_post, private_user
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.web_graphql_bodies import TYPENAMES, web_post, web_user
from upbeat.sandbox.world import World

DEFAULT_PAGE = 12
MAX_PAGE = 50


def flat_post(creator: Creator, post: SandboxPost) -> dict[str, Any]:
    """A post with the names that public clients of this API read from a feed."""
    body = {
        "id": str(post.pk),
        "shortcode": post.code,
        "type": TYPENAMES[post.post_type],
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
        creator = world.creator_by_pk(request.query.get("user_id", ""))
        handle = creator.handle if creator else request.query.get("username", "").lower()
        return handle or _shortcode_in(request.query.get("post", ""))

    def answer(self, request: Request, world: World) -> Answer:
        """A profile, a page of posts, or one post."""
        shape = world.settings["igdata_shape"]
        path = request.path.rstrip("/")
        if path == "/post/info":
            found = world.post(_shortcode_in(request.query.get("post", "")))
            return json_answer(_POSTS[shape](*found)) if found else _missing("Post not found")
        if path not in ("/user/info", "/user/feed"):
            return _missing(f"Endpoint '{path}' does not exist")
        handle, user_id = request.query.get("username"), request.query.get("user_id")
        if not handle and not user_id:
            return json_answer({"error": "username is required"}, 400)
        creator = world.creator(handle) if handle else world.creator_by_pk(user_id or "")
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
