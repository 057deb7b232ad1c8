"""The RapidAPI stand-in. No recording exists: bodies are held against the shapes that `instagram_igdata` documents."""

from __future__ import annotations

from typing import Any

import pytest

from upbeat.sandbox.posts import SHOWN_POSTS
from upbeat.sandbox.world import World

from .body_shapes import problems, shape_of_all
from .conftest import Caller

WEB_USER: dict[str, Any] = {
    "id": "1",
    "username": "a",
    "full_name": "a",
    "biography": "a",
    "external_url": "a",
    "edge_followed_by": {"count": 1},
    "edge_follow": {"count": 1},
    "edge_owner_to_timeline_media": {"count": 1},
    "is_private": True,
    "is_verified": True,
    "is_business_account": True,
    "is_professional_account": True,
    "category_name": "a",
    "business_category_name": "a",
    "profile_pic_url": "a",
    "profile_pic_url_hd": "a",
}
WEB_USERS = [WEB_USER, {"external_url": None, "category_name": None, "business_category_name": None}]
PRIVATE_USERS = [
    {
        "pk": 1,
        "pk_id": "1",
        "username": "a",
        "full_name": "a",
        "biography": "a",
        "external_url": "a",
        "follower_count": 1,
        "following_count": 1,
        "media_count": 1,
        "is_private": True,
        "is_verified": True,
        "is_business": True,
        "account_type": 1,
        "category": "a",
        "profile_pic_url": "a",
    },
    {"category": None},
]
OWNER = {"id": "1", "username": "a"}
WEB_POST = {
    "__typename": "a",
    "id": "1",
    "shortcode": "a",
    "product_type": "a",
    "display_url": "a",
    "thumbnail_src": "a",
    "is_video": True,
    "taken_at_timestamp": 1,
    "edge_media_to_caption": {"edges": [{"node": {"text": "a"}}]},
    "edge_media_to_comment": {"count": 1},
    "edge_liked_by": {"count": 1},
    "edge_media_preview_like": {"count": 1},
    "location": {"id": "1", "name": "a"},
    "owner": OWNER,
    "video_view_count": 1,
    "video_url": "a",
    "video_duration": 1.5,
}
PRIVATE_POST = {
    "pk": 1,
    "id": "1_1",
    "code": "a",
    "media_type": 1,
    "product_type": "a",
    "taken_at": 1,
    "caption": {"text": "a"},
    "like_count": 1,
    "comment_count": 1,
    "is_paid_partnership": False,
    "location": {
        "pk": 1,
        "name": "a",
        "address": "",
        "city": "",
        "short_name": "a",
        "lng": 1.5,
        "lat": 1.5,
        "external_source": "a",
        "facebook_places_id": 1,
    },
    "image_versions2": {"candidates": [{"width": 1, "height": 1, "url": "a"}]},
    "user": {"pk": 1, "username": "a", "full_name": "a"},
    "play_count": 1,
    "video_duration": 1.5,
    "video_versions": [{"width": 1, "height": 1, "type": 1, "url": "a"}],
}
FLAT_POST = {
    "id": "1",
    "shortcode": "a",
    "type": "a",
    "is_video": True,
    "dimension": {"height": 1, "width": 1},
    "display_url": "a",
    "thumbnail_src": "a",
    "owner": OWNER,
    "description": "a",
    "comments": 1,
    "likes": 1,
    "taken_at_timestamp": 1,
    "location": None,
    "hashtags": ["a"],
    "mentions": ["a"],
    "views": 1,
    "video_url": "a",
}
POSTS: dict[str, list[dict[str, Any]]] = {
    "web": [WEB_POST, {"location": None}],
    "private": [PRIVATE_POST, {"caption": None, "location": None}],
    "flat": [FLAT_POST],
}
USERS: dict[str, list[dict[str, Any]]] = {"web": WEB_USERS, "private": PRIVATE_USERS, "flat": WEB_USERS}
FEED = {"id": "1", "username": "a", "count": 1, "has_more": True}
SHAPES = ("web", "private", "flat")


