"""Handles, lengths, ages and countries as YouTube's sources write them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.crawlers.test_coercions import ANYTHING

from upbeat.crawlers.youtube.categories import topic_name
from upbeat.crawlers.youtube.countries import to_country_code
from upbeat.crawlers.youtube.durations import instant_of_age, to_seconds
from upbeat.crawlers.youtube.handles import (
    to_channel_handle,
    to_handle_of_address,
    to_opaque_id,
    uploads_playlist,
)

NOW = datetime(2026, 11, 22, 15, 30, 45, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("PT25M26S", 1526),
        ("PT0S", 0),
        ("P0D", 0),
        ("PT1H2M3S", 3723),
        ("P1DT2H", 93600),
        ("PT59S", 59),
        ("25:26", 1526),
        ("1:02:03", 3723),
        (282, 282),
        ("282", 282),
        ("", None),
    ],
)
def test_a_length_is_seconds(value: Any, seconds: float | None) -> None:
    assert to_seconds(value) == seconds


@pytest.mark.parametrize(
    "value", [None, True, [], "P", "PT", "long", "-PT5S", -1, 10**9, "P9999999Y", "LIVE"]
)
def test_what_is_no_length_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="length"):
        to_seconds(value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("30 seconds ago", datetime(2026, 11, 22, 15, 30, 15, tzinfo=UTC)),
        ("5 minutes ago", datetime(2026, 11, 22, 15, 25, tzinfo=UTC)),
        ("1 hour ago", datetime(2026, 11, 22, 14, tzinfo=UTC)),
        ("Streamed 5 hours ago", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("12 days ago", datetime(2026, 11, 10, tzinfo=UTC)),
        ("3 days ago (edited)", datetime(2026, 11, 19, tzinfo=UTC)),
        ("2 weeks ago", None),
        ("1 month ago", None),
        ("4 years ago (edited)", None),
        ("just now", None),
        ("", None),
    ],
)
def test_an_age_is_taken_as_exactly_as_it_is_told(text: str, instant: datetime | None) -> None:
    assert instant_of_age(text, NOW) == instant


@given(count=st.integers(0, 9999), unit=st.sampled_from(["second", "minute", "hour", "day"]))
def test_an_age_is_never_read_as_younger_and_at_most_one_unit_older(count: int, unit: str) -> None:
    instant = instant_of_age(f"{count} {unit}s ago", NOW)
    assert instant is not None
    exact = NOW - timedelta(**{f"{unit}s": count})
    assert exact - timedelta(**{f"{unit}s": 1}) < instant <= exact


@pytest.mark.parametrize(
    ("value", "handle"),
    [
        ("@MrBeast", "mrbeast"),
        ("/@TechnoTim", "technotim"),
        ("googlecode", "googlecode"),
        ("@a-b.c_d·e", "a-b.c_d·e"),
        ("/@%E3%81%82", "あ"),
        ("", None),
    ],
)
def test_a_handle_is_lower_case_without_its_mark(value: str, handle: str | None) -> None:
    assert to_channel_handle(value) == handle


@pytest.mark.parametrize("value", ["/channel/UCX6OQ3DkcsbYNE6H8uQQuVA", "/c/MrBeast", "/user/MrBeast6000"])
def test_an_address_without_a_handle_names_none(value: str) -> None:
    assert to_handle_of_address(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [("US", "US"), ("in", "IN"), ("United States", "US"), ("india", "IN"), ("South Korea", "KR"), ("", None)],
)
def test_a_country_is_its_code(value: str, code: str | None) -> None:
    assert to_country_code(value) == code


def test_a_place_that_is_no_country_is_refused() -> None:
    with pytest.raises(ValueError, match="country"):
        to_country_code("Atlantis")


@pytest.mark.parametrize(
    "coerce", [to_channel_handle, to_handle_of_address, to_opaque_id, to_country_code, to_seconds]
)
@given(value=ANYTHING)
def test_any_value_is_read_or_refused_by_the_error_that_readers_note(
    coerce: Callable[[Any], Any], value: Any
) -> None:
    with suppress(ValueError):
        assert coerce(value) != ""


def test_topics_and_uploads() -> None:
    assert topic_name("https://en.wikipedia.org/wiki/Music_of_India") == "Music of India"
    assert uploads_playlist("UCX6OQ3DkcsbYNE6H8uQQuVA") == "UUX6OQ3DkcsbYNE6H8uQQuVA"
