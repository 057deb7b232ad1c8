"""The scrapers' one set of parsers on recorded answers of all kinds: what a person reads in them is what comes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.scraper_recordings import READ_AS

from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.registry import crawler_class
from upbeat.errors import (
    BackOffError,
    DropError,
    NextSourceError,
    NotFoundError,
    RotateCredentialError,
    SourceError,
    UpbeatError,
)
from upbeat.records import (
    Comment,
    Fact,
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
    PostType,
    SearchHit,
    SimilarProfile,
    Story,
)

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)
ASKED = {"user_id": "787132", "post_id": "3776832898280228145", "query": "natgeo"}


def parse(source: str, kind: PayloadKind, body: Any, **params: str) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return crawler_class(source).parse(kind, raw, observed_at=OBSERVED, params=params or ASKED)


@pytest.fixture
def recorded(shared_data: Path) -> Any:
    return lambda name: (shared_data / "api" / "hikerapi" / f"{name}.json").read_bytes()


def relayed(body: bytes, status: int = 200) -> bytes:
    """As RocketAPI wraps it."""
    response = {"status_code": status, "content_type": "application/json", "body": json.loads(body)}
    return json.dumps({"status": "done", "response": response}).encode()


def test_every_recording_is_in_the_table(shared_data: Path) -> None:
    names = {path.stem for path in (shared_data / "api" / "hikerapi").glob("*.json")}
    assert names == set(READ_AS)
    assert len(names) == 79


@pytest.mark.parametrize("source", ["lama", "rocketapi"])
@pytest.mark.parametrize("name", READ_AS)
def test_a_recording_is_read_as_what_it_is_and_refused_as_anything_else(
    recorded: Any, source: str, name: str
) -> None:
    body = recorded(name)
    for kind in PayloadKind:
        if kind == PayloadKind.IDENTIFIER:
            continue
        if kind in READ_AS[name]:
            parsed = parse(source, kind, body)
            assert next(parsed.records(), None) is not None or body == b"[]"
            assert {record.source for _, record in parsed.records()} <= {source}
        else:
            with pytest.raises((SourceError, DropError)):
                parse(source, kind, body)


@pytest.mark.parametrize("name", [name for name, kinds in READ_AS.items() if kinds])
def test_rocketapis_wrapper_changes_nothing(recorded: Any, name: str) -> None:
    kind, body = READ_AS[name][0], recorded(name)
    assert parse("rocketapi", kind, relayed(body)) == parse("rocketapi", kind, body)


@pytest.mark.parametrize(
    ("name", "kind", "record_type", "count", "has_cursor"),
    [
        ("v1_user_followers_chunk", "followers", Follower, 3, False),
        ("v2_user_followers", "followers", Follower, 3, True),
        ("v1_user_following_chunk", "following", Following, 3, True),
        ("v2_user_following", "following", Following, 3, True),
        ("v1_media_likers", "likers", Liker, 3, False),
        ("v2_media_likers", "likers", Liker, 3, False),
        ("v2_user_suggested_profiles", "similar", SimilarProfile, 3, False),
        ("v1_search_users", "search", SearchHit, 3, False),
        ("v2_fbsearch_accounts", "search", SearchHit, 3, False),
        ("v2_fbsearch_topsearch", "search", SearchHit, 2, False),
        ("v1_media_comments_chunk", "comments", Comment, 3, True),
        ("v2_media_comments", "comments", Comment, 5, True),
        ("v2_media_comments_replies", "comments", Comment, 3, False),
        ("v1_user_stories", "stories", Story, 3, False),
        ("v2_user_stories", "stories", Story, 3, False),
        ("v1_user_highlights", "highlights", Highlight, 3, False),
        ("v2_user_highlights", "highlights", Highlight, 3, False),
        ("v1_highlight_by_url", "highlight_items", HighlightItem, 3, False),
        ("v2_highlight_by_id", "highlight_items", Story, 3, False),
        ("v1_search_hashtags", "hashtag", Hashtag, 3, False),
        ("v2_fbsearch_places", "location", Location, 3, False),
    ],
)
def test_all_entries_of_a_list_are_there(
    recorded: Any, name: str, kind: str, record_type: type[Fact], count: int, has_cursor: bool
) -> None:
    parsed = parse("rocketapi", PayloadKind(kind), recorded(name))
    assert len(parsed.of(record_type)) == count
    assert (parsed.next_cursor is not None) == has_cursor


def test_followers_say_whom_they_follow_and_who_they_are(recorded: Any) -> None:
    first = parse("lama", PayloadKind.FOLLOWERS, recorded("v1_user_followers_chunk")).of(Follower)[0]
    assert (first.profile_id, first.account_id, first.handle) == ("787132", "9180486669", "user_ac2020d6")
    assert (first.full_name, first.is_private, first.is_verified) == (None, True, False)


def test_a_list_whose_owner_nobody_told_is_read_with_a_problem(recorded: Any) -> None:
    parsed = parse("lama", PayloadKind.FOLLOWERS, recorded("v1_user_followers_chunk"), handle="x")
    assert {follower.profile_id for follower in parsed.of(Follower)} == {""}
    assert [problem.field for problem in parsed.problems] == ["user_id"]


def test_a_search_tells_places_and_the_followers_in_words(recorded: Any) -> None:
    hits = parse("rocketapi", PayloadKind.SEARCH, recorded("v2_fbsearch_accounts")).of(SearchHit)
    first = hits[0]
    assert (first.query, first.entity, first.item_id, first.position) == ("natgeo", "profile", "787132", 1)
    assert (first.handle, first.title, first.followers_count) == (
        "natgeo",
        "National Geographic",
        274_000_000,
    )
    assert [hit.position for hit in hits] == [1, 2, 3]


def test_comments_and_their_answers_belong_together(recorded: Any) -> None:
    found = parse("rocketapi", PayloadKind.COMMENTS, recorded("v2_media_comments"), handle="x").of(Comment)
    first, answer = found[0], found[1]
    assert (first.comment_id, first.post_id, first.parent_id) == (
        "18065401537979604",
        "3691011991037807194",
        None,
    )
    assert (first.likes_count, first.published_at) == (13, datetime(2025, 8, 9, 14, 29, 18, tzinfo=UTC))
    assert (answer.parent_id, answer.post_id) == (first.comment_id, first.post_id)


def test_answers_alone_know_what_they_answer_and_that_some_are_missing(recorded: Any) -> None:
    parsed = parse("rocketapi", PayloadKind.COMMENTS, recorded("v2_media_comments_replies"))
    assert {comment.parent_id for comment in parsed.of(Comment)} == {"18142813870496178"}
    assert [str(problem) for problem in parsed.problems] == [
        "child_comment_count: the page states 6 and holds 3"
    ]


@pytest.mark.parametrize(("source", "name"), [("lama", "v1_user_stories"), ("rocketapi", "v2_user_stories")])
def test_a_story_is_the_same_in_both_shapes(recorded: Any, source: str, name: str) -> None:
    first = parse(source, PayloadKind.STORIES, recorded(name)).of(Story)[0]
    assert (first.story_id, first.profile_id, first.handle) == ("3870828041672894129", "787132", "natgeo")
    assert (first.media_type, first.mentions, first.caption) == ("video", ["user_e68727ba"], None)
    assert first.permalink == "https://www.instagram.com/stories/natgeo/3870828041672894129/"
    assert first.published_at == datetime(2026, 4, 8, 14, 31, 15, tzinfo=UTC)
    assert first.expires_at == datetime(2026, 4, 9, 14, 31, 15, tzinfo=UTC)
    assert first.duration_seconds == pytest.approx(14.966, abs=0.001)


@pytest.mark.parametrize(
    ("source", "name"), [("lama", "v1_highlight_by_url"), ("rocketapi", "v2_highlight_by_id")]
)
def test_a_highlight_is_told_with_its_stories_in_order(recorded: Any, source: str, name: str) -> None:
    parsed = parse(source, PayloadKind.HIGHLIGHT_ITEMS, recorded(name))
    (highlight,) = parsed.of(Highlight)
    assert (highlight.highlight_id, highlight.title, highlight.items_count) == (
        "18085475671830440",
        "me 🦋",
        98,
    )
    items = parsed.of(HighlightItem)
    assert [(item.story_id, item.position) for item in items] == [
        (story.story_id, place) for place, story in enumerate(parsed.of(Story), 1)
    ]
    assert {item.highlight_id for item in items} == {highlight.highlight_id}
    assert [str(p) for p in parsed.problems] == ["media_count: the highlight states 98 and holds 3"]


def test_highlights_of_a_profile(recorded: Any) -> None:
    first = parse("rocketapi", PayloadKind.HIGHLIGHTS, recorded("v2_user_highlights")).of(Highlight)[0]
    assert (first.highlight_id, first.title, first.items_count) == ("18415168747119768", "Australia 25", 100)
    assert first.created_time == datetime(2025, 10, 16, 12, 27, 56, tzinfo=UTC)
    assert first.cover_url


@pytest.mark.parametrize("name", ["v1_hashtag_by_name", "v2_hashtag_by_name"])
def test_a_hashtag(recorded: Any, name: str) -> None:
    (hashtag,) = parse("lama", PayloadKind.HASHTAG, recorded(name)).of(Hashtag)
    assert (hashtag.name, hashtag.hashtag_id, hashtag.posts_count) == (
        "love",
        "17843826142012701",
        2147483647,
    )


def test_a_place(recorded: Any) -> None:
    (place,) = parse("lama", PayloadKind.LOCATION, recorded("v1_location_by_id")).of(Location)
    assert (place.location_id, place.name, place.category) == ("213131048", "Berlin, Germany", "Region")
    assert (place.city, place.latitude) == (None, None)


@pytest.mark.parametrize(
    ("name", "listing", "key", "entries"),
    [
        ("v2_hashtag_medias_top", "hashtag_top", "love", 9),
        ("v2_hashtag_medias_recent", "hashtag_recent", "love", 9),
        ("v1_hashtag_medias_top_chunk", "hashtag_top", "love", 3),
        ("v1_location_medias_recent_chunk", "location", "213131048", 3),
        ("v2_fbsearch_reels", "keyword", "natgeo", 3),
        ("v2_fbsearch_topsearch", "keyword", "natgeo", 12),
        ("v2_user_tag_medias", "tagged", "787132", 3),
    ],
)
def test_posts_in_lists_of_others_have_their_places_and_their_own_owners(
    recorded: Any, name: str, listing: Any, key: str, entries: int
) -> None:
    parsed = parse("rocketapi", PayloadKind.POSTS, recorded(name), **listing_params(listing, key, 30))
    listed = parsed.of(ListedPost)
    assert [(one.listing, one.listing_key) for one in listed] == [(listing, key)] * entries
    assert [one.position for one in listed] == list(range(31, 31 + entries))
    assert [one.post_id for one in listed] == [post.post_id for post in parsed.posts]
    assert parsed.next_cursor


def test_a_list_of_a_place_tells_the_place(recorded: Any) -> None:
    body = recorded("v1_location_medias_recent_chunk")
    parsed = parse("lama", PayloadKind.POSTS, body, **listing_params("location", "213131048", 0))
    (place,) = parsed.of(Location)
    assert (place.location_id, place.name) == ("213131048", "Berlin, Germany")
    assert (place.latitude, place.longitude) == (52.518391, 13.401251)
    assert parsed.posts[0].location_id == "213131048"


def test_a_post_tells_its_length_shares_and_whether_it_is_paid(recorded: Any) -> None:
    first = parse("rocketapi", PayloadKind.POSTS, recorded("v2_user_clips")).posts[0]
    assert (first.post_type, first.shares, first.is_paid_partnership) == (PostType.REEL, 11778, False)
    assert first.duration_seconds == pytest.approx(60.736)
    assert first.thumbnail_url


def test_a_page_that_is_shorter_than_it_states_says_both_numbers(recorded: Any) -> None:
    parsed = parse("rocketapi", PayloadKind.POSTS, recorded("v2_user_tag_medias"))
    assert [str(problem) for problem in parsed.problems] == ["num_results: the page states 21 and holds 3"]
    parsed = parse("rocketapi", PayloadKind.FOLLOWING, recorded("v2_user_following"))
    assert [str(problem) for problem in parsed.problems] == ["page_size: the page states 25 and holds 3"]


def test_the_rows_of_a_stream_are_one_account(recorded: Any) -> None:
    profile = parse("rocketapi", PayloadKind.PROFILE, recorded("v2_userstream_by_username")).profiles[0]
    assert (profile.handle, profile.profile_id) == ("natgeo", "787132")
    assert (profile.followers or 0) > 200_000_000


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"status": "error", "message": "Invalid token"}, RotateCredentialError),
        ({"status": "error", "message": "Not enough requests on your balance"}, RotateCredentialError),
        ({"status": "error", "message": "Not found"}, NotFoundError),
        ({"status": "done", "response": {"status_code": 404, "body": {"message": "x"}}}, NotFoundError),
        (
            {"status": "done", "response": {"status_code": 404, "content_type": "text/html", "body": "<h"}},
            NotFoundError,
        ),
        ({"status": "done", "response": {"status_code": 429, "body": {"message": "x"}}}, BackOffError),
        ({"status": "done", "response": {"status_code": "502", "body": None}}, BackOffError),
        ({"status": "done", "response": {"status_code": 403, "body": {"message": "x"}}}, NextSourceError),
        (
            {"status": "done", "response": {"status_code": 400, "body": {"message": "challenge_required"}}},
            BackOffError,
        ),
        (
            {
                "status": "done",
                "response": {"status_code": 400, "body": {"message": "Not authorized to view user"}},
            },
            DropError,
        ),
        (
            {
                "status": "done",
                "response": {"status_code": 200, "body": {"message": "login_required", "status": "fail"}},
            },
            BackOffError,
        ),
    ],
)
@pytest.mark.parametrize("kind", ["profile", "posts", "followers", "comments", "stories"])
def test_errors_of_rocketapi_and_of_instagram_behind_it_have_their_class(
    document: Any, error: type[UpbeatError], kind: str
) -> None:
    with pytest.raises(error):
        parse("rocketapi", PayloadKind(kind), document)