@pytest.mark.parametrize("shape", SHAPES)
async def test_profiles_have_the_documented_shape(caller: Caller, shape: str) -> None:
    await caller.order("settings", igdata_shape=shape)
    for handle in ("cristiano", "private.account.sandbox", "decorated.account.sandbox"):
        body = (await caller.igdata("/user/info", username=handle)).json()
        assert problems(body, shape_of_all(USERS[shape])) == []
        assert set(body) == set(USERS[shape][0])


@pytest.mark.parametrize("shape", SHAPES)
async def test_feeds_have_the_documented_shape(caller: Caller, shape: str) -> None:
    await caller.order("settings", igdata_shape=shape)
    pages = [{**FEED, "end_cursor": "a", "collector": [post]} for post in POSTS[shape]]
    known = shape_of_all([*pages, {"end_cursor": None}])
    body = (await caller.igdata("/user/feed", username="cristiano", limit=40)).json()
    assert len(body["collector"]) == 40
    assert problems(body, known) == []


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_single_post_is_that_of_the_feed(caller: Caller, shape: str) -> None:
    await caller.order("settings", igdata_shape=shape)
    post = (await caller.igdata("/user/feed", username="cristiano", limit=1)).json()["collector"][0]
    address = f"https://www.instagram.com/p/{post.get('shortcode') or post['code']}"
    assert (await caller.igdata("/post/info", post=address)).json() == post


@pytest.mark.parametrize("limit", [1, 12, 40, 50])
async def test_a_feed_pages_to_its_end(caller: Caller, limit: int) -> None:
    seen: list[str] = []
    query: dict[str, str | int] = {"username": "cristiano", "limit": limit}
    while True:
        body = (await caller.igdata("/user/feed", **query)).json()
        seen += [post["id"] for post in body["collector"]]
        if not body["has_more"]:
            break
        query["end_cursor"] = body["end_cursor"]
    assert body["end_cursor"] is None
    assert len(set(seen)) == len(seen) == SHOWN_POSTS


async def test_a_private_account_shows_counts_and_no_posts(caller: Caller) -> None:
    profile = (await caller.igdata("/user/info", username="private.account.sandbox")).json()
    assert profile["is_private"] is True
    assert profile["edge_followed_by"]["count"] > 0
    feed = (await caller.igdata("/user/feed", username="private.account.sandbox")).json()
    assert (feed["collector"], feed["has_more"], feed["end_cursor"]) == ([], False, None)


@pytest.mark.parametrize("key", [None, "", "someone-elses-key"])
async def test_without_a_known_key_nothing_is_told(caller: Caller, key: str | None) -> None:
    answer = await caller.igdata("/user/info", username="cristiano", key=key)
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Invalid API key.")


async def test_wrong_requests_are_told_what_is_wrong(caller: Caller) -> None:
    assert (await caller.igdata("/user/info", username="unknown.account.sandbox")).status_code == 404
    assert (await caller.igdata("/user/info")).status_code == 400
    assert (await caller.igdata("/user/feed", username="cristiano", end_cursor="x")).status_code == 400
    assert (await caller.igdata("/user/feed", username="cristiano", limit=0)).status_code == 400
    assert (await caller.igdata("/post/info", post="no such code")).status_code == 404
    assert (await caller.igdata("/no/such/path", username="cristiano")).status_code == 404


async def test_the_limit_is_60_a_minute_for_each_key(caller: Caller, clock: object) -> None:
    answers = [await caller.igdata("/user/info", username="cristiano") for _ in range(61)]
    assert [a.status_code for a in answers] == [200] * 60 + [429]
    assert answers[59].headers["x-ratelimit-requests-remaining"] == "0"
    assert answers[60].headers["retry-after"] == "60"
    other = await caller.igdata("/user/info", username="cristiano", key="sandbox-rapidapi-key-2")
    assert other.status_code == 200
    clock.now += 60  # type: ignore[attr-defined]
    assert (await caller.igdata("/user/info", username="cristiano")).status_code == 200


def test_every_creator_can_be_told_in_every_shape(world: World) -> None:
    from upbeat.sandbox.instagram_igdata import private_user, web_user

    for creator in world.creators():
        assert web_user(creator)["edge_followed_by"]["count"] == private_user(creator)["follower_count"]
