"""The parsers on bodies written from documentation and public client code: wrappers, renamed fields, odd types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from upbeat.crawlers.registry import crawler_class
from upbeat.errors import MalformedBodyError, NotFoundError, PrivateAccountError
from upbeat.records import Parsed, PayloadKind, PostType

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)
IGDATA, LAMA, GRAPH = "rapidapi-igdata", "lama", "graphapi"
WEB_USER = {
    "id": "787132",
    "username": "natgeo",
    "full_name": "National Geographic",
    "biography": "",
    "edge_followed_by": {"count": 283000000},
    "edge_follow": {"count": 150},
    "edge_owner_to_timeline_media": {"count": 29000, "edges": []},
    "is_business_account": True,
    "category_name": "Media",
    "is_private": False,
    "is_verified": True,
}
WEB_POST = {
    "__typename": "GraphVideo",
    "id": "2421224614649404224",
    "shortcode": "CGZ6vV1nBtA",
    "edge_media_to_caption": {"edges": [{"node": {"text": "Caption"}}]},
    "edge_media_to_comment": {"count": 7},
    "edge_media_preview_like": {"count": 70},
    "taken_at_timestamp": 1602806400,
    "is_video": True,
    "video_view_count": 900,
    "display_url": "https://example.com/a.jpg",
    "owner": {"id": "787132", "username": "natgeo"},
}


def parse(source: str, kind: str, body: Any, **params: str) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return crawler_class(source).parse(PayloadKind(kind), raw, observed_at=OBSERVED, params=params)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda user: user,
        lambda user: {"user": user},
        lambda user: {"data": user},
        lambda user: {"data": {"user": user}, "status": "ok"},
        lambda user: {"graphql": {"user": user}},
        lambda user: {"response": {"body": {"user": user}, "status_code": 200}},
        lambda user: {"result": [user]},
        lambda user: [user],
        lambda user: {"success": True, "message": "ok", "data": {"user": user}},
        lambda user: {"code": 200, "username": "natgeo", "data": user},
    ],
)
@pytest.mark.parametrize("source", [IGDATA, LAMA])
def test_a_user_is_found_in_every_known_wrapper(source: str, wrap: Any) -> None:
    profile = parse(source, "profile", wrap(WEB_USER)).profiles[0]
    assert (profile.profile_id, profile.handle) == ("787132", "natgeo")
    assert (profile.followers, profile.following, profile.media_count) == (283000000, 150, 29000)
    assert (profile.category, profile.is_business, profile.biography) == ("Media", True, "")


@pytest.mark.parametrize(
    ("field", "value", "followers"),
    [
        ("follower_count", "12.5K", 12500),
        ("followers_count", "17.8M", 17800000),
        ("followers", 5, 5),
        ("followers", {"count": "1,234"}, 1234),
        ("followersCount", 9.0, 9),
        ("edge_followed_by", {"count": 3}, 3),
    ],
)
def test_followers_are_found_under_every_known_name(field: str, value: Any, followers: int) -> None:
    parsed = parse(IGDATA, "profile", {"pk": 1, "username": "x", field: value})
    assert parsed.profiles[0].followers == followers
    assert parsed.problems == []


def test_one_bad_field_costs_no_other() -> None:
    body = WEB_USER | {
        "edge_followed_by": "many",
        "is_verified": "perhaps",
        "full_name": {"unexpected": "object"},
    }
    parsed = parse(IGDATA, "profile", body)
    profile = parsed.profiles[0]
    assert (profile.followers, profile.is_verified, profile.full_name) == (None, None, None)
    assert (profile.following, profile.category) == (150, "Media")
    assert {problem.field for problem in parsed.problems} == {"followers", "is_verified", "full_name"}


def test_a_missing_number_of_followers_is_a_problem() -> None:
    body = {name: value for name, value in WEB_USER.items() if name != "edge_followed_by"}
    assert [str(problem) for problem in parse(IGDATA, "profile", body).problems] == [
        "followers: missing: expected a count"
    ]


@pytest.mark.parametrize("source", [IGDATA, LAMA])
@pytest.mark.parametrize("missing", ["id", "username"])
def test_an_account_without_id_or_handle_is_malformed(source: str, missing: str) -> None:
    body = {name: value for name, value in WEB_USER.items() if name != missing}
    with pytest.raises(MalformedBodyError, match="the account has no"):
        parse(source, "profile", body)


@pytest.mark.parametrize("flag", [True, 1, "true"])
def test_a_private_account_ends_the_matter(flag: Any) -> None:
    with pytest.raises(PrivateAccountError, match="@natgeo is private"):
        parse(IGDATA, "profile", WEB_USER | {"is_private": flag})
    post = {"pk": 1, "like_count": 2, "user": {"pk": 3, "username": "natgeo", "is_private": flag}}
    with pytest.raises(PrivateAccountError, match="is private"):
        parse(LAMA, "posts", [[post], None])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda post: {"collector": [post], "has_more": True, "end_cursor": "next"},
        lambda post: {"items": [post], "more_available": True, "next_max_id": "next"},
        lambda post: {"response": {"items": [{"media": post}]}, "next_page_id": "next"},
        lambda post: [[post], "next"],
        lambda post: {
            "data": {
                "user": {
                    "edge_owner_to_timeline_media": {
                        "edges": [{"node": post}],
                        "page_info": {"has_next_page": True, "end_cursor": "next"},
                    }
                }
            }
        },
    ],
)
@pytest.mark.parametrize("source", [IGDATA, LAMA])
def test_posts_are_found_in_every_known_page(source: str, wrap: Any) -> None:
    parsed = parse(source, "posts", wrap(WEB_POST), handle="natgeo")
    post = parsed.posts[0]
    assert parsed.next_cursor == "next"
    assert (post.post_id, post.shortcode, post.profile_id) == ("2421224614649404224", "CGZ6vV1nBtA", "787132")
    assert (post.likes, post.comments, post.plays, post.caption) == (70, 7, 900, "Caption")
    assert (post.post_type, post.permalink) == (PostType.VIDEO, "https://www.instagram.com/p/CGZ6vV1nBtA/")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda post: post,
        lambda post: {"code": 200, "msg": "ok", "data": post},
        lambda post: {"data": {"xdt_shortcode_media": post}},
        lambda post: {"graphql": {"shortcode_media": post}},
        lambda post: {"items": [post], "num_results": 1},
        lambda post: {"response": {"body": {"items": [{"media": post}]}}},
    ],
)
def test_a_post_is_found_in_every_known_wrapper(wrap: Any) -> None:
    post = parse(IGDATA, "post", wrap(WEB_POST)).posts[0]
    assert (post.post_id, post.profile_id, post.likes) == ("2421224614649404224", "787132", 70)


def test_a_private_owner_among_others_costs_only_his_own_post() -> None:
    hidden = {"pk": 1, "like_count": 2, "user": {"pk": 3, "username": "hidden", "is_private": True}}
    parsed = parse(LAMA, "posts", [[hidden, WEB_POST], None])
    assert [post.handle for post in parsed.posts] == ["natgeo"]
    assert [str(problem) for problem in parsed.problems] == [
        "posts[0]: @hidden is private: its posts are not public data"
    ]


def test_an_unreadable_flag_is_one_problem() -> None:
    parsed = parse(IGDATA, "profile", WEB_USER | {"is_private": "perhaps"})
    assert [problem.field for problem in parsed.problems] == ["is_private"]


@pytest.mark.parametrize(
    ("source", "kind", "body"),
    [
        (IGDATA, "profile", {"id": "787132", "username": "natgeo", "collector": [WEB_POST], "count": 1}),
        (IGDATA, "profile", [WEB_USER, WEB_USER | {"id": "2", "username": "other"}]),
        (LAMA, "posts", [[{"pk": 1, "text": "nice", "created_at_utc": 2, "like_count": 3}], None]),
        (LAMA, "posts", [{"pk": 1, "title": "a highlight", "media_count": 3, "user": {"pk": 2}}]),
        (GRAPH, "profile", {"id": "1", "username": "x", "text": "a comment", "timestamp": "2020-10-16"}),
        (GRAPH, "profile", {"business_discovery": {"id": "1", "username": "x", "media": {"data": []}}}),
        (GRAPH, "posts", {"business_discovery": {"id": "1", "username": "x", "followers_count": 5}}),
    ],
)
def test_a_body_of_another_kind_is_malformed(source: str, kind: str, body: Any) -> None:
    with pytest.raises(MalformedBodyError):
        parse(source, kind, body)


@pytest.mark.parametrize("more", [False, 0, "false"])
def test_the_last_page_has_no_cursor_even_when_it_names_one(more: Any) -> None:
    body = {"collector": [WEB_POST], "has_more": more, "end_cursor": "again"}
    assert parse(IGDATA, "posts", body).next_cursor is None


def test_the_flattened_post_of_public_clients_is_read() -> None:
    post = {
        "shortcode": "CGZ6vV1nBtA",
        "type": "GraphImage",
        "likes": "1,204",
        "comments": 3,
        "description": "Text",
        "taken_at_timestamp": 1602806400000,
        "is_video": False,
    }
    body = {"id": "787132", "username": "natgeo", "count": 1, "collector": [post]}
    found = parse(IGDATA, "posts", body).posts[0]
    assert (found.post_id, found.profile_id, found.handle) == ("2421224614649404224", "787132", "natgeo")
    assert (found.likes, found.comments, found.caption, found.plays) == (1204, 3, "Text", None)
    assert found.published_at == datetime(2020, 10, 16, tzinfo=UTC)


def test_one_unreadable_post_costs_no_other() -> None:
    parsed = parse(LAMA, "posts", [[WEB_POST, "what", {"likes": 1}], None])
    assert len(parsed.posts) == 1
    assert [problem.field for problem in parsed.problems] == ["posts[1]", "posts[2].post_id"]


def test_a_page_of_unreadable_posts_only_is_malformed() -> None:
    with pytest.raises(MalformedBodyError, match="none of 2 posts can be read"):
        parse(IGDATA, "posts", {"collector": ["what", 5], "has_more": False})


def test_an_empty_page_is_no_error() -> None:
    assert parse(IGDATA, "posts", {"collector": [], "has_more": False}).posts == []
    assert parse(LAMA, "posts", [[], None]).posts == []
    assert parse(GRAPH, "posts", {"business_discovery": {"id": "1", "username": "x"}, "id": "2"}).posts == []


def test_hidden_likes_are_unknown_not_minus_one() -> None:
    post = WEB_POST | {"edge_media_preview_like": {"count": -1}}
    parsed = parse(IGDATA, "post", post)
    assert parsed.posts[0].likes is None
    assert parsed.problems == []


def test_graph_takes_the_id_that_all_sources_share_and_reads_reels() -> None:
    media = {
        "id": "17895731045244887",
        "caption": "Hi\x00",
        "media_type": "VIDEO",
        "media_product_type": "REELS",
        "like_count": 1,
        "comments_count": 0,
        "permalink": "https://www.instagram.com/reel/CGZ6vV1nBtA/",
        "timestamp": "2020-10-16T00:00:00+0000",
    }
    user = {"id": "17841400573960012", "ig_id": 787132, "username": "natgeo", "media": {"data": [media]}}
    post = parse(GRAPH, "posts", {"business_discovery": user, "id": "1"}).posts[0]
    assert (post.profile_id, post.post_id, post.shortcode) == ("787132", "2421224614649404224", "CGZ6vV1nBtA")
    assert (post.post_type, post.caption) == (PostType.REEL, "Hi")


def test_a_cursor_that_could_change_the_next_request_is_not_followed() -> None:
    media = {
        "data": [{"permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/"}],
        "paging": {"cursors": {"after": "x){id},media.limit(1"}},
    }
    parsed = parse(GRAPH, "posts", {"business_discovery": {"id": "1", "username": "x", "media": media}})
    assert parsed.next_cursor is None
    assert parsed.problems[-1].field == "next_cursor"


def test_an_unknown_account_in_a_good_answer_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        parse(IGDATA, "profile", {"success": False, "message": "User not found"})


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"<html>login</html>", b"\xff\xfe", b"[" * 5000, b'{"pk": 1, "username": "x', b"null", b"7"],
)
@pytest.mark.parametrize("source", [IGDATA, LAMA, GRAPH])
@pytest.mark.parametrize("kind", ["profile", "posts"])
def test_what_is_no_json_of_ours_is_malformed(source: str, kind: str, body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        parse(source, kind, body)


def test_lone_surrogates_and_broken_utf8_lose_the_letter_not_the_record() -> None:
    body = b'{"pk": 1, "username": "x", "follower_count": 2, "full_name": "a\\ud83d b", "biography": "caf\xe9\\u0000!"}'
    profile = parse(LAMA, "profile", body).profiles[0]
    assert (profile.full_name, profile.biography) == ("a b", "caf!")
