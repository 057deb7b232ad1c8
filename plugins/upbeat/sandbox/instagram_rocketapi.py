"""RocketAPI, `v1.rocketapi.io`, as `rocketapi`.

POST of JSON with `Authorization: Token <key>`. Its client library shows the wrapper, the paths and the parameters; the bodies inside are those of
Instagram's private API, recorded as HikerAPI's `v2_`. What Instagram refuses comes as a 200 whose `response.status_code` says so.
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
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.page_slices import cursor_at, start_of
from upbeat.sandbox.people import Person
from upbeat.sandbox.places import place_by_pk
from upbeat.sandbox.post_index import Owned, hashtag_id
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.private_api_bodies import (
    highlight_reel,
    post_grid,
    private_comment,
    private_post,
    private_short_user,
    private_user,
    story_reel,
)
from upbeat.sandbox.stories import find_highlight, highlights, stories_today
from upbeat.sandbox.suggestions import search_accounts, similar_accounts
from upbeat.sandbox.upstream import Answer, Request, Upstream, json_answer
from upbeat.sandbox.world import World

MAX_POSTS, MAX_ACCOUNTS, COMMENTS, GRID = 50, 100, 15, 27

Asked = dict[str, Any]
Handler = Callable[[Asked, World], Answer]


def done(body: dict[str, Any], status: int = 200) -> Answer:
    """Instagram's answer in RocketAPI's wrapper."""
    response = {"status_code": status, "content_type": "application/json", "body": body}
    return json_answer({"status": "done", "response": response})


def _refused_by_instagram(message: str, status: int) -> Answer:
    return done({"message": message, "status": "fail"}, status)


NOT_FOUND = _refused_by_instagram("Not found", 404)
PRIVATE = _refused_by_instagram("Not authorized to view user", 400)


class RocketApi(Upstream):
    """All that `rocketapi` of the crawlers asks for."""

    name = "rocketapi"
    host = "v1.rocketapi.io"
    limit = Limit(100, 30)
    credentials = ("sandbox-rocketapi-key-1", "sandbox-rocketapi-key-2", "sandbox-rocketapi-key-3")

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {
            "/user/get_info": lambda asked, world: _profile(world.creator(str(asked.get("username", "")))),
            "/user/get_info_by_id": lambda asked, world: _profile(_creator(asked, world)),
            "/user/search": _search,
            "/user/get_similar_accounts": _similar,
            "/user/get_media": _user_posts,
            "/user/get_clips": _user_reels,
            "/user/get_tags": _tagged,
            "/user/get_followers": _followers,
            "/user/get_following": _following,
            "/user/get_stories": _stories,
            "/user/get_highlights": _highlights,
            "/highlight/get_stories": _highlight,
            "/media/get_info": lambda asked, world: _media(world.post_by_pk(str(asked.get("id", "")))),
            "/media/get_info_by_shortcode": lambda asked, world: _media(_post(asked, world)),
            "/media/get_comments": _comments,
            "/media/get_likes": _likers,
            "/media/search_clips": _search_reels,
            "/hashtag/get_info": _hashtag,
            "/hashtag/get_media": _hashtag_posts,
            "/location/get_info": _place,
            "/location/get_media": _place_posts,
        }

    def credential(self, request: Request) -> str:
        """The header `Authorization: Token …`."""
        return request.headers.get(b"authorization", b"").decode("latin-1").removeprefix("Token ")

    def subject(self, request: Request, world: World) -> str:
        """The handle, the handle behind the user id, or the shortcode."""
        asked = request.json()
        creator = _creator(asked, world)
        return (
            creator.handle if creator else str(asked.get("username") or asked.get("shortcode") or "").lower()
        )

    def answer(self, request: Request, world: World) -> Answer:
        """Instagram's answer in the wrapper; RocketAPI's own error for a method or path that it has not."""
        handler = self._handlers.get(request.path.removeprefix("/instagram").rstrip("/"))
        if handler is None or request.method != "POST":
            return json_answer({"status": "error", "message": "Method not found"}, 404)
        return handler(request.json(), world)

    def refused(self, request: Request, state: str) -> Answer:
        """401 with RocketAPI's error."""
        return json_answer({"status": "error", "message": "Invalid token"}, 401)

    def throttled(self, usage: Usage) -> Answer:
        """429 with `Retry-After` in seconds."""
        wait = str(max(1, round(usage.reset_after))).encode()
        return json_answer(
            {"status": "error", "message": "Too many requests"}, 429, ((b"retry-after", wait),)
        )

    def failed(self) -> Answer:
        """500 with RocketAPI's error."""
        return json_answer({"status": "error", "message": "Internal server error"}, 500)


