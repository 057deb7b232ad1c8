"""The RapidAPI scraper `instagram-scraper-2022.p.rapidapi.com`, as `rapidapi-arraybobo`.

No recording was found: **shapes are inferred**. Public lists of its endpoints name paths, parameters and cursors. Bodies are the private API's, but for
posts, tagged posts and likers, which are web GraphQL's; a hashtag comes as the website's `web_info`.
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
from upbeat.sandbox.people import Person
from upbeat.sandbox.places import place_by_pk
from upbeat.sandbox.post_index import Owned, hashtag_id
from upbeat.sandbox.private_api_bodies import (
    highlight_reel,
    post_grid,
    private_comment,
    private_post,
    private_short_user,
    private_user,
    story_reel,
)
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.stories import find_highlight, highlights, stories_today
from upbeat.sandbox.suggestions import search_accounts, similar_accounts
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.web_graphql_bodies import edge_list, web_post, web_short_user
from upbeat.sandbox.world import World

POSTS, REELS, TAGGED, LIKERS, COMMENTS, ACCOUNTS, GRID = 12, 10, 50, 12, 12, 100, 27
NOT_FOUND = json_answer({"message": "Not found", "status": "fail"}, 404)
PRIVATE = json_answer({"message": "Not authorized to view user", "status": "fail"}, 400)
BAD_CURSOR = json_answer({"message": "Invalid cursor", "status": "fail"}, 400)


class ArrayBobo(RapidApi):
    """The endpoints below `/ig/`."""

    name = "rapidapi-arraybobo"
    host = "instagram-scraper-2022.p.rapidapi.com"
    limit = Limit(100, 30)

    def __init__(self) -> None:
        self._of_accounts: dict[str, Callable[[Request, World, Creator], Answer]] = {
            "/ig/info_username": lambda _, __, creator: json_answer(
                {"user": private_user(creator), "status": "ok"}
            ),
            "/ig/info": lambda _, __, creator: json_answer({"user": private_user(creator), "status": "ok"}),
            "/ig/similar_accounts": _similar,
            "/ig/stories": _stories,
        }
        self._of_public_accounts: dict[str, Callable[[Request, World, Creator], Answer]] = {
            "/ig/posts": _posts,
            "/ig/reels_posts": _reels,
            "/ig/tagged": _tagged,
            "/ig/highlights_tray": _highlights,
            "/ig/followers": _followers,
            "/ig/following": _following,
        }
        self._of_posts: dict[str, Callable[[Request, Owned], Answer]] = {
            "/ig/post_info": lambda _, owned: json_answer(
                {"items": [private_post(*owned)], "num_results": 1, "status": "ok"}
            ),
            "/ig/comments": _comments,
            "/ig/likes": _likers,
        }
        self._of_others: dict[str, Callable[[Request, World], Answer]] = {
            "/ig/search": _search,
            "/ig/highlights": _highlight,
            "/ig/hashtag": _hashtag,
            "/ig/locations": _place,
        }

    def subject(self, request: Request, world: World) -> str:
        """The handle, or the shortcode of a post."""
        creator = _creator(request, world)
        return creator.handle if creator else request.query.get("shortcode", "")

    def answer(self, request: Request, world: World) -> Answer:
        """What the path names, of the account, post, hashtag, place or highlight that the query names."""
        path = request.path.rstrip("/")
        if path in self._of_others:
            return self._of_others[path](request, world)
        if path in self._of_posts:
            owned = world.post(request.query.get("shortcode", ""))
            return self._of_posts[path](request, owned) if owned else NOT_FOUND
        creator = _creator(request, world)
        known = path in self._of_accounts or path in self._of_public_accounts
        if creator is None or not known:
            return NOT_FOUND if known else json_answer({"message": f"Endpoint '{path}' does not exist"}, 404)
        if path in self._of_accounts:
            return self._of_accounts[path](request, world, creator)
        return PRIVATE if creator.is_private else self._of_public_accounts[path](request, world, creator)


def _creator(request: Request, world: World) -> Creator | None:
    user = request.query.get("user", "")
    return world.creator(user) if user else world.creator_by_pk(request.query.get("id_user", ""))


def _similar(request: Request, world: World, creator: Creator) -> Answer:
    users = [private_short_user(other) for other in similar_accounts(world, creator)]
    return json_answer({"users": users, "is_backup": False, "status": "ok"})


def _stories(request: Request, world: World, creator: Creator) -> Answer:
    told = stories_today(world, creator)
    return json_answer({"reel": story_reel(creator, told) if told else None, "status": "ok"})


def _edges(
    request: Request,
    name: str,
    size: int,
    total: int,
    nodes: Callable[[int, int], Sequence[dict[str, Any]]],
    wrap: Callable[[dict[str, Any]], dict[str, Any]],
) -> Answer:
    start = start_of(request.query.get("end_cursor", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + size < total
    edges = edge_list(nodes(start, start + size), total, cursor_at(start + size, name) if more else None)
    return json_answer({"data": wrap(edges), "status": "ok"})


def _posts(request: Request, world: World, creator: Creator) -> Answer:
    posts = world.posts(creator)
    return _edges(
        request,
        f"posts:{creator.pk}",
        POSTS,
        len(posts),
        lambda start, end: [web_post(creator, post) for post in posts[start:end]],
        lambda edges: {"user": {"edge_owner_to_timeline_media": edges}},
    )


def _tagged(request: Request, world: World, creator: Creator) -> Answer:
    owned = world.index.tagging(creator.handle)
    return _edges(
        request,
        f"tagged:{creator.pk}",
        TAGGED,
        len(owned),
        lambda start, end: [web_post(*pair) for pair in owned[start:end]],
        lambda edges: {"user": {"edge_user_to_photos_of_you": edges}},
    )


def _reels(request: Request, world: World, creator: Creator) -> Answer:
    reels = world.reels(creator)
    name = f"reels:{creator.pk}"
    start = start_of(request.query.get("max_id", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + REELS < len(reels)
    items = [{"media": private_post(creator, reel)} for reel in reels[start : start + REELS]]
    paging = {"max_id": cursor_at(start + REELS, name) if more else "", "more_available": more}
    return json_answer({"items": items, "paging_info": paging, "status": "ok"})


def _highlights(request: Request, world: World, creator: Creator) -> Answer:
    tray = [highlight_reel(creator, highlight, items=False) for highlight in highlights(creator)]
    return json_answer({"tray": tray, "status": "ok"})


def _accounts(
    request: Request, name: str, total: int, listed: Callable[[int, int], Sequence[Person]]
) -> Answer:
    start = start_of(request.query.get("next_max_id", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + ACCOUNTS < total
    users = [private_short_user(person, text_pk=True) for person in listed(start, start + ACCOUNTS)]
    body = {"users": users, "big_list": more, "page_size": len(users), "has_more": more, "status": "ok"}
    return json_answer(body | ({"next_max_id": cursor_at(start + ACCOUNTS, name)} if more else {}))


def _followers(request: Request, world: World, creator: Creator) -> Answer:
    total = followers_listed(creator)
    return _accounts(request, f"followers:{creator.pk}", total, lambda a, b: followers(creator, a, b))


def _following(request: Request, world: World, creator: Creator) -> Answer:
    total = following_listed(creator)
    return _accounts(request, f"following:{creator.pk}", total, lambda a, b: following(creator, a, b))


def _comments(request: Request, owned: Owned) -> Answer:
    post, name = owned[1], f"comments:{owned[1].pk}"
    start = start_of(request.query.get("end_cursor", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + COMMENTS < comments_listed(post)
    told = [private_comment(post, comment) for comment in comments(post, start, start + COMMENTS)]
    body = {
        "comments": told,
        "comment_count": post.comments,
        "has_more_headload_comments": more,
        "status": "ok",
    }
    return json_answer(body | ({"next_min_id": cursor_at(start + COMMENTS, name)} if more else {}))


def _likers(request: Request, owned: Owned) -> Answer:
    post = owned[1]
    return _edges(
        request,
        f"likers:{post.pk}",
        LIKERS,
        likers_listed(post),
        lambda start, end: [web_short_user(person) for person in likers(post, start, end)],
        lambda edges: {
            "shortcode_media": {"id": str(post.pk), "shortcode": post.code, "edge_liked_by": edges}
        },
    )


def _search(request: Request, world: World) -> Answer:
    found = search_accounts(world, request.query.get("user", ""))
    users = [{"position": place, "user": private_short_user(creator)} for place, creator in enumerate(found)]
    body = {"users": users, "places": [], "hashtags": [], "has_more": False, "rank_token": "sandbox"}
    return json_answer(body | {"status": "ok"})


def _highlight(request: Request, world: World) -> Answer:
    found = find_highlight(world, request.query.get("id_highlight", ""))
    if found is None:
        return NOT_FOUND
    reel = highlight_reel(*found, items=True)
    return json_answer({"reels": {reel["id"]: reel}, "status": "ok"})


def _grid(request: Request, name: str, cursor: str, owned: Sequence[Owned]) -> dict[str, Any] | None:
    start = start_of(request.query.get(cursor, ""), name)
    if start is None:
        return None
    more = start + GRID < len(owned)
    body: dict[str, Any] = {"sections": post_grid(owned[start : start + GRID]), "more_available": more}
    return body | ({"next_max_id": cursor_at(start + GRID, name), "next_media_ids": []} if more else {})


def _hashtag(request: Request, world: World) -> Answer:
    name = request.query.get("hashtag", "").lower()
    count = world.index.hashtag_count(name)
    if count is None:
        return NOT_FOUND
    # One cursor leads on in both lists.
    top = _grid(request, f"hashtag:{name}", "next_max_id", world.index.hashtag_top(name))
    recent = _grid(request, f"hashtag:{name}", "next_max_id", world.index.hashtag_recent(name))
    if top is None or recent is None:
        return BAD_CURSOR
    body = {"id": hashtag_id(name), "name": name, "media_count": count, "top": top, "recent": recent}
    return json_answer({"data": body, "status": "ok"})


def _place(request: Request, world: World) -> Answer:
    place = place_by_pk(request.query.get("location_id", ""))
    if place is None:
        return NOT_FOUND
    body = _grid(request, f"place:{place.pk}", "max_id", world.index.at_place(place))
    return BAD_CURSOR if body is None else json_answer(body | {"status": "ok"})


UPSTREAM = ArrayBobo()
