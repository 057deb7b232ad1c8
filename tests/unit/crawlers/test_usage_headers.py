"""Usage headers as they come (Graph, RapidAPI) and the pace that they ask for."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from upbeat.crawlers.usage_headers import LONGEST_PAUSE_SECONDS, pacing_of


def app(**usage: float) -> dict[str, str]:
    return {"x-app-usage": json.dumps({"call_count": 0, "total_cputime": 0, "total_time": 0, **usage})}


def business(minutes: float = 0, kind: str = "instagram", **usage: float) -> dict[str, str]:
    case = {"type": kind, "call_count": 0, "total_cputime": 0, "total_time": 0, **usage}
    case["estimated_time_to_regain_access"] = minutes
    return {"x-business-use-case-usage": json.dumps({"17841400000000001": [case]})}


def rapidapi(limit: int, remaining: int, reset: int) -> dict[str, str]:
    figures = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-requests-{name}": str(figure) for name, figure in figures.items()}


@pytest.mark.parametrize(
    ("headers", "seconds", "used_up"),
    [
        (app(call_count=91), 3.6, False),
        ({"x-shopify-shop-api-call-limit": "38/40"}, 1.0, False),
        ({"x-shopify-shop-api-call-limit": "80/80"}, 2.0, False),
        (app(call_count=28, total_cputime=95), 18.0, False),
        (app(total_time=99), 32.4, False),
        (app(call_count=100), 3600.0, True),
        (app(call_count=131), 3600.0, True),
        (business(call_count=95), 18.0, False),
        (business(minutes=7, call_count=100), 420.0, True),
        (business(minutes=3, call_count=12), 180.0, True),
        (business(minutes=10_000, call_count=100), 86_400.0, True),
        (business(kind="pages", call_count=100), 3600.0, True),
        # The time to wait stands in one header and holds for both.
        (app(call_count=100) | business(minutes=5, call_count=100), 300.0, True),
        (app(call_count=95) | business(call_count=92), 18.0, False),
        (rapidapi(500, 0, 40), 40.0, True),
        (rapidapi(500, 0, 2_000_000), 86_400.0, True),
        (rapidapi(100, 9, 18), 2.0, False),
        (rapidapi(500, 3, 1_000_000), LONGEST_PAUSE_SECONDS, False),
    ],
)
def test_usage_near_its_limit_slows_down_and_at_it_stops(
    headers: dict[str, str], seconds: float, used_up: bool
) -> None:
    pacing = pacing_of(headers)
    assert pacing is not None
    assert (pacing.seconds, pacing.used_up) == (pytest.approx(seconds), used_up)
    assert pacing.reason
    assert "\n" not in pacing.reason


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/json"},
        app(call_count=90),
        app(call_count=28, total_time=25, total_cputime=25),
        business(call_count=90),
        business(kind="ads_insights", call_count=100, minutes=60),
        rapidapi(500, 50, 40),
        rapidapi(0, 10, 10),
        {"x-ratelimit-requests-remaining": "0"},
        {"x-app-usage": "{broken"},
        {"x-app-usage": "[1, 2]"},
        {"x-app-usage": '{"call_count": "many", "total_time": true}'},
        {"x-business-use-case-usage": '{"1": {"call_count": 100}}'},
        {"x-shopify-shop-api-call-limit": "36/40"},
        {"x-shopify-shop-api-call-limit": "40"},
        {"x-shopify-shop-api-call-limit": "40/0"},
        {"x-shopify-shop-api-call-limit": "many/40"},
        {"x-ratelimit-requests-remaining": "-4", "x-ratelimit-requests-reset": "10"},
    ],
)
def test_low_usage_and_unreadable_headers_ask_for_nothing(headers: dict[str, str]) -> None:
    assert pacing_of(headers) is None


def test_headers_of_a_real_client_are_read_whatever_their_case() -> None:
    sent = httpx.Headers({"X-App-Usage": '{"call_count":100,"total_time":1,"total_cputime":1}'})
    pacing = pacing_of(sent)
    assert pacing is not None
    assert pacing.used_up


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["call_count", "total_time", "type", "estimated_time_to_regain_access", "1"]),
            inner,
        )
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["x-app-usage", "x-business-use-case-usage", "x-shopify-shop-api-call-limit"]
    + [f"x-ratelimit-requests-{name}" for name in ("limit", "remaining", "reset")]
)


@example({"x-shopify-shop-api-call-limit": "0\x1f"})
@given(st.dictionaries(NAMES, st.text(max_size=20) | JSON.map(json.dumps)))
def test_any_headers_give_a_wait_of_at_most_a_day_or_none(headers: dict[str, str]) -> None:
    pacing = pacing_of(headers)
    assert pacing is None or 0 <= pacing.seconds <= 86_400


@given(st.floats(0, 200), st.floats(0, 200))
def test_more_usage_never_asks_for_less_patience(first: float, second: float) -> None:
    low, high = (
        (pacing.seconds if (pacing := pacing_of(app(call_count=percent))) else 0.0)
        for percent in sorted((first, second))
    )
    assert low <= high
