"""The scrapers' parsers on bodies written from client code: web GraphQL, other wrappers, odd values, one bad entry among good ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.registry import crawler_class
from upbeat.errors import MalformedBodyError, PrivateAccountError
from upbeat.records import (
    Comment,
    Follower,
    Following,
    Hashtag,
    Highlight,
    HighlightItem,
    Liker,
    ListedPost,
    Location,
    Parsed,
    PayloadKind,
    SearchHit,
    SimilarProfile,
    Story,
)

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)
SOURCES = ("rapidapi-jotucker", "rapidapi-arraybobo", "insta-best-performance")
NODE = {"id": "5", "username": "A.Follower", "full_name": "𝓐 F", "is_private": True, "is_verified": "false"}
MORE = {"has_next_page": True, "end_cursor": "next"}


def parse(source: str, kind: str, body: Any, **params: str) -> Parsed:
    return crawler_class(source).parse(
        PayloadKind(kind), json.dumps(body).encode(), observed_at=OBSERVED, params=params
    )


def edges(name: str, *nodes: Any, **more: Any) -> dict[str, Any]:
    return {name: {"count": 900, "page_info": MORE, "edges": [{"node": node} for node in nodes], **more}}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("kind", "body", "record_type"),
    [
        ("followers", {"data": {"user": edges("edge_followed_by", NODE)}, "status": "ok"}, Follower),
        ("followers", {"users": [NODE], "next_max_id": "next", "big_list": True}, Follower),
        ("followers", {"response": {"users": [NODE]}, "next_page_id": "next"}, Follower),
        ("followers", {"data": {"users": [NODE], "next_max_id": "next"}}, Follower),
        ("followers", {"data": {"items": [NODE]}, "pagination_token": "next"}, Follower),
        ("following", {"data": {"user": edges("edge_follow", NODE)}}, Following),
        ("following", {"users": [NODE], "next_max_id": "next", "has_more": True}, Following),
        ("likers", {"data": {"shortcode_media": {"id": "9", **edges("edge_liked_by", NODE)}}}, Liker),
        ("similar", {"data": {"user": edges("edge_chaining", NODE)}}, SimilarProfile),
        ("similar", {"data": {"user": edges("edge_related_profiles", NODE)}}, SimilarProfile),
        (
            "similar",
            {"data": {"xdt_api__v1__discover__chaining": {"users": [NODE], "next_max_id": "next"}}},
            SimilarProfile,
        ),
    ],
)
def test_accounts_are_found_in_every_known_page(source: str, kind: str, body: Any, record_type: Any) -> None:
    parsed = parse(source, kind, body, user_id="1", post_id="9")
    (found,) = parsed.of(record_type)
    assert (found.account_id, found.handle, found.full_name) == ("5", "a.follower", "𝓐 F")
    assert (found.is_private, found.is_verified) == (True, False)
    assert (getattr(found, "profile_id", "1"), getattr(found, "post_id", "9")) == ("1", "9")
    assert parsed.next_cursor == "next"
    assert parsed.problems == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("followers", {"data": {"user": edges("edge_follow", NODE)}}),
        ("following", {"data": {"user": edges("edge_followed_by", NODE)}}),
        ("likers", {"data": {"user": edges("edge_followed_by", NODE)}}),
        ("followers", {"users": [NODE], "user_count": 5}),
        ("likers", {"users": [NODE], "is_recommend_account": False}),
        ("followers", {"id": "1", "username": "x", "edge_followed_by": {"count": 3}}),
        ("comments", {"data": {"user": edges("edge_followed_by", NODE)}}),
        ("stories", {"users": [NODE]}),
        ("highlights", {"users": [NODE]}),
        ("hashtag", {"user": NODE | {"media_count": 3, "name": "A"}}),
        ("location", {"user": NODE | {"name": "A", "address": "B"}}),
        (
            "location",
            {"items": [{"pk": 1, "code": "x", "taken_at": 1, "location": {"pk": 2, "name": "Y", "lat": 1}}]},
        ),
    ],
)
def test_a_list_of_another_kind_is_malformed(kind: str, body: Any) -> None:
    with pytest.raises(MalformedBodyError):
        parse("rapidapi-jotucker", kind, body, user_id="1", post_id="9")


def test_a_search_of_the_website_numbers_its_accounts_alone() -> None:
    body = {
        "users": [{"position": 0, "user": NODE | {"pk": "5", "follower_count": "1.2M"}}],
        "places": [],
        "hashtags": [],
        "rank_token": "x",
    }
    (hit,) = parse("rapidapi-arraybobo", "search", body, query="a").of(SearchHit)
    assert (hit.query, hit.item_id, hit.position, hit.followers_count) == ("a", "5", 1, 1_200_000)


COMMENT = {
    "id": "17",
    "text": "Nice",
    "created_at": 1602806400,
    "owner": {"id": "5", "username": "a"},
    "edge_liked_by": {"count": 2},
    **edges(
        "edge_threaded_comments", {"id": "18", "text": "Yes", "created_at": 1602806500, "owner": {"id": "6"}}
    ),
}


@pytest.mark.parametrize("name", ["edge_media_to_parent_comment", "edge_media_to_comment"])
def test_comments_of_web_graphql_come_with_their_answers(name: str) -> None:
    body = {"data": {"shortcode_media": {"id": "9", "shortcode": "CGZ6vV1nBtA", **edges(name, COMMENT)}}}
    parsed = parse("rapidapi-jotucker", "comments", body)
    comment, answer = parsed.of(Comment)
    assert (comment.comment_id, comment.post_id, comment.likes_count, comment.replies_count) == (
        "17",
        "2421224614649404224",
        2,
        900,
    )
    assert (answer.comment_id, answer.parent_id, answer.author_id) == ("18", "17", "6")
    assert (comment.author_handle, comment.published_at) == ("a", datetime(2020, 10, 16, tzinfo=UTC))
    assert parsed.next_cursor == "next"


def test_stories_of_web_graphql() -> None:
    item = {
        "__typename": "GraphStoryImage",
        "id": "33",
        "display_url": "https://example.com/a.jpg",
        "taken_at_timestamp": 1602806400,
        "expiring_at_timestamp": 1602892800,
        "story_cta_url": "https://example.com/shop",
        "owner": {"id": "5", "username": "a"},
        "tappable_objects": [
            {"__typename": "GraphTappableMention", "username": "b"},
            {"__typename": "GraphTappableHashtag", "name": "#Ad"},
        ],
    }
    body = {"data": {"reels_media": [{"id": "5", "owner": {"id": "5", "username": "a"}, "items": [item]}]}}
    (story,) = parse("rapidapi-jotucker", "stories", body).of(Story)
    assert (story.story_id, story.profile_id, story.media_type) == ("33", "5", "image")
    assert (story.mentions, story.hashtags, story.link_url) == (["b"], ["ad"], "https://example.com/shop")
    assert story.expires_at == datetime(2020, 10, 17, tzinfo=UTC)


def test_stories_of_the_newer_graphql_are_found() -> None:
    story = {"pk": "33", "id": "33_5", "product_type": "story", "taken_at": 1602806400, "media_type": 1}
    reel = {"id": "5", "user": {"pk": "5", "username": "a"}, "reel_type": "user_reel", "items": [story]}
    for body in (
        {"data": {"xdt_api__v1__feed__reels_media": {"reels_media": [reel]}}},
        {"data": {"xdt_api__v1__feed__reels_media__connection": {"edges": [{"node": reel}]}}},
    ):
        (found,) = parse("rapidapi-jotucker", "stories", body).of(Story)
        assert (found.story_id, found.handle) == ("33", "a")


@pytest.mark.parametrize(
    "body", [{"reel": None, "status": "ok"}, {"data": {"reels_media": []}}, {"reels": {}}, [], {"items": []}]
)
def test_an_account_without_stories_has_none(body: Any) -> None:
    assert parse("rocketapi", "stories", body, user_id="5").facts == []


def test_stories_of_a_private_account_are_not_told() -> None:
    story = {"pk": 1, "product_type": "story", "taken_at": 1602806400}
    with pytest.raises(PrivateAccountError):
        parse("rocketapi", "stories", {"reel": {"user": {"pk": 5, "is_private": True}, "items": [story]}})


def test_highlights_of_web_graphql() -> None:
    node = {
        "__typename": "GraphHighlightReel",
        "id": "77",
        "title": "Trip",
        "cover_media_cropped_thumbnail": {"url": "https://example.com/c.jpg"},
        "owner": {"id": "5", "username": "a"},
    }
    body = {"data": {"user": edges("edge_highlight_reels", node)}}
    (highlight,) = parse("rapidapi-jotucker", "highlights", body).of(Highlight)
    assert (highlight.highlight_id, highlight.profile_id, highlight.title) == ("77", "5", "Trip")
    assert highlight.cover_url == "https://example.com/c.jpg"


def test_stories_of_a_highlight_that_does_not_say_which_it_is_take_the_one_asked_for() -> None:
    item = {"__typename": "GraphStoryVideo", "id": "33", "taken_at_timestamp": 1602806400}
    body = {"data": {"reels_media": [{"id": "5", "owner": {"id": "5", "username": "a"}, "items": [item]}]}}
    parsed = parse("rapidapi-jotucker", "highlight_items", body, highlight_id="77")
    assert [(i.highlight_id, i.story_id) for i in parsed.of(HighlightItem)] == [("77", "33")]
    with pytest.raises(MalformedBodyError, match="no highlight"):
        parse("rapidapi-jotucker", "highlight_items", body)


POST = {"id": "2421224614649404224", "shortcode": "CGZ6vV1nBtA", "taken_at_timestamp": 1602806400}
OWNED = POST | {"owner": {"id": "5", "username": "a"}}


def test_a_hashtag_of_web_graphql_lists_posts_whose_owners_it_does_not_name() -> None:
    other = POST | {"id": "2421224614649404225", "shortcode": "CGZ6vV1nBtB", "owner": {"id": "5"}}
    hashtag = {
        "name": "Love",
        **edges("edge_hashtag_to_media", other),
        "edge_hashtag_to_top_posts": {"edges": [{"node": OWNED}]},
    }
    body = {"data": {"hashtag": hashtag}}
    recent = parse("rapidapi-jotucker", "posts", body, **listing_params("hashtag_recent", "love", 0))
    assert [one.post_id for one in recent.of(ListedPost)] == ["2421224614649404225"]
    assert (recent.posts, recent.next_cursor) == ([], "next")
    top = parse("rapidapi-jotucker", "posts", body, **listing_params("hashtag_top", "love", 0))
    assert [one.post_id for one in top.of(ListedPost)] == ["2421224614649404224"]
    assert (len(top.posts), top.next_cursor) == (1, None)
    (found,) = parse("rapidapi-jotucker", "hashtag", body).of(Hashtag)
    assert (found.name, found.posts_count) == ("love", 900)


def test_a_hashtag_of_the_website_tells_its_count_and_both_lists() -> None:
    def grid(post: Any) -> dict[str, Any]:
        return {"sections": [{"layout_content": {"medias": [{"media": post}]}}], "more_available": False}

    body = {"data": {"id": "1", "name": "love", "media_count": 7, "top": grid(OWNED), "recent": grid(OWNED)}}
    assert parse("rapidapi-arraybobo", "hashtag", body).of(Hashtag)[0].posts_count == 7
    parsed = parse("rapidapi-arraybobo", "posts", body, **listing_params("hashtag_recent", "love", 0))
    assert [post.handle for post in parsed.posts] == ["a"]


def test_a_place_of_web_graphql_and_of_the_website() -> None:
    place = {
        "id": "213",
        "name": "Berlin",
        "lat": 52.5,
        "lng": "13.4",
        **edges("edge_location_to_media", OWNED),
    }
    (found,) = parse("rapidapi-arraybobo", "location", {"graphql": {"location": place}}).of(Location)
    assert (found.location_id, found.latitude, found.longitude) == ("213", 52.5, 13.4)
    parsed = parse(
        "rapidapi-arraybobo", "posts", {"data": {"location": place}}, **listing_params("location", "213", 0)
    )
    assert len(parsed.of(Location)) == len(parsed.posts) == len(parsed.of(ListedPost)) == 1


def test_one_bad_entry_costs_the_others_nothing() -> None:
    users = [NODE, "what", {"username": "no id"}, NODE | {"id": "6", "is_private": "perhaps"}]
    parsed = parse("rocketapi", "followers", {"users": users}, user_id="1")
    assert [follower.account_id for follower in parsed.of(Follower)] == ["5", "6"]
    assert [problem.field for problem in parsed.problems] == [
        "users[1].account_id",
        "users[2].account_id",
        "users[3].is_private",
    ]
    comments = [COMMENT, {"pk": 3}, {"pk": 1.5, "text": "x", "created_at": 1602806400}]
    parsed = parse("rocketapi", "comments", {"comments": comments}, post_id="9")
    assert len(parsed.of(Comment)) == 2
    assert next(problem.field for problem in parsed.problems) == "comments[1].comment_id"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("followers", {"users": ["what", 5]}),
        ("comments", {"comments": [{"pk": 1}]}),
        ("stories", {"items": [{"pk": 1}]}),
        ("highlights", {"tray": [5]}),
        ("hashtag", {"results": [5]}),
        ("location", {"venues": [{"name": "x", "lat": 1}]}),
    ],
)
def test_a_page_of_which_nothing_can_be_read_is_malformed(kind: str, body: Any) -> None:
    with pytest.raises(MalformedBodyError, match="none of"):
        parse("rocketapi", kind, body, user_id="1", post_id="2")


@pytest.mark.parametrize(
    "body", [{"UserID": "5", "UserName": "A"}, {"username": "a"}, {"data": {"user": NODE}}]
)
def test_the_handle_of_an_id(body: Any) -> None:
    handle = parse("rapidapi-neotank", "identifier", body).identifiers["handle"]
    assert handle in ("a", "a.follower")
