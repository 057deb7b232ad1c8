"""The RapidAPI scraper `instagram-scraper2.p.rapidapi.com`, as `rapidapi-jotucker`.

No recording was found: **shapes are inferred**. Public lists of its endpoints name paths, parameters and `next_cursor`. Bodies are web GraphQL's with its
wrappers, but for the account by id and reels, which are the private API's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from upbeat.sandbox.comments import comments, comments_listed
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.followers import (
    followers,
    followers_listed,
    following,
    following_listed,
    likers,
    likers_listed,
)
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.page_slices import cursor_at, start_of
from upbeat.sandbox.post_index import Owned, hashtag_id
from upbeat.sandbox.private_api_bodies import private_post, private_user
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.stories import stories_today
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.web_graphql_bodies import (
    edge_list,
    web_comment,
    web_post,
    web_short_user,
    web_story,
    web_user,
)
from upbeat.sandbox.world import World

MAX_BATCH, HASHTAG_TOP = 50, 9
NOT_FOUND = json_answer({"detail": "Not found"}, 404)
BAD_CURSOR = json_answer({"detail": "Invalid next_cursor"}, 400)
Nodes = Callable[[int, int], Sequence[dict[str, Any]]]


class JoTucker(RapidApi):
    """Accounts, posts, lists of accounts, comments, stories and hashtags."""

    name = "rapidapi-jotucker"
    host = "instagram-scraper2.p.rapidapi.com"
    limit = Limit(60, 60)

    def __init__(self) -> None:
        self._of_accounts: dict[str, Callable[[Request, World, Creator], Answer]] = {
            "/user_info": lambda _, __, creator: _data({"user": web_user(creator)}),
            "/user_info_by_id": lambda _, __, creator: json_answer(
                {"user": private_user(creator), "status": "ok"}
            ),
            "/medias": _posts,
            "/user_reels": _reels,
            "/user_tagged": _tagged,
            "/stories": _stories,
            "/followers": _followers,
            "/following": _following,
        }
        self._of_posts: dict[str, Callable[[Request, Owned], Answer]] = {
            "/media_info": lambda _, owned: _data({"shortcode_media": web_post(*owned)}),
            "/media_comments": _comments,
            "/media_likers": _likers,
        }

    def subject(self, request: Request, world: World) -> str:
        """The handle, or the shortcode of a post."""
        creator = _creator(request, world)
        return creator.handle if creator else request.query.get("short_code", "")

    def answer(self, request: Request, world: World) -> Answer:
        """What the path names, of the account, post or hashtag that the query names."""
        path = request.path.rstrip("/")
        if path == "/hash_tag_medias":
            return _hashtag(request, world)
        if path in self._of_posts:
            owned = world.post(request.query.get("short_code", ""))
            return self._of_posts[path](request, owned) if owned else NOT_FOUND
        if path not in self._of_accounts:
            return json_answer({"message": f"Endpoint '{path}' does not exist"}, 404)
        creator = _creator(request, world)
        return self._of_accounts[path](request, world, creator) if creator else NOT_FOUND


def _creator(request: Request, world: World) -> Creator | None:
    handle = request.query.get("user_name", "")
    return world.creator(handle) if handle else world.creator_by_pk(request.query.get("user_id", ""))


def _data(data: dict[str, Any]) -> Answer:
    return json_answer({"data": data, "status": "ok"})


def _batch(request: Request) -> int:
    told = request.query.get("batch_size", "")
    return min(MAX_BATCH, int(told)) if told.isascii() and told.isdigit() and int(told) else 12


def _edges(request: Request, name: str, total: int, nodes: Nodes) -> dict[str, Any] | None:
    start, size = start_of(request.query.get("next_cursor", ""), name), _batch(request)
    if start is None:
        return None
    cursor = cursor_at(start + size, name) if start + size < total else None
    return edge_list(nodes(start, min(start + size, total)), total, cursor)


def _user_list(request: Request, creator: Creator, edge: str, total: int, nodes: Nodes) -> Answer:
    edges = _edges(request, f"{edge}:{creator.pk}", 0 if creator.is_private else total, nodes)
    return BAD_CURSOR if edges is None else _data({"user": {edge: edges}})


def _posts(request: Request, world: World, creator: Creator) -> Answer:
    posts = world.posts(creator)
    return _user_list(
        request,
        creator,
        "edge_owner_to_timeline_media",
        len(posts),
        lambda start, end: [web_post(creator, post) for post in posts[start:end]],
    )


def _tagged(request: Request, world: World, creator: Creator) -> Answer:
    owned = world.index.tagging(creator.handle)
    return _user_list(
        request,
        creator,
        "edge_user_to_photos_of_you",
        len(owned),
        lambda start, end: [web_post(*pair) for pair in owned[start:end]],
    )


def _reels(request: Request, world: World, creator: Creator) -> Answer:
    reels = world.reels(creator)
    name, size = f"reels:{creator.pk}", _batch(request)
    start = start_of(request.query.get("next_cursor", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + size < len(reels)
    items = [{"media": private_post(creator, reel)} for reel in reels[start : start + size]]
    paging = {"max_id": cursor_at(start + size, name) if more else "", "more_available": more}
    return json_answer({"items": items, "paging_info": paging, "status": "ok"})


def _stories(request: Request, world: World, creator: Creator) -> Answer:
    told = stories_today(world, creator)
    reel = {
        "__typename": "GraphReel",
        "id": str(creator.pk),
        "owner": {"id": str(creator.pk), "username": creator.handle},
        "items": [web_story(creator, story) for story in told],
    }
    return _data({"reels_media": [reel] if told else []})


def _followers(request: Request, world: World, creator: Creator) -> Answer:
    return _user_list(
        request,
        creator,
        "edge_followed_by",
        followers_listed(creator),
        lambda start, end: [web_short_user(person) for person in followers(creator, start, end)],
    )


def _following(request: Request, world: World, creator: Creator) -> Answer:
    return _user_list(
        request,
        creator,
        "edge_follow",
        following_listed(creator),
        lambda start, end: [web_short_user(person) for person in following(creator, start, end)],
    )


def _post_list(request: Request, owned: Owned, edge: str, total: int, nodes: Nodes) -> Answer:
    post = owned[1]
    edges = _edges(request, f"{edge}:{post.pk}", total, nodes)
    if edges is None:
        return BAD_CURSOR
    return _data({"shortcode_media": {"id": str(post.pk), "shortcode": post.code, edge: edges}})


def _comments(request: Request, owned: Owned) -> Answer:
    post = owned[1]
    return _post_list(
        request,
        owned,
        "edge_media_to_parent_comment",
        comments_listed(post),
        lambda start, end: [web_comment(comment) for comment in comments(post, start, end)],
    )


def _likers(request: Request, owned: Owned) -> Answer:
    post = owned[1]
    return _post_list(
        request,
        owned,
        "edge_liked_by",
        likers_listed(post),
        lambda start, end: [web_short_user(person) for person in likers(post, start, end)],
    )


def _hashtag(request: Request, world: World) -> Answer:
    name = request.query.get("hash_tag", "").lower()
    count = world.index.hashtag_count(name)
    if count is None:
        return NOT_FOUND
    recent, top = world.index.hashtag_recent(name), world.index.hashtag_top(name)[:HASHTAG_TOP]
    edges = _edges(
        request,
        f"hashtag:{name}",
        len(recent),
        lambda start, end: [web_post(*pair, by_handle=False) for pair in recent[start:end]],
    )
    if edges is None:
        return BAD_CURSOR
    popular = [{"node": web_post(*pair, by_handle=False)} for pair in top]
    body = {
        "id": hashtag_id(name),
        "name": name,
        "edge_hashtag_to_media": edges | {"count": count},
        "edge_hashtag_to_top_posts": {"edges": popular},
    }
    return _data({"hashtag": body})


UPSTREAM = JoTucker()
