"""The RapidAPI scraper `instagram130.p.rapidapi.com`, as `rapidapi-neotank`.

No recording was found: **shapes are inferred**. Public lists of its endpoints name paths and parameters; clients read web GraphQL without a wrapper.
"""

from __future__ import annotations

from upbeat.sandbox.creators import Creator
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.page_slices import cursor_at, start_of
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.web_graphql_bodies import edge_list, web_post, web_user
from upbeat.sandbox.world import World

MAX_PAGE = 50
NOT_FOUND = json_answer({"error": "Not found"}, 404)


class NeoTank(RapidApi):
    """`/account-info`, `/username-by-id`, `/account-medias` and `/media-info`."""

    name = "rapidapi-neotank"
    host = "instagram130.p.rapidapi.com"
    limit = Limit(60, 60)

    def subject(self, request: Request, world: World) -> str:
        """The handle, or the shortcode of a post."""
        creator = _creator(request, world)
        return creator.handle if creator else request.query.get("code", "")

    def answer(self, request: Request, world: World) -> Answer:
        """What the path names, of the account or post that the query names."""
        path = request.path.rstrip("/")
        if path == "/media-info":
            owned = world.post(request.query.get("code", ""))
            return json_answer(web_post(*owned)) if owned else NOT_FOUND
        creator = _creator(request, world)
        if creator is None:
            return NOT_FOUND
        match path:
            case "/account-info":
                return json_answer(web_user(creator))
            case "/username-by-id":
                return json_answer({"UserID": str(creator.pk), "UserName": creator.handle})
            case "/account-medias":
                return _posts(request, world, creator)
        return json_answer({"message": f"Endpoint '{path}' does not exist"}, 404)


def _creator(request: Request, world: World) -> Creator | None:
    handle = request.query.get("username", "")
    return world.creator(handle) if handle else world.creator_by_pk(request.query.get("userid", ""))


def _posts(request: Request, world: World, creator: Creator) -> Answer:
    posts, first = world.posts(creator), request.query.get("first", "40")
    start = start_of(request.query.get("after", ""), f"posts:{creator.pk}")
    if start is None or not (first.isascii() and first.isdigit()):
        return json_answer({"error": "Invalid after or first"}, 400)
    end = start + min(int(first), MAX_PAGE)
    cursor = cursor_at(end, f"posts:{creator.pk}") if end < len(posts) else None
    nodes = [web_post(creator, post) for post in posts[start:end]]
    return json_answer(edge_list(nodes, creator.media_count, cursor))


UPSTREAM = NeoTank()
