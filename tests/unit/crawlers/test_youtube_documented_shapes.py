"""YouTube's parsers on what the references document and no recording shows: hidden counts, live videos, replies, reports, wrappers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from upbeat.crawlers.registry import crawler_class
from upbeat.errors import MalformedBodyError, NotFoundError, RotateCredentialError
from upbeat.records import ChannelActivity, Comment, Insight, Parsed, PayloadKind, PostType, SearchHit

OBSERVED = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CHANNEL_ID = "UCX6OQ3DkcsbYNE6H8uQQuVA"
CHANNEL: dict[str, Any] = {
    "kind": "youtube#channel",
    "id": CHANNEL_ID,
    "snippet": {"title": "A", "description": "", "customUrl": "@A-b·c", "country": "in"},
    "statistics": {
        "viewCount": "10",
        "subscriberCount": "5",
        "hiddenSubscriberCount": False,
        "videoCount": "2",
    },
    "topicDetails": {"topicCategories": ["https://en.wikipedia.org/wiki/Lifestyle_(sociology)"]},
}
VIDEO: dict[str, Any] = {
    "kind": "youtube#video",
    "id": "zo7i8VTpfNM",
    "snippet": {
        "channelId": CHANNEL_ID,
        "title": "A",
        "description": "d",
        "categoryId": "20",
        "liveBroadcastContent": "none",
        "publishedAt": "2026-11-01T10:00:00Z",
    },
    "contentDetails": {"duration": "PT1H2M3S"},
    "statistics": {"viewCount": "10", "likeCount": "5"},
}


def parse(source: str, kind: str, body: Any, **params: str) -> Parsed:
    return crawler_class(source).parse(
        PayloadKind(kind), json.dumps(body).encode(), observed_at=OBSERVED, params=params
    )


def listed(kind: str, *items: Any, **more: Any) -> dict[str, Any]:
    return {"kind": f"youtube#{kind}ListResponse", "items": list(items), **more}


def changed(record: dict[str, Any], part: str, **fields: Any) -> dict[str, Any]:
    return {**record, part: {**record.get(part, {}), **fields}}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda item: listed("channel", item),
        lambda item: item,
        lambda item: [item],
        lambda item: {"items": [item]},
        lambda item: {"data": listed("channel", item), "status": 200},
        lambda item: {"items": [{k: v for k, v in item.items() if k != "kind"}]},
        lambda item: {k: v for k, v in item.items() if k != "kind"},
    ],
)
def test_a_channel_is_read_out_of_every_wrapper(wrap: Any) -> None:
    profile = parse("ytapi", "profile", wrap(CHANNEL)).profiles[0]
    assert (profile.profile_id, profile.handle, profile.followers) == (CHANNEL_ID, "a-b·c", 5)
    assert (profile.country, profile.category, profile.biography) == ("IN", "Lifestyle", "")


def test_hidden_subscribers_are_unknown_and_no_problem() -> None:
    hidden = changed(CHANNEL, "statistics", hiddenSubscriberCount=True, subscriberCount="0")
    parsed = parse("ytapi", "profile", listed("channel", hidden))
    assert parsed.profiles[0].followers is None
    assert parsed.problems == []


def test_one_bad_figure_costs_the_others_nothing() -> None:
    bad = changed(CHANNEL, "statistics", viewCount={"unexpected": 1}, subscriberCount=7)
    parsed = parse("ytapi", "profile", listed("channel", bad))
    assert (parsed.profiles[0].followers, parsed.profiles[0].total_views) == (7, None)
    assert [problem.field for problem in parsed.problems] == ["total_views"]


def test_a_channel_without_a_handle_goes_by_its_id() -> None:
    plain = {**CHANNEL, "snippet": {"title": "A"}}
    assert parse("ytapi", "profile", listed("channel", plain)).profiles[0].handle == CHANNEL_ID


@pytest.mark.parametrize("kind", ["profile", "post"])
def test_an_answer_without_items_means_that_there_is_no_such_thing(kind: str) -> None:
    name = {"profile": "channel", "post": "video"}[kind]
    empty = {"kind": f"youtube#{name}ListResponse", "pageInfo": {"totalResults": 0, "resultsPerPage": 5}}
    for body in (empty, {**empty, "items": []}):
        with pytest.raises(NotFoundError):
            parse("ytapi", kind, body)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("search", "search"), ("comments", "commentThread"), ("playlist", "playlistItem"), ("posts", "video")],
)
def test_a_list_may_be_empty(kind: str, name: str) -> None:
    parsed = parse("ytapi", kind, listed(name))
    assert parsed == Parsed()


@pytest.mark.parametrize(
    ("part", "fields", "expected"),
    [
        ("snippet", {}, PostType.VIDEO),
        ("snippet", {"liveBroadcastContent": "live"}, PostType.LIVE),
        ("snippet", {"liveBroadcastContent": "upcoming"}, PostType.LIVE),
        ("liveStreamingDetails", {"actualStartTime": "2026-11-01T10:00:00Z"}, PostType.LIVE),
    ],
)
def test_a_broadcast_is_told_from_a_video(part: str, fields: dict[str, str], expected: PostType) -> None:
    post = parse("ytapi", "post", listed("video", changed(VIDEO, part, **fields))).posts[0]
    assert post.post_type is expected


def test_what_the_owner_hides_of_a_video_is_unknown_and_no_problem() -> None:
    parsed = parse("ytapi", "post", listed("video", changed(VIDEO, "statistics")))
    assert (parsed.posts[0].likes, parsed.posts[0].comments, parsed.posts[0].plays) == (5, None, 10)
    assert (parsed.posts[0].category, parsed.posts[0].duration_seconds) == ("Gaming", 3723)
    assert parsed.problems == []


def test_a_bad_video_costs_the_others_nothing() -> None:
    parsed = parse("ytapi", "posts", listed("video", VIDEO, "no video", {"kind": "youtube#video"}))
    assert len(parsed.posts) == 1
    assert {problem.field.partition(".")[0] for problem in parsed.problems} == {"videos[1]", "videos[2]"}


def test_a_resource_of_another_kind_in_a_list_is_a_problem_and_no_record() -> None:
    parsed = parse("ytapi", "profiles", [CHANNEL, VIDEO])
    assert [profile.profile_id for profile in parsed.profiles] == [CHANNEL_ID]
    assert [str(problem) for problem in parsed.problems] == [
        "channels[1]: youtube#video among youtube#channel"
    ]


def test_no_readable_video_at_all_is_a_malformed_body() -> None:
    with pytest.raises(MalformedBodyError, match="none of 1 videos"):
        parse("ytapi", "posts", listed("video", {"kind": "youtube#video", "snippet": {}}))


def test_a_video_that_was_fetched_is_not_stored_without_its_channel() -> None:
    with pytest.raises(MalformedBodyError, match="pass profile_id"):
        parse("ytapi", "post", listed("video", {**VIDEO, "snippet": {}}), post_id="zo7i8VTpfNM")
    with pytest.raises(MalformedBodyError, match="names no channel"):
        parse("youtube138", "post", {"videoId": "zo7i8VTpfNM", "title": "A"}, post_id="zo7i8VTpfNM")


def test_videos_that_were_asked_for_and_did_not_come_are_problems() -> None:
    parsed = parse("ytapi", "posts", listed("video", VIDEO), video_ids="zo7i8VTpfNM,aaaaaaaaaaa")
    assert [problem.field for problem in parsed.problems] == ["aaaaaaaaaaa"]
    with pytest.raises(NotFoundError):
        parse("ytapi", "posts", listed("video"), video_ids="aaaaaaaaaaa")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"pageInfo": {"totalResults": 3, "resultsPerPage": 5}}, "1 came where totalResults says 3"),
        ({"pageInfo": {"totalResults": 9, "resultsPerPage": 5}, "nextPageToken": "n"}, "1 came where resultsPerPage says 5"),
        ({"pageInfo": {"totalResults": 9, "resultsPerPage": 5}, "prevPageToken": "p"}, None),
        ({"pageInfo": {"totalResults": 1, "resultsPerPage": 5}}, None),
    ],
)  # fmt: skip
def test_a_page_shorter_than_it_states_is_a_problem(more: dict[str, Any], said: str | None) -> None:
    parsed = parse("ytapi", "posts", listed("video", VIDEO, **more))
    assert [problem.message for problem in parsed.problems] == ([said] if said else [])
    assert parsed.next_cursor == more.get("nextPageToken")


def comment(identity: str, **fields: Any) -> dict[str, Any]:
    snippet = {
        "textOriginal": "a",
        "textDisplay": "<b>a</b>",
        "likeCount": 1,
        "authorDisplayName": "@Some-one",
        **fields,
    }
    return {"kind": "youtube#comment", "id": identity, "snippet": snippet}


def test_the_replies_in_a_thread_name_their_parent_and_video() -> None:
    thread = {
        "kind": "youtube#commentThread",
        "id": "Ugx1",
        "snippet": {"videoId": "zo7i8VTpfNM", "topLevelComment": comment("Ugx1"), "totalReplyCount": 7},
        "replies": {"comments": [comment("Ugx1.a", parentId="Ugx1"), "no comment"]},
    }
    first, reply = parse("ytapi", "comments", listed("commentThread", thread)).of(Comment)
    assert (first.comment_id, first.replies_count, first.text) == ("Ugx1", 7, "a")
    assert (first.author_handle, first.author_id) == ("some-one", None)
    assert (reply.comment_id, reply.parent_id, reply.post_id) == ("Ugx1.a", "Ugx1", "zo7i8VTpfNM")


def test_a_playlist_among_search_results_is_passed_over() -> None:
    results = (
        {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#playlist", "playlistId": "PL1"},
            "snippet": {},
        },
        {"kind": "youtube#searchResult", "id": {"channelId": CHANNEL_ID}, "snippet": {"title": "A &amp; B"}},
    )
    (hit,) = parse("ytapi", "search", listed("search", *results), query="q", offset="50").of(SearchHit)
    assert (hit.entity, hit.item_id, hit.position, hit.title) == ("profile", CHANNEL_ID, 51, "A & B")


@pytest.mark.parametrize(
    ("details", "item_id"),
    [
        ({"upload": {"videoId": "zo7i8VTpfNM"}}, "zo7i8VTpfNM"),
        ({"playlistItem": {"resourceId": {"videoId": "zo7i8VTpfNM"}, "playlistId": "PL1"}}, "zo7i8VTpfNM"),
        ({"subscription": {"resourceId": {"channelId": CHANNEL_ID}}}, CHANNEL_ID),
        ({}, None),
    ],
)
def test_an_activity_names_what_it_was_about(details: dict[str, Any], item_id: str | None) -> None:
    activity = {
        "kind": "youtube#activity",
        "id": "MT==",
        "snippet": {"channelId": CHANNEL_ID},
        "contentDetails": details,
    }
    assert (
        parse("ytapi", "activities", listed("activity", activity)).of(ChannelActivity)[0].item_id == item_id
    )


def report(*columns: str, rows: list[list[Any]] | None = None, metrics: int = 1) -> dict[str, Any]:
    kinds = ["DIMENSION"] * (len(columns) - metrics) + ["METRIC"] * metrics
    headers = [
        {"name": n, "columnType": k, "dataType": "STRING"} for n, k in zip(columns, kinds, strict=True)
    ]
    body: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
    return body if rows is None else {**body, "rows": rows}


def test_a_day_ends_at_midnight_in_california() -> None:
    rows = [["2026-07-01", 10, 2.5], ["2026-11-20", 20, "3"]]
    found = parse(
        "ytapi",
        "insights",
        report("day", "views", "averageViewDuration", rows=rows, metrics=2),
        profile_id="UC1",
    )
    summer, *_, winter = found.of(Insight)
    assert (summer.metric, summer.value, summer.period, summer.subject) == ("views", 10, "day", "profile")
    assert summer.end_time == datetime(2026, 7, 2, 7, tzinfo=UTC)
    assert (winter.metric, winter.value, winter.end_time) == (
        "averageViewDuration",
        3,
        datetime(2026, 11, 21, 8, tzinfo=UTC),
    )


def test_age_and_gender_are_one_breakdown_over_the_days_that_were_asked_for() -> None:
    rows = [["age18-24", "female", 12.5], ["age65-", "male", 1], ["age25-34", "user_specified", 0]]
    asked = {"profile_id": "UC1", "start": "2026-10-01", "end": "2026-10-28"}
    found = parse("ytapi", "audience", report("ageGroup", "gender", "viewerPercentage", rows=rows), **asked)
    assert [fact.breakdown_value for fact in found.of(Insight)] == ["F.18-24", "M.65+", "U.25-34"]
    first = found.of(Insight)[0]
    assert (first.breakdown, first.period, first.end_time) == (
        "age_gender",
        "days_28",
        datetime(2026, 10, 29, 7, tzinfo=UTC),
    )


def test_countries_are_a_breakdown() -> None:
    found = parse("ytapi", "audience", report("country", "views", rows=[["IN", 5]]), profile_id="UC1")
    (fact,) = found.of(Insight)
    assert (fact.breakdown, fact.breakdown_value, fact.period) == ("country", "IN", "lifetime")
    assert fact.end_time == datetime(2026, 11, 22, tzinfo=UTC)


def test_no_letter_that_a_table_cannot_hold_comes_out_of_a_report() -> None:
    body = report("coun\x00try", "vi\x00ews", rows=[["I\x00N", 5]])
    (fact,) = parse("ytapi", "audience", body, profile_id="UC1").of(Insight)
    assert (fact.breakdown, fact.breakdown_value, fact.metric) == ("country", "IN", "views")


def test_figures_of_a_video_are_its_own() -> None:
    (fact,) = parse("ytapi", "insights", report("day", "views", rows=[["2026-11-20", 1]]), post_id="v").of(
        Insight
    )
    assert (fact.subject, fact.subject_id) == ("post", "v")
    (fact,) = parse("ytapi", "insights", report("video", "views", rows=[["zo7i8VTpfNM", 1]])).of(Insight)
    assert (fact.subject, fact.subject_id, fact.breakdown) == ("post", "zo7i8VTpfNM", "")


def test_a_report_without_rows_has_no_figures() -> None:
    assert parse("ytapi", "insights", report("day", "views"), profile_id="UC1") == Parsed()


def test_a_bad_row_and_a_bad_figure_cost_the_others_nothing() -> None:
    rows: list[Any] = [["2026-11-20", 1, None], ["never", 1, 1], "row", ["2026-11-21", "many", 4], [1]]
    found = parse(
        "ytapi", "insights", report("day", "views", "likes", rows=rows, metrics=2), profile_id="UC1"
    )
    assert [(fact.metric, fact.value) for fact in found.of(Insight)] == [("views", 1), ("likes", 4)]
    assert [problem.field for problem in found.problems] == ["rows[1]", "rows[2]", "rows[3].views", "rows[4]"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"columnHeaders": []},
        {"columnHeaders": [{"name": "day", "columnType": "DIMENSION"}]},
        {**report("day", "views", rows=[["2026-11-20", 1]]), "kind": "analytics#gaData"},
        listed("channel", CHANNEL),
    ],
)
def test_what_is_no_report_is_refused(body: Any) -> None:
    with pytest.raises(MalformedBodyError):
        parse("ytapi", "insights", body)


@pytest.mark.parametrize(
    ("stats", "followers"),
    [
        ({"subscribers": 447000000}, 447000000),
        ({"subscribers": "1.2M"}, 1200000),
        ({"subscribers": None, "subscribersText": "447M subscribers"}, 447000000),
        ({"subscribersText": "1 subscriber"}, 1),
        ({"subscribersText": "No subscribers"}, 0),
    ],
)
def test_the_scraper_tells_counts_as_numbers_or_words(stats: dict[str, Any], followers: int) -> None:
    parsed = parse("youtube138", "profile", {"channelId": CHANNEL_ID, "title": "A", "stats": stats})
    assert parsed.profiles[0].followers == followers
    assert parsed.problems == []


def test_a_scraped_channel_without_subscribers_notes_it() -> None:
    parsed = parse(
        "youtube138", "profile", {"channelId": CHANNEL_ID, "title": "A", "stats": {"subscribers": None}}
    )
    assert [problem.field for problem in parsed.problems] == ["followers"]


def test_a_page_of_nothing_means_that_there_is_no_such_channel() -> None:
    with pytest.raises(NotFoundError):
        parse("youtube138", "profile", {"channelId": None, "title": None, "stats": {}})
    with pytest.raises(NotFoundError):
        parse("youtube138", "post", {"videoId": None, "title": None})


def test_all_comments_on_one_page_are_as_many_as_it_says() -> None:
    page = {"totalCommentsCount": 3, "filters": [], "comments": [{"commentId": "Ugx1.a", "content": "b"}]}
    parsed = parse("youtube138", "comments", page, post_id="v")
    assert [problem.message for problem in parsed.problems] == ["1 came where totalCommentsCount says 3"]
    assert parsed.of(Comment)[0].parent_id == "Ugx1"
    assert parse("youtube138", "comments", page, post_id="v", further_page="true").problems == []


@pytest.mark.parametrize(
    ("source", "body", "expected"),
    [
        ("ytapi", {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}, RotateCredentialError),
        ("ytapi", {"error": {"code": 404, "errors": [{"reason": "videoNotFound"}]}}, NotFoundError),
        (
            "ytapi",
            {"errors": {"code": "FORBIDDEN", "error": [{"reason": "forbidden"}]}},
            RotateCredentialError,
        ),
        ("youtube138", {"message": "You are not subscribed to this API."}, RotateCredentialError),
        ("youtube138", {"error": "Video not found"}, NotFoundError),
    ],
)
@pytest.mark.parametrize("kind", ["profile", "posts", "comments", "search"])
def test_an_error_body_gives_its_error_and_no_records(
    source: str, body: Any, expected: type[Exception], kind: str
) -> None:
    with pytest.raises(expected):
        parse(source, kind, body)
