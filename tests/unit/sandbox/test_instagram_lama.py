"""The free service of last resort in the sandbox."""

from __future__ import annotations

from upbeat.sandbox.posts import SHOWN_POSTS
from upbeat.sandbox.world import World

from .conftest import Caller


async def test_no_credential_is_needed(caller: Caller) -> None:
    body = (await caller.lama("/user/by/username", username="Cristiano")).json()
    assert body["follower_count"] == 523_000_000


async def test_pages_follow_the_cursor_to_the_end(caller: Caller, world: World) -> None:
    creator = world.creator("leomessi")
    assert creator is not None
    seen: list[str] = []
    query = {"user_id": str(creator.pk)}
    while True:
        posts, cursor = (await caller.lama("/user/medias/chunk", **query)).json()
        seen += [post["pk"] for post in posts]
        if cursor is None:
            break
        query["end_cursor"] = cursor
    assert len(set(seen)) == len(seen) == SHOWN_POSTS


async def test_plays_and_category_are_not_told(caller: Caller, world: World) -> None:
    creator = world.creator("leomessi")
    assert creator is not None
    posts = (await caller.lama("/user/medias/chunk", user_id=str(creator.pk))).json()[0]
    assert {post["play_count"] for post in posts} == {0}
    profile = (await caller.lama("/user/by/username", username="leomessi")).json()
    assert (profile["category"], profile["category_name"]) == ("", None)


async def test_what_is_not_there_and_what_is_missing_is_told(caller: Caller, world: World) -> None:
    unknown = await caller.lama("/user/by/username", username="unknown.account.sandbox")
    assert (unknown.status_code, unknown.json()["exc_type"]) == (404, "UserNotFound")
    private = world.creator("private.account.sandbox")
    assert private is not None
    refused = await caller.lama("/user/medias/chunk", user_id=str(private.pk))
    assert (refused.status_code, refused.json()["exc_type"]) == (403, "PrivateAccount")
    assert (await caller.lama("/user/medias/chunk", user_id="1")).status_code == 404
    assert (await caller.lama("/media/by/code", code="AAAA")).status_code == 404
    assert (await caller.lama("/user/by/username")).status_code == 422
    assert (await caller.lama("/no/such/path")).status_code == 404


async def test_the_limit_is_60_a_minute(caller: Caller) -> None:
    answers = [await caller.lama("/user/by/username", username="leomessi") for _ in range(61)]
    assert [a.status_code for a in answers] == [200] * 60 + [429]
    assert answers[60].headers["retry-after"] == "60"
