"""`upbeat parse` of the scrapers on bodies alone, nothing told of what was asked for: wrappers, odd values, errors, other kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.instagram_bodies import (
    ACCOUNT,
    COMMENT,
    HASHTAG,
    HIGHLIGHT,
    MORE,
    OWNERLESS_POST,
    PLACE,
    PRIVATE_POST,
    PRIVATE_USER,
    REEL,
    SHORT_USER,
    STORY,
    WEB_POST,
    WEB_USER,
    connection,
)
from tests.unit.crawlers.parse_command import counted, cursor_in, run_parse
from tests.unit.crawlers.scraper_recordings import READ_AS

SOURCES = (
    "rapidapi-igdata",
    "rapidapi-jotucker",
    "rapidapi-neotank",
    "rapidapi-arraybobo",
    "rocketapi",
    "insta-best-performance",
    "lama",
)
_VIEWER = {"user": {"pk": "999", "id": "999", "username": "me"}}
_OF_THE_HASHTAG = WEB_POST | {"owner": {"id": "787132"}}
_FLOATS = {"pk": 787132.0, "id": 787132.0, "follower_count": 283_000_000.0, "following_count": "150"}


# kind, body, how many records of each type, the cursor
READ: tuple[tuple[str, Any, dict[str, int], str | None], ...] = (
    ("profile", {"data": {"user": PRIVATE_USER, "viewer": _VIEWER}}, {"profile": 1}, None),
    ("profile", {"data": {"viewer": _VIEWER, "user": PRIVATE_USER}}, {"profile": 1}, None),
    ("profile", {"data": [PRIVATE_USER]}, {"profile": 1}, None),
    ("profile", {"user_info": PRIVATE_USER}, {"profile": 1}, None),
    ("profile", {"account": PRIVATE_USER}, {"profile": 1}, None),
    ("profile", {"data": {"xdt_api__v1__users__info": {"user": PRIVATE_USER}}}, {"profile": 1}, None),
    ("profile", {"statusCode": 200, "body": json.dumps({"user": PRIVATE_USER})}, {"profile": 1}, None),
    ("profile", json.dumps({"user": PRIVATE_USER}), {"profile": 1}, None),
    ("profile", {"response": {"data": {"user": WEB_USER}, "status": 200}}, {"profile": 1}, None),
    ("profile", {"user": PRIVATE_USER | _FLOATS}, {"profile": 1}, None),
    ("profile", {"user": PRIVATE_USER | {"follower_count": "283M", "media_count": "29,000"}}, {"profile": 1}, None),
    ("profile", {"message": "success", "status": True, "data": PRIVATE_USER}, {"profile": 1}, None),
    (
        "profile",
        {"data": SHORT_USER | {"counts": {"followed_by": 283_000_000, "follows": 150, "media": 29_000}}},
        {"profile": 1},
        None,
    ),
    (
        "profile",
        {"user": SHORT_USER | {"followed_by": {"count": 283_000_000}, "follows": {"count": 150}, "media": {"count": 29_000}}},
        {"profile": 1},
        None,
    ),
    ("profile", SHORT_USER | {"followers": "283M", "following": "150", "posts": "29000"}, {"profile": 1}, None),
    ("profile", {"data": {"user": PRIVATE_USER | {"posts": [{"pk": 1}]}}}, {"profile": 1}, None),
    (
        "posts",
        {"data": {"xdt_api__v1__feed__user_timeline_graphql_connection": connection(PRIVATE_POST), "xdt_viewer": _VIEWER}},
        {"post": 1},
        "next",
    ),
    ("posts", {"data": {"xdt_api__v1__clips__user__connection_v2": connection({"media": PRIVATE_POST})}}, {"post": 1}, "next"),
    ("posts", {"data": {"xdt_fbsearch__top_serp_graphql": connection({"items": [PRIVATE_POST]})}}, {"post": 1}, "next"),
    ("posts", {"items": [{"media": PRIVATE_POST}], "paging_info": {"max_id": "m", "more_available": True}}, {"post": 1}, "m"),
    ("posts", {"items": [PRIVATE_POST], "more_available": True, "next_max_id": 17}, {"post": 1}, "17"),
    ("posts", {"items": [PRIVATE_POST], "more_available": False, "next_max_id": "17"}, {"post": 1}, None),
    ("posts", {"data": {"items": [PRIVATE_POST], "user": SHORT_USER}, "pagination_token": "t"}, {"post": 1}, "t"),
    ("posts", {"result": connection(PRIVATE_POST)}, {"post": 1}, "next"),
    ("posts", {"data": [PRIVATE_POST], "cursor": "c"}, {"post": 1}, "c"),
    ("posts", {"data": {"medias": [PRIVATE_POST], "nextCursor": "c"}}, {"post": 1}, "c"),
    ("posts", {"feed_items": [{"media_or_ad": PRIVATE_POST}], "next_max_id": "n"}, {"post": 1}, "n"),
    ("posts", {"collector": [OWNERLESS_POST], "count": 1, "has_more": True, "end_cursor": "c"}, {"post": 1, "problem": 2}, "c"),
    ("posts", {"data": {"hashtag": {"name": "love", "edge_hashtag_to_media": connection(_OF_THE_HASHTAG)}}}, {"post": 1, "problem": 1}, "next"),
    ("posts", {"data": {"user": WEB_USER | {"edge_owner_to_timeline_media": connection(WEB_POST)}}}, {"post": 1}, "next"),
    (
        "posts",
        {"sections": [{"layout_content": {"one_by_two_item": {"clips": {"items": [{"media": PRIVATE_POST}]}}}}], "next_max_id": "n"},
        {"post": 1},
        "n",
    ),
    ("posts", {"data": {"items": []}, "message": "success", "code": 200}, {}, None),
    ("posts", {"items": [], "num_results": 0, "status": "ok"}, {}, None),
    ("posts", {"items": [PRIVATE_POST, "what"]}, {"post": 1, "problem": 1}, None),
    ("posts", {"items": [PRIVATE_POST | {"like_count": "1.2M", "comment_count": None, "new": {"x": []}}]}, {"post": 1}, None),
    ("post", {"data": {"xdt_api__v1__media__shortcode__web_info": {"items": [PRIVATE_POST]}}}, {"post": 1}, None),
    ("post", {"response": {"media_or_ad": PRIVATE_POST}}, {"post": 1}, None),
    ("post", {"message": "ok", "data": [WEB_POST]}, {"post": 1}, None),
    ("post", {"body": {"items": [PRIVATE_POST]}}, {"post": 1}, None),
    ("post", {"payload": {"items": [PRIVATE_POST]}}, {"post": 1}, None),
    (
        "comments",
        {"comments": [COMMENT], "comment_count": 9, "next_min_id": '{"x": 1}', "caption": {"pk": "9", "text": "t", "created_at": 1}},
        {"comment": 1},
        '{"x": 1}',
    ),
    ("comments", {"data": {"xdt_api__v1__media__media_id__comments__connection": connection(COMMENT)}}, {"comment": 1}, "next"),
    ("comments", {"data": {"comments": [COMMENT], "cursor": "c"}, "errors": [], "message": None}, {"comment": 1}, "c"),
    ("comments", {"data": {"items": [COMMENT], "total": 9}, "pagination_token": "t"}, {"comment": 1}, "t"),
    ("comments", {"comments": [], "comment_count": 0, "message": "OK"}, {}, None),
    ("followers", {"users": [ACCOUNT], "big_list": True, "next_max_id": "100", "has_more": True}, {"follower": 1, "problem": 1}, "100"),
    ("followers", {"data": {"users": [ACCOUNT | {"pk": 5.0}], "count": 1}}, {"follower": 1, "problem": 1}, None),
    ("followers", {"success": True, "message": "OK", "data": []}, {"problem": 1}, None),
    ("following", {"data": {"user": {"id": "1", "edge_follow": connection(ACCOUNT)}}}, {"following": 1}, "next"),
    ("likers", {"data": {"xdt_api__v1__media__media_id__likers": {"users": [ACCOUNT]}}}, {"liker": 1, "problem": 1}, None),
    ("similar", {"data": {"xdt_api__v1__discover__chaining": {"users": [ACCOUNT]}}}, {"similar_profile": 1, "problem": 1}, None),
    ("search", {"users": [ACCOUNT], "rank_token": "r", "page_token": "p", "has_more": True}, {"search_hit": 1}, None),
    ("search", {"list": [{"position": 0, "user": ACCOUNT}, {"position": 1, "hashtag": HASHTAG}]}, {"search_hit": 1}, None),
    ("stories", {"reels": {"787132": REEL}, "reels_media": [REEL]}, {"story": 1}, None),
    ("stories", {"data": {"xdt_api__v1__feed__reels_media": {"reels_media": [REEL]}}}, {"story": 1}, None),
    ("stories", {"data": {"xdt_api__v1__feed__reels_media__connection": connection(REEL)}}, {"story": 1}, None),
    ("stories", STORY, {"story": 1}, None),
    ("stories", {"response": {"reel": None}}, {}, None),
    ("highlights", {"tray": [HIGHLIGHT], "show_empty_state": False}, {"highlight": 1}, None),
    ("highlights", {"data": {"highlights": connection(HIGHLIGHT)}}, {"highlight": 1}, None),
    (
        "highlight_items",
        {"data": {"xdt_api__v1__feed__reels_media__connection": connection(HIGHLIGHT | {"items": [STORY]})}},
        {"highlight": 1, "story": 1, "highlight_item": 1},
        None,
    ),
    ("hashtag", {"data": {"hashtag": HASHTAG}}, {"hashtag": 1}, None),
    ("hashtag", {"hashtags": [{"position": 0, "hashtag": HASHTAG}]}, {"hashtag": 1}, None),
    ("location", {"native_location_data": {"location_info": PLACE | {"media_count": 9}}}, {"location": 1}, None),
    ("location", {"items": [{"location": PLACE, "title": "Berlin"}]}, {"location": 1}, None),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(READ)))
def test_a_body_alone_is_read(number: int) -> None:
    kind, body, counts, cursor = READ[number]
    code, lines, error = run_parse(SOURCES[number % len(SOURCES)], kind, body)
    assert (code, error) == (0, "")
    assert counted(lines) == counts, lines
    assert cursor_in(lines) == cursor
    for line in lines:
        if line["type"] == "profile":
            assert (line["profile_id"], line["handle"]) == ("787132", "natgeo")
            assert (line["followers"], line["following"], line["media_count"]) == (283_000_000, 150, 29_000)
        if line["type"] == "post":
            assert (line["post_id"], line["shortcode"]) == ("2421224614649404224", "CGZ6vV1nBtA")
            assert line["profile_id"] in ("787132", "")
            assert line["likes"] in (70, 1_200_000)


REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("profile", b"", "the body is empty"),
    ("profile", b"<!DOCTYPE html><html><body>Login</body></html>", "not JSON"),
    ("profile", json.dumps({"user": PRIVATE_USER}).encode()[:-9], "not JSON"),
    ("profile", {}, "no account"),
    ("profile", {"data": {"user": None}, "status": "ok"}, "no account"),
    ("profile", {"data": {"user": None}, "errors": [{"message": "execution error"}], "status": "ok"}, "execution error"),
    ("profile", {"status": "fail", "message": "checkpoint_required"}, "checkpoint_required"),
    ("profile", {"status": "FAIL", "user": None}, "no data"),
    ("profile", {"code": 404, "msg": "not found", "data": {}}, "not found"),
    ("profile", {"statusCode": 404, "body": "{\"message\": \"User not found\"}"}, "User not found"),
    ("profile", {"statusCode": 502, "body": "<html>"}, "HTTP 502"),
    ("profile", {"user": PRIVATE_USER | {"is_private": True}}, "private"),
    ("profile", {"user": SHORT_USER, "status": "ok"}, "no figures"),
    ("profile", {"user": PRIVATE_USER | {"pk": 2.0**60, "id": 1.5}}, "no id"),
    ("profile", {"items": [PRIVATE_POST], "user": SHORT_USER}, "no figures"),
    ("profile", {"users": [ACCOUNT, ACCOUNT]}, "no account"),
    ("profile", {"comments": [COMMENT]}, "no account"),
    ("profile", {"data": {"shortcode_media": WEB_POST}}, "no account"),
    ("posts", {"user": PRIVATE_USER}, "no list of posts"),
    ("posts", {"data": {"user": WEB_USER | {"is_private": True}}}, "@natgeo is private"),
    ("posts", {"user": SHORT_USER, "items": None}, "no list of posts"),
    ("posts", {"users": [ACCOUNT]}, "no list of posts"),
    ("posts", {"data": [ACCOUNT, ACCOUNT]}, "none of 2 posts"),
    ("posts", {"data": [{"id": "5", "likes": 3}]}, "none of 1 posts"),
    ("posts", {"items": [{"id": 5, "code": "standard", "title": "Shipping", "price": "1.00"}]}, "none of 1 posts"),
    ("posts", {"items": [{"pk": "5", "media_type": 1, "id": "5"}]}, "none of 1 posts"),
    ("posts", {"comments": [COMMENT]}, "no list of posts"),
    ("posts", {"reel": REEL}, "no list of posts"),
    ("posts", {"items": [STORY]}, "none of 1 posts"),
    ("posts", {"tray": [HIGHLIGHT]}, "no list of posts"),
    ("posts", {"message": "Not authorized to view user", "status": "fail"}, "private"),
    ("posts", {"message": "You have exceeded the MONTHLY quota for Requests"}, "MONTHLY quota"),
    ("posts", {"success": False, "data": []}, "no data"),
    ("post", {"data": {"xdt_shortcode_media": None}, "status": "ok"}, "no post"),
    ("post", {"items": [], "num_results": 0}, "no post"),
    ("post", {"items": [PRIVATE_POST, PRIVATE_POST]}, "no post"),
    ("post", {"message": "Media not found or unavailable", "status": "fail"}, "Media not found"),
    ("post", {"user": PRIVATE_USER}, "no post"),
    ("comments", {"items": [PRIVATE_POST]}, "none of 1 comments"),
    ("comments", {"users": [ACCOUNT]}, "no list of comments"),
    ("comments", {"comments": [], "status": "fail", "message": "Comments are limited"}, "Comments are limited"),
    ("followers", {"items": [PRIVATE_POST]}, "none of 1 accounts"),
    ("followers", {"comments": [COMMENT]}, "no list of accounts"),
    ("followers", {"user": PRIVATE_USER}, "no list of accounts"),
    ("stories", {"items": [PRIVATE_POST]}, "none of 1 stories"),
    ("stories", {"reels": {"highlight:77": HIGHLIGHT | {"items": [STORY]}}}, "a highlight"),
    ("highlights", {"reels": {"787132": REEL}}, "no list of highlights"),
    ("highlight_items", {"reel": REEL}, "no highlight"),
    ("highlight_items", {"tray": [HIGHLIGHT]}, "no highlight"),
    ("hashtag", {"location": PLACE}, "no hashtag"),
    ("location", {"hashtag": HASHTAG}, "no place"),
    ("insights", {"data": []}, "sends no bodies of kind insights"),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_body_that_is_not_of_the_kind_is_refused_in_one_line(number: int) -> None:
    kind, body, message = REFUSED[number]
    code, lines, error = run_parse(SOURCES[number % len(SOURCES)], kind, body)
    assert (code, lines) == (2, [])
    assert message in error
    assert "\n" not in error


def test_what_a_body_alone_does_not_say_is_empty_and_a_problem() -> None:
    _, lines, _ = run_parse("rapidapi-igdata", "posts", {"collector": [OWNERLESS_POST]})
    assert [(line["profile_id"], line["handle"]) for line in lines if line["type"] == "post"] == [("", "")]
    assert [line["field"] for line in lines if line["type"] == "problem"] == [
        "posts[0].profile_id",
        "posts[0].handle",
    ]


def test_a_post_that_comes_twice_is_read_where_its_owner_is_named() -> None:
    _, lines, _ = run_parse("lama", "posts", {"items": [OWNERLESS_POST, WEB_POST], "page_info": MORE})
    assert [line["handle"] for line in lines if line["type"] == "post"] == ["natgeo"]


@pytest.mark.parametrize("name", READ_AS)
def test_every_recorded_body_is_read_alone(shared_data: Path, name: str) -> None:
    body = (shared_data / f"api/hikerapi/{name}.json").read_bytes()
    for kind in READ_AS[name]:
        code, lines, error = run_parse("lama", kind, body)
        assert (code, error) == (0, "")
        assert {line["type"] for line in lines} - {"cursor", "problem"} or body == b"[]"
