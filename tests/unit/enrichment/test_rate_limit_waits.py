"""How long to wait is read as the providers say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.rate_limit_waits import duration_seconds, wait_asked

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RATE_LIMIT = "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again in "


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("644ms", 0.644),
        ("6ms", 0.006),
        ("0s", 0.0),
        ("1s", 1.0),
        ("1.5s", 1.5),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400.0),
        ("7", 7.0),
        ("60", 60.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("5x", None),
        ("1s2m", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "20"}, "", 1.5),
        ({"retry-after": "20", "x-ratelimit-reset-tokens": "6m0s"}, "", 20.0),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, "", 30.0),
        ({"retry-after": "Wed, 31 Dec 2025 00:00:30 GMT"}, "", 0.0),
        ({"retry-after": "later", "x-ratelimit-reset-requests": "3s"}, "", 3.0),
        ({}, RATE_LIMIT + "644ms. Visit https://platform.openai.com to learn more.", 0.644),
        ({}, RATE_LIMIT + "1m2.5s.", 62.5),
        ({}, "Please retry after 9 seconds.", 9.0),
        ({}, "Please try again in 20 milliseconds", 0.02),
        ({"x-ratelimit-reset-tokens": "1m0s"}, RATE_LIMIT + "644ms.", 0.644),
        ({"x-ratelimit-reset-requests": "2s", "x-ratelimit-reset-tokens": "9s"}, "", 9.0),
        (
            {
                "x-ratelimit-reset-requests": "2s",
                "x-ratelimit-reset-tokens": "9s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-remaining-tokens": "100",
            },
            "",
            2.0,
        ),
        ({"x-ratelimit-reset-tokens": "7"}, "", 7.0),
        ({}, "Too many requests", None),
        ({"retry-after": "", "retry-after-ms": "x"}, "", None),
    ],
)
def test_what_is_nearest_to_this_request_binds(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    found = wait_asked(headers, message, now=NOW)

    assert found == (None if seconds is None else pytest.approx(seconds))


@given(
    st.dictionaries(
        st.sampled_from(
            ["retry-after-ms", "retry-after", "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"]
        ),
        st.text(max_size=30),
    ),
    st.text(max_size=60),
)
def test_whatever_is_sent_a_wait_is_no_negative_number(headers: dict[str, str], message: str) -> None:
    found = wait_asked(headers, message, now=NOW)

    assert found is None or 0 <= found < float("inf")
