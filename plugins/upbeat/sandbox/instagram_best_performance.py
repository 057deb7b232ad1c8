"""The RapidAPI scraper `instagram-best-performance.p.rapidapi.com`, as `insta-best-performance`.

Neither a recording nor client code was found: **paths and shapes are those of its neighbours**. Accounts are web GraphQL's, posts the private API's.
"""

from __future__ import annotations

from upbeat.sandbox.limits import Limit
from upbeat.sandbox.page_slices import cursor_at, start_of
from upbeat.sandbox.private_api_bodies import private_post
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.web_graphql_bodies import web_user
from upbeat.sandbox.world import World

PAGE = 24


class BestPerformance(RapidApi):
    """`/user/info` and `/user/posts`."""

    name = "insta-best-performance"
    host = "instagram-best-performance.p.rapidapi.com"
    limit = Limit(2, 1)

    def subject(self, request: Request, world: World) -> str:
        """The handle."""
        return request.query.get("username", "").lower()

    def answer(self, request: Request, world: World) -> Answer:
        """A profile or a page of posts."""
        creator = world.creator(request.query.get("username", ""))
        path = request.path.rstrip("/")
        if creator is None:
            return json_answer({"message": "User not found"}, 404)
        if path == "/user/info":
            return json_answer({"data": {"user": web_user(creator)}, "status": "ok"})
        if path != "/user/posts":
            return json_answer({"message": f"Endpoint '{path}' does not exist"}, 404)
        posts, name = world.posts(creator), f"posts:{creator.pk}"
        start = start_of(request.query.get("end_cursor", ""), name)
        if start is None:
            return json_answer({"message": "end_cursor is not valid"}, 400)
        more = start + PAGE < len(posts)
        body = {
            "items": [private_post(creator, post) for post in posts[start : start + PAGE]],
            "has_more": more,
            "end_cursor": cursor_at(start + PAGE, name) if more else None,
        }
        return json_answer({"data": body, "status": "ok"})


UPSTREAM = BestPerformance()