def _creator(asked: Asked, world: World) -> Creator | None:
    ids = asked.get("ids")
    return world.creator_by_pk(str(ids[0] if isinstance(ids, list) and ids else asked.get("id", "")))


def _post(asked: Asked, world: World) -> Owned | None:
    return world.post(str(asked.get("shortcode", "")))


def _profile(creator: Creator | None) -> Answer:
    return done({"user": private_user(creator), "status": "ok"}) if creator else NOT_FOUND


def _media(owned: Owned | None) -> Answer:
    if owned is None:
        return NOT_FOUND
    items = [private_post(*owned)]
    return done({"items": items, "num_results": 1, "more_available": False, "status": "ok"})


def _search(asked: Asked, world: World) -> Answer:
    found = search_accounts(world, str(asked.get("query", "")))
    users = [
        private_short_user(creator) | {"search_social_context": f"{creator.followers} followers"}
        for creator in found
    ]
    return done(
        {
            "num_results": len(users),
            "users": users,
            "has_more": False,
            "rank_token": "sandbox",
            "status": "ok",
        }
    )


def _similar(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None:
        return NOT_FOUND
    users = [private_short_user(other) for other in similar_accounts(world, creator)]
    return done({"users": users, "is_backup": False, "is_recommend_account": False, "status": "ok"})


def _slice(asked: Asked, name: str, size: int, cursor_name: str = "max_id") -> tuple[int, int] | None:
    start = start_of(str(asked.get(cursor_name) or ""), name)
    count = asked.get("count", size)
    return None if start is None else (start, start + min(count if isinstance(count, int) else size, size))


_BAD_CURSOR = _refused_by_instagram("Invalid max_id", 400)


def _user_posts(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    return _post_page(asked, "posts", [(creator, post) for post in world.posts(creator)], str(creator.pk))


def _user_reels(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    reels = world.reels(creator)
    name, places = f"reels:{creator.pk}", _slice(asked, f"reels:{creator.pk}", MAX_POSTS)
    if places is None:
        return _BAD_CURSOR
    items = [{"media": private_post(creator, reel)} for reel in reels[slice(*places)]]
    more = places[1] < len(reels)
    paging = {"max_id": cursor_at(places[1], name) if more else "", "more_available": more}
    return done({"items": items, "paging_info": paging, "status": "ok"})


def _tagged(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    return _post_page(asked, "tagged", world.index.tagging(creator.handle), str(creator.pk))


def _post_page(asked: Asked, what: str, owned: Sequence[Owned], key: str) -> Answer:
    places = _slice(asked, f"{what}:{key}", MAX_POSTS)
    if places is None:
        return _BAD_CURSOR
    items = [private_post(*pair) for pair in owned[slice(*places)]]
    body: dict[str, Any] = {"num_results": len(items), "more_available": places[1] < len(owned)}
    if places[1] < len(owned):
        body["next_max_id"] = cursor_at(places[1], f"{what}:{key}")
    return done(body | {"items": items, "status": "ok"})


def _account_page(
    asked: Asked, name: str, total: int, listed: Callable[[int, int], Sequence[Person]]
) -> Answer:
    places = _slice(asked, name, MAX_ACCOUNTS)
    if places is None:
        return _BAD_CURSOR
    users = [private_short_user(person, text_pk=True) for person in listed(*places)]
    more = places[1] < total
    body = {
        "users": users,
        "big_list": more,
        "page_size": len(users),
        "next_max_id": cursor_at(places[1], name) if more else None,
        "has_more": more,
        "should_limit_list_of_followers": False,
        "status": "ok",
    }
    return done(body)


def _followers(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    total = followers_listed(creator)
    return _account_page(asked, f"followers:{creator.pk}", total, lambda a, b: followers(creator, a, b))


def _following(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    total = following_listed(creator)
    return _account_page(asked, f"following:{creator.pk}", total, lambda a, b: following(creator, a, b))


def _likers(asked: Asked, world: World) -> Answer:
    owned = _post(asked, world)
    if owned is None:
        return NOT_FOUND
    post: SandboxPost = owned[1]
    users = [private_short_user(person) for person in likers(post, 0, likers_listed(post))]
    return done({"users": users, "user_count": post.likes, "status": "ok"})


def _comments(asked: Asked, world: World) -> Answer:
    owned = world.post_by_pk(str(asked.get("id", "")))
    if owned is None:
        return NOT_FOUND
    post = owned[1]
    places = _slice(asked, f"comments:{post.pk}", COMMENTS, "min_id")
    if places is None:
        return _BAD_CURSOR
    more = places[1] < comments_listed(post)
    body = {
        "comments": [private_comment(post, comment) for comment in comments(post, *places)],
        "comment_count": post.comments,
        "has_more_comments": False,
        "has_more_headload_comments": more,
        "status": "ok",
    }
    return done(body | ({"next_min_id": cursor_at(places[1], f"comments:{post.pk}")} if more else {}))


def _stories(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None:
        return NOT_FOUND
    told = stories_today(world, creator)
    return done({"reels": {str(creator.pk): story_reel(creator, told)} if told else {}, "status": "ok"})


def _highlights(asked: Asked, world: World) -> Answer:
    creator = _creator(asked, world)
    if creator is None or creator.is_private:
        return NOT_FOUND if creator is None else PRIVATE
    tray = [highlight_reel(creator, highlight, items=False) for highlight in highlights(creator)]
    return done({"tray": tray, "highlights_tray_type": "DEFAULT", "status": "ok"})


def _highlight(asked: Asked, world: World) -> Answer:
    ids = asked.get("ids")
    found = find_highlight(world, str(ids[0])) if isinstance(ids, list) and ids else None
    if found is None:
        return NOT_FOUND
    reel = highlight_reel(*found, items=True)
    return done({"reels": {reel["id"]: reel}, "status": "ok"})


def _hashtag(asked: Asked, world: World) -> Answer:
    name = str(asked.get("name", "")).lower()
    count = world.index.hashtag_count(name)
    if count is None:
        return NOT_FOUND
    return done({"id": hashtag_id(name), "name": name, "media_count": count, "status": "ok"})


def _grid(asked: Asked, name: str, owned: Sequence[Owned]) -> Answer:
    places = _slice(asked, name, GRID)
    if places is None:
        return _BAD_CURSOR
    body: dict[str, Any] = {
        "sections": post_grid(owned[slice(*places)]),
        "more_available": places[1] < len(owned),
        "next_media_ids": [],
        "auto_load_more_enabled": True,
        "status": "ok",
    }
    if body["more_available"]:
        body |= {"next_max_id": cursor_at(places[1], name), "next_page": places[1] // GRID}
    return done(body)


def _hashtag_posts(asked: Asked, world: World) -> Answer:
    name = str(asked.get("name", "")).lower()
    if world.index.hashtag_count(name) is None:
        return NOT_FOUND
    if asked.get("tab") == "recent":
        return _grid(asked, f"recent:{name}", world.index.hashtag_recent(name))
    return _grid(asked, f"top:{name}", world.index.hashtag_top(name))


def _place(asked: Asked, world: World) -> Answer:
    place = place_by_pk(str(asked.get("id", "")))
    if place is None:
        return NOT_FOUND
    body = {
        "location_id": str(place.pk),
        "name": place.name,
        "category": place.category,
        "location_city": place.city,
        "lat": place.latitude,
        "lng": place.longitude,
        "status": "ok",
    }
    return done(body)


def _place_posts(asked: Asked, world: World) -> Answer:
    place = place_by_pk(str(asked.get("id", "")))
    return _grid(asked, f"place:{place.pk}", world.index.at_place(place)) if place else NOT_FOUND


def _search_reels(asked: Asked, world: World) -> Answer:
    query = str(asked.get("query", ""))
    found = world.index.search(query)
    places = _slice(asked, f"search:{query}", 12)
    if places is None:
        return _BAD_CURSOR
    more = places[1] < len(found)
    clips = [{"media": private_post(*pair)} for pair in found[slice(*places)]]
    body: dict[str, Any] = {
        "reels_serp_modules": [{"module_type": "clips", "clips": clips}],
        "has_more": more,
    }
    if more:
        body["reels_max_id"] = cursor_at(places[1], f"search:{query}")
    return done(body | {"status": "ok"})


UPSTREAM = RocketApi()
