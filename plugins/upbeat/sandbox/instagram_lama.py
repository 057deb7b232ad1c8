"""Lama, the free service of last resort, as `lama`.

Its service returned HikerAPI's `v1_` shape; a description of that API names the endpoints and parameters, recordings show the bodies
(`hikerapi_bodies`). A search for posts is the `v2_` one. No credential. Error bodies (`detail`, `exc_type`) are those of the
library behind both services.
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
from upbeat.sandbox.hikerapi_bodies import (
    render_comment,
    render_found_user,
    render_highlight,
    render_place,
    render_post,
    render_short_user,
    render_single_post,
    render_story,
    render_user,
)
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.page_slices import cursor_at, start_of
from upbeat.sandbox.places import place_by_pk
from upbeat.sandbox.post_index import Owned, hashtag_id
from upbeat.sandbox.private_api_bodies import post_grid
from upbeat.sandbox.stories import find_highlight, highlights, stories_today
from upbeat.sandbox.suggestions import search_accounts
from upbeat.sandbox.upstream import Answer, Request, Upstream, json_answer
from upbeat.sandbox.world import World

PAGE, ACCOUNTS, COMMENTS, GRID = 12, 100, 15, 27


def _missing(detail: str, exc_type: str) -> Answer:
    return json_answer({"detail": detail, "exc_type": exc_type}, 404)


def _required(parameter: str) -> Answer:
    problem = {"type": "missing", "loc": ["query", parameter], "msg": "Field required", "input": None}
    return json_answer({"detail": [problem]}, 422)


NO_USER = _missing("User not found", "UserNotFound")
NO_POST = _missing("Media not found", "MediaNotFound")
PRIVATE = json_answer({"detail": "Private account", "exc_type": "PrivateAccount"}, 403)
BAD_CURSOR = json_answer({"detail": "Invalid cursor", "exc_type": "ClientBadRequestError"}, 400)


class Lama(Upstream):
    """All that `lama` of the crawlers asks for."""

    name = "lama"
    host = "lama.sandbox"
    limit = Limit(60, 60)

    def __init__(self) -> None:
        self._needs: dict[str, tuple[str, Callable[[str, Request, World], Answer]]] = {
            "/v1/user/by/username": ("username", lambda value, _, world: _user(world.creator(value))),
            "/v1/user/by/id": ("id", lambda value, _, world: _user(world.creator_by_pk(value))),
            "/v1/user/medias/chunk": ("user_id", _public(_posts)),
            "/v1/user/clips/chunk": ("user_id", _public(_reels)),
            "/v1/user/tag/medias/chunk": ("user_id", _public(_tagged)),
            "/v1/user/followers/chunk": ("user_id", _public(_followers)),
            "/v1/user/following/chunk": ("user_id", _public(_following)),
            "/v1/user/stories": ("user_id", _public(_stories)),
            "/v1/user/highlights": ("user_id", _public(_highlights)),
            "/v1/highlight/by/id": ("id", _highlight),
            "/v1/media/by/code": ("code", lambda value, _, world: _post(world.post(value))),
            "/v1/media/by/id": ("id", lambda value, _, world: _post(world.post_by_pk(value))),
            "/v1/media/comments/chunk": ("id", _comments),
            "/v1/media/likers": ("id", _likers),
            "/v1/search/users": ("query", _search),
            "/v1/hashtag/by/name": ("name", _hashtag),
            "/v1/hashtag/medias/top/chunk": ("name", _hashtag_top),
            "/v1/hashtag/medias/top/recent/chunk": ("name", _hashtag_recent),
            "/v1/location/by/id": ("id", _place),
            "/v1/location/medias/recent/chunk": ("location_pk", _place_posts),
            "/v2/fbsearch/topsearch": ("query", _top_search),
        }

    def credential(self, request: Request) -> str:
        """None is needed."""
        return ""

    def subject(self, request: Request, world: World) -> str:
        """The handle, the handle behind the user id, or the shortcode of a single post."""
        query = request.query
        user_id = query.get("user_id") or query.get("id", "")
        creator = world.creator_by_pk(user_id)
        if creator is not None or "user_id" in query:
            return creator.handle if creator else ""
        return query.get("username", "").lower() or query.get("code", "")

    def answer(self, request: Request, world: World) -> Answer:
        """What the path names; 422 without the parameter that it needs."""
        needed, handler = self._needs.get(request.path.rstrip("/"), ("", None))
        if handler is None:
            return json_answer({"detail": "Not Found"}, 404)
        value = request.query.get(needed, "")
        return handler(value, request, world) if value else _required(needed)

    def refused(self, request: Request, state: str) -> Answer:
        """The service is free; asked for by a fault only."""
        return json_answer({"detail": "Login required", "exc_type": "LoginRequired"}, 401)

    def throttled(self, usage: Usage) -> Answer:
        """429 with `Retry-After` in seconds."""
        body = {
            "detail": "Please wait a few minutes before you try again.",
            "exc_type": "PleaseWaitFewMinutes",
        }
        return json_answer(body, 429, ((b"retry-after", str(max(1, round(usage.reset_after))).encode()),))

    def failed(self) -> Answer:
        """500 with the library's envelope."""
        return json_answer({"detail": "Internal Server Error", "exc_type": "ClientError"}, 500)


def _public(
    handler: Callable[[Request, World, Creator], Answer],
) -> Callable[[str, Request, World], Answer]:
    def answer(user_id: str, request: Request, world: World) -> Answer:
        creator = world.creator_by_pk(user_id)
        if creator is None:
            return NO_USER
        return PRIVATE if creator.is_private else handler(request, world, creator)

    return answer


