"""`upbeat parse graphapi` on bodies of versions 12 to 22 alone, nothing told of what was asked for: shapes of the reference, errors, other kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.graph_recordings import GRAPH_RECORDINGS
from tests.unit.crawlers.instagram_bodies import (
    ACCOUNT,
    CURSORS,
    GRAPH_COMMENT,
    GRAPH_POST,
    GRAPH_STORY,
    GRAPH_USER,
    PRIVATE_POST,
    WEB_POST,
    metric,
)
from tests.unit.crawlers.parse_command import counted, cursor_in, run_parse

HOST = "https://graph.facebook.com/v19.0"
OWN_PAGE = CURSORS | {"next": f"{HOST}/17841405309211844/media?limit=25&after=next"}
HASHTAG_PAGE = CURSORS | {"next": f"{HOST}/17843857450040591/top_media?user_id=1&after=next"}
ALONE = {"id": "17841405309211844"}

# kind, body, how many records of each type, the cursor
READ: tuple[tuple[str, Any, dict[str, int], str | None], ...] = (
    ("profile", {"business_discovery": GRAPH_USER, "id": "1"}, {"profile": 1}, None),
    ("profile", {"business_discovery": GRAPH_USER | {"media": {"data": [{"id": "1"}]}}, "id": "1"}, {"profile": 1}, None),
    ("profile", GRAPH_USER | {"followers_count": "5", "shadow": None}, {"profile": 1}, None),
    ("profile", {"instagram_business_account": GRAPH_USER, "id": "9"}, {"profile": 1}, None),
    ("profile", {"data": [GRAPH_USER]}, {"profile": 1}, None),
    ("profile", {"business_discovery": GRAPH_USER | {"followers_count": None}}, {"profile": 1, "problem": 1}, None),
    ("posts", {"business_discovery": GRAPH_USER | {"media": {"data": [GRAPH_POST], "paging": CURSORS}}}, {"post": 1}, "next"),
    ("posts", {"business_discovery": ALONE | {"media": {"data": [GRAPH_POST]}}}, {"post": 1, "problem": 1}, None),
    ("posts", {"data": [GRAPH_POST], "paging": OWN_PAGE}, {"post": 1, "problem": 1}, "next"),
    ("posts", {"data": [GRAPH_POST], "paging": CURSORS}, {"post": 1, "problem": 2}, None),
    ("posts", {"data": [GRAPH_POST]}, {"post": 1, "problem": 2}, None),
    ("posts", {"data": [GRAPH_POST | {"like_count": "1.2K", "comments_count": None}]}, {"post": 1, "problem": 2}, None),
    ("posts", {"media": {"data": [GRAPH_POST | {"children": {"data": [{"id": "1"}]}}]}, **GRAPH_USER}, {"post": 1}, None),
    ("posts", {"data": [GRAPH_POST], "paging": HASHTAG_PAGE}, {"listed_post": 1}, "next"),
    ("posts", {"tags": {"data": [GRAPH_POST | {"username": "other"}]}, **ALONE}, {"listed_post": 1}, None),
    ("posts", {"data": []}, {}, None),
    ("post", GRAPH_POST, {"post": 1, "problem": 2}, None),
    ("post", GRAPH_POST | {"username": "natgeo", "owner": ALONE}, {"post": 1}, None),
    ("post", {"mentioned_media": GRAPH_POST, **ALONE}, {"listed_post": 1}, None),
    ("comments", {"data": [GRAPH_COMMENT]}, {"comment": 1, "problem": 1}, None),
    ("comments", {"comments": {"data": [GRAPH_COMMENT | {"replies": {"data": [{"id": "2", "text": "y"}]}}]}, "id": "178"}, {"comment": 2}, None),
    ("comments", GRAPH_COMMENT | {"media": {"id": "178"}, "from": {"id": "7", "username": "a"}, "parent_id": "9"}, {"comment": 1}, None),
    ("comments", {"mentioned_comment": GRAPH_COMMENT | {"media": {"id": "178"}}, **ALONE}, {"comment": 1}, None),
    ("stories", {"data": [GRAPH_STORY]}, {"story": 1, "problem": 1}, None),
    ("stories", {"stories": {"data": [GRAPH_STORY]}, **ALONE}, {"story": 1}, None),
    ("stories", {"data": []}, {}, None),
    ("hashtag", {"data": [{"id": "17873440459141021", "name": "coke"}]}, {"hashtag": 1}, None),
    ("insights", {"data": [metric("reach", "day", total_value={"value": 224})]}, {"insight": 1}, None),
    (
        "insights",
        {"data": [metric("reach", "day", values=[{"value": 1, "end_time": "2020-10-16T07:00:00+0000"}, {"value": "2", "end_time": "2020-10-17T07:00:00+0000"}])]},
        {"insight": 2},
        None,
    ),
    ("insights", {"data": [metric("views", node="179", values=[{"value": 12}]), metric("likes", node="179", values=[{"value": None}])]}, {"insight": 1}, None),
    ("insights", {"data": [metric("impressions", node="179", values=[])]}, {}, None),
    ("audience", {"data": [metric("follower_demographics", total_value={"breakdowns": [{"dimension_keys": ["country"]}]})]}, {}, None),
    ("audience", {"data": [metric("audience_city", values=[{"value": {"Mumbai": 4, "Pune": "3"}}])]}, {"insight": 2}, None),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(READ)))
def test_a_body_alone_is_read(number: int) -> None:
    kind, body, counts, cursor = READ[number]
    code, lines, error = run_parse("graphapi", kind, body)
    assert (code, error) == (0, "")
    assert counted(lines) == counts, lines
    assert cursor_in(lines) == cursor
    for line in lines:
        if line["type"] == "profile":
            assert (line["profile_id"], line["handle"], line["followers"]) in (
                ("787132", "natgeo", 5),
                ("787132", "natgeo", None),
            )
        if line["type"] in ("post", "listed_post"):
            assert line["post_id"] == "2421224614649404224"


REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("profile", b"<html>Sorry, something went wrong.</html>", "not JSON"),
    ("profile", b'{"business_discovery": {"id": "1"', "not JSON"),
    ("profile", {"business_discovery": None}, "no business_discovery"),
    ("profile", {"error": {"message": "Invalid user id", "code": 110, "error_subcode": 2207013}}, "error 110"),
    ("profile", {"error": {"message": "Session has expired", "code": 190, "error_subcode": 463}}, "error 190"),
    ("profile", {"id": "1", "name": "A person"}, "no account"),
    ("profile", {"data": [GRAPH_USER, GRAPH_USER]}, "no account"),
    ("profile", {"data": [ALONE | {"username": "x"}]}, "no account"),
    ("profile", {"instagram_business_account": ALONE, "id": "134895793791914"}, "no username"),
    ("profile", GRAPH_COMMENT | {"username": "a"}, "no account"),
    ("posts", {"error": {"message": "(#4) Application request limit reached", "code": 4}}, "error 4"),
    ("posts", {"data": [{"id": "17918195224117851"}, {"id": "17895695668004550"}]}, "none of 2 posts"),
    ("posts", {"data": [GRAPH_COMMENT]}, "none of 1 posts"),
    ("posts", {"data": [GRAPH_STORY]}, "none of 1 posts"),
    ("posts", {"data": [{"id": "1_2", "message": "hi", "created_time": "2020-10-16"}]}, "none of 1 posts"),
    ("posts", {"data": [metric("reach", values=[{"value": 1}])]}, "none of 1 posts"),
    ("posts", {"data": [PRIVATE_POST]}, "none of 1 posts"),
    ("posts", {"items": [PRIVATE_POST]}, "no posts"),
    ("posts", GRAPH_USER, "no posts"),
    ("post", GRAPH_USER, "no post"),
    ("post", {"graphql": {"shortcode_media": WEB_POST}}, "no post"),
    ("post", {"error": {"message": "Unsupported get request.", "code": 100, "error_subcode": 33}}, "error 100"),
    ("comments", {"data": [GRAPH_POST]}, "none of 1 comments"),
    ("comments", {"data": [{"id": "1", "message": "on Facebook", "from": {"name": "x"}}]}, "none of 1 comments"),
    ("stories", {"data": [GRAPH_POST]}, "none of 1 stories"),
    ("stories", {"data": [{"id": "17861937508009798"}]}, "none of 1 stories"),
    ("hashtag", {"data": [ACCOUNT]}, "none of 1 hashtags"),
    ("insights", {"data": [GRAPH_POST]}, "none of the entries is a metric"),
    ("insights", GRAPH_POST, "no insights"),
    ("audience", {"data": [metric("reach", "day", values=[{"value": 1}])]}, "no figures of an audience"),
    ("followers", {"data": [ACCOUNT]}, "sends no followers body"),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_body_that_is_not_of_the_kind_is_refused_in_one_line(number: int) -> None:
    kind, body, message = REFUSED[number]
    code, lines, error = run_parse("graphapi", kind, body)
    assert (code, lines) == (2, [])
    assert message in error
    assert "\n" not in error


@pytest.mark.parametrize(("kind", "path"), sorted({(str(r[0]), r[1]) for r in GRAPH_RECORDINGS}))
def test_every_recorded_body_is_read_alone(shared_data: Path, kind: str, path: str) -> None:
    code, lines, error = run_parse("graphapi", kind, (shared_data / "api/graph_api" / path).read_bytes())
    assert (code, error) == (0, "")
    assert {line["type"] for line in lines} - {"cursor", "problem"}


def test_the_ids_of_a_login_to_instagram_itself_are_told_apart() -> None:
    body = {"data": [{"id": "245", "user_id": "17841405309211844", "username": "n", "followers_count": 1}]}
    _, lines, _ = run_parse("graphapi", "profile", body)
    assert lines[0]["profile_id"] == "17841405309211844"


def test_posts_in_which_an_account_is_tagged_are_not_its_own() -> None:
    body = {"tags": {"data": [GRAPH_POST | {"username": "other"}]}, **GRAPH_USER}
    _, lines, _ = run_parse("graphapi", "posts", body)
    assert [(line["type"], line["listing"], line["listing_key"]) for line in lines] == [
        ("listed_post", "tagged", "787132")
    ]


@pytest.mark.parametrize(
    ("keys", "values", "told"),
    [
        (["timeframe", "country"], ["LAST_90_DAYS", "IN"], ("country", "IN")),
        (["timeframe", "age", "gender"], ["THIS_MONTH", "18-24", "F"], ("age_gender", "F.18-24")),
    ],
)
def test_a_timeframe_that_is_repeated_from_the_request_breaks_nothing_down(
    keys: list[str], values: list[str], told: tuple[str, str]
) -> None:
    results = [{"dimension_values": values, "value": 4}]
    body = {
        "data": [
            metric(
                "follower_demographics",
                total_value={"breakdowns": [{"dimension_keys": keys, "results": results}]},
            )
        ]
    }
    _, (line,), _ = run_parse("graphapi", "audience", body)
    assert (line["breakdown"], line["breakdown_value"]) == told


def test_figures_of_a_node_without_a_name_are_those_of_a_post() -> None:
    body = {
        "insights": {"data": [metric("likes", node="17932174733377207", values=[{"value": 1}])]},
        "id": "17932174733377207",
    }
    _, (line,), _ = run_parse("graphapi", "insights", body)
    assert (line["subject"], line["subject_id"]) == ("post", "17932174733377207")
