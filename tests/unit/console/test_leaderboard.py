"""The heads of the leaderboard's columns."""

from __future__ import annotations

from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.parameters import query_model
from upbeat.console.leaderboard import COLUMNS, SORTS, headings


def test_a_column_sorts_as_usual_first_and_then_the_other_way_round_and_keeps_the_filters() -> None:
    given = {"platform": "YOUTUBE", "country": "IN", "sort": "-engagement_rate", "cursor": "abc"}
    told = headings("/console/", given, "-engagement_rate")

    assert {name: one.sorted for name, one in told.items()} == {
        "followers": None,
        "rank_change": None,
        "engagement_rate": "descending",
    }
    assert told["engagement_rate"].address == "/console/?platform=YOUTUBE&country=IN&sort=engagement_rate"
    assert told["followers"].address == "/console/?platform=YOUTUBE&country=IN&sort=followers_rank"
    again = headings("/console/", given, "engagement_rate")["engagement_rate"]
    assert (again.sorted, again.address.rpartition("=")[2]) == ("ascending", "-engagement_rate")


def test_every_way_to_sort_is_one_that_the_api_knows() -> None:
    resource = RESOURCES["leaderboard"]
    ways = {way for column in COLUMNS.values() for way in column}

    assert ways == set(SORTS)
    for way in ways:
        query_model(resource).model_validate_strings({"platform": "YOUTUBE", "sort": way})