def _user(creator: Creator | None) -> Answer:
    return json_answer(render_user(creator)) if creator else NO_USER


def _post(owned: Owned | None) -> Answer:
    return json_answer(render_single_post(*owned)) if owned else NO_POST


def _post_chunk(cursor: str, owned: Sequence[Owned]) -> Answer:
    """`[[post, …], cursor]`; the cursor is the id of the last post of the page."""
    start = 0
    if cursor:
        start = next((n + 1 for n, (c, p) in enumerate(owned) if cursor == f"{p.pk}_{c.pk}"), len(owned))
    page = owned[start : start + PAGE]
    creator_and_post = page[-1] if start + PAGE < len(owned) else None
    following_cursor = f"{creator_and_post[1].pk}_{creator_and_post[0].pk}" if creator_and_post else None
    return json_answer([[render_post(*pair) for pair in page], following_cursor])


def _posts(request: Request, world: World, creator: Creator) -> Answer:
    owned = [(creator, post) for post in world.posts(creator)]
    return _post_chunk(request.query.get("end_cursor", ""), owned)


def _reels(request: Request, world: World, creator: Creator) -> Answer:
    owned = [(creator, reel) for reel in world.reels(creator)]
    return _post_chunk(request.query.get("end_cursor", ""), owned)


def _tagged(request: Request, world: World, creator: Creator) -> Answer:
    return _post_chunk(request.query.get("max_id", ""), world.index.tagging(creator.handle))


def _chunk(
    cursor: str, name: str, size: int, total: int, items: Callable[[int, int], list[dict[str, Any]]]
) -> Answer:
    start = start_of(cursor, name)
    if start is None:
        return BAD_CURSOR
    next_cursor = cursor_at(start + size, name) if start + size < total else None
    return json_answer([items(start, start + size), next_cursor])


def _followers(request: Request, world: World, creator: Creator) -> Answer:
    return _chunk(
        request.query.get("max_id", ""),
        f"followers:{creator.pk}",
        ACCOUNTS,
        followers_listed(creator),
        lambda start, end: [render_short_user(person) for person in followers(creator, start, end)],
    )


def _following(request: Request, world: World, creator: Creator) -> Answer:
    return _chunk(
        request.query.get("max_id", ""),
        f"following:{creator.pk}",
        ACCOUNTS,
        following_listed(creator),
        lambda start, end: [render_short_user(person) for person in following(creator, start, end)],
    )


def _stories(request: Request, world: World, creator: Creator) -> Answer:
    return json_answer([render_story(creator, story) for story in stories_today(world, creator)])


def _highlights(request: Request, world: World, creator: Creator) -> Answer:
    told = [render_highlight(creator, highlight, items=False) for highlight in highlights(creator)]
    return json_answer(told)


def _highlight(pk: str, request: Request, world: World) -> Answer:
    found = find_highlight(world, pk)
    if found is None:
        return _missing("Highlight not found", "HighlightNotFound")
    return json_answer(render_highlight(*found, items=True))


def _comments(pk: str, request: Request, world: World) -> Answer:
    owned = world.post_by_pk(pk)
    if owned is None:
        return NO_POST
    post, name = owned[1], f"comments:{pk}"
    start = start_of(request.query.get("min_id", ""), name)
    if start is None:
        return BAD_CURSOR
    told = [render_comment(comment) for comment in comments(post, start, start + COMMENTS)]
    more = start + COMMENTS < comments_listed(post)
    return json_answer([told, cursor_at(start + COMMENTS, name) if more else None, None])


def _likers(pk: str, request: Request, world: World) -> Answer:
    owned = world.post_by_pk(pk)
    if owned is None:
        return NO_POST
    return json_answer([render_short_user(p) for p in likers(owned[1], 0, likers_listed(owned[1]))])


def _search(query: str, request: Request, world: World) -> Answer:
    return json_answer([render_found_user(creator) for creator in search_accounts(world, query)])


def _hashtag(name: str, request: Request, world: World) -> Answer:
    count = world.index.hashtag_count(name)
    if count is None:
        return _missing("Hashtag not found", "HashtagNotFound")
    body = {"id": hashtag_id(name), "name": name.lower(), "media_count": count, "allow_following": False}
    return json_answer({**body, "profile_pic_url": None})


def _hashtag_top(name: str, request: Request, world: World) -> Answer:
    return _post_chunk(request.query.get("max_id", ""), world.index.hashtag_top(name))


def _hashtag_recent(name: str, request: Request, world: World) -> Answer:
    return _post_chunk(request.query.get("max_id", ""), world.index.hashtag_recent(name))


def _place(pk: str, request: Request, world: World) -> Answer:
    place = place_by_pk(pk)
    return json_answer(render_place(place)) if place else _missing("Location not found", "LocationNotFound")


def _place_posts(pk: str, request: Request, world: World) -> Answer:
    place = place_by_pk(pk)
    if place is None:
        return _missing("Location not found", "LocationNotFound")
    return _post_chunk(request.query.get("max_id", ""), world.index.at_place(place))


def _top_search(query: str, request: Request, world: World) -> Answer:
    found, name = world.index.search(query), f"search:{query}"
    start = start_of(request.query.get("next_max_id", ""), name)
    if start is None:
        return BAD_CURSOR
    more = start + GRID < len(found)
    grid: dict[str, Any] = {"sections": post_grid(found[start : start + GRID]), "has_more": more}
    if more:
        grid["next_max_id"] = cursor_at(start + GRID, name)
    return json_answer({"list": [], "media_grid": grid, "rank_token": "sandbox", "status": "ok"})


UPSTREAM = Lama()
