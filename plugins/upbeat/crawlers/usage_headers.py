"""How fast a source may be asked, read from the usage headers that it sends with every answer. Pure.

Graph API (developers.facebook.com, Rate Limits): `X-App-Usage` is `{"call_count": 28, "total_time": 25, "total_cputime": 25}`, each
in per cent of a rolling hour; `X-Business-Use-Case-Usage` maps business ids to a list of the same with `type` and
`estimated_time_to_regain_access` in minutes, 0 while access is not lost. RapidAPI's gateway: `X-RateLimit-Requests-Limit`,
`-Remaining`, and `-Reset` in seconds. Shopify (shopify.dev, REST Admin API rate limits): `X-Shopify-Shop-Api-Call-Limit: 32/40`, how full
a leaky bucket is that empties within 20 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from upbeat.crawlers.refusals import COOL_DOWN_SECONDS, MAX_SECONDS

SLOW_FROM_PERCENT = 90.0
LONGEST_PAUSE_SECONDS = 36.0
"""A hundredth of an hour: in this time one per cent of Graph's rolling hour comes back."""

BUCKET_SECONDS = 20.0
"""In this time Shopify's bucket empties, whatever its size: 40 at 2 a second, 80 at 4."""

_SHARES = ("call_count", "total_cputime", "total_time")
_OURS = frozenset({"instagram", "pages"})
"""The use cases that our requests count under; those of advertising have limits of their own."""
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Pacing:
    """For how many seconds who asked (the credential, or a source without one) is to ask nothing more.

    `used_up`: the next request would be refused; else it is only to come later. `reason` is one line for people.
    """

    seconds: float
    used_up: bool
    reason: str


def pacing_of(headers: Mapping[str, str]) -> Pacing | None:
    """What the headers of an answer (looked up in lower case) ask for; None when there is no reason to wait.

    Headers that cannot be read ask for nothing. From 90 % of the usage on, each request is followed by a pause, which grows to
    36 s at 100 %: 200 requests an hour settle at 95 %. At 100 % nothing is asked until access is regained: for the time that
    a header names, else for an hour; at most for a day.
    """
    found = [*_graph(headers), *_rapidapi(headers), *_shopify(headers)]
    # The longest wait binds.
    return max(found, key=lambda pacing: (pacing.used_up, pacing.seconds), default=None)


def _graph(headers: Mapping[str, str]) -> Iterator[Pacing]:
    cases = list(_use_cases(_json(headers.get("x-business-use-case-usage"))))
    regain = max((_number(case.get("estimated_time_to_regain_access")) * 60 for case in cases), default=0.0)
    for case in cases:
        yield from _by_share("the usage of the business", _percent(case), regain)
    app = _json(headers.get("x-app-usage"))
    if isinstance(app, dict):
        yield from _by_share("the app's usage", _percent(app), regain)


def _use_cases(businesses: Any) -> Iterator[Mapping[str, Any]]:
    for cases in businesses.values() if isinstance(businesses, dict) else ():
        for case in cases if isinstance(cases, list) else ():
            if isinstance(case, dict) and str(case.get("type", "instagram")) in _OURS:
                yield case


def _by_share(what: str, percent: float, regain: float) -> Iterator[Pacing]:
    if percent >= 100 or regain > 0:
        seconds = min(regain or COOL_DOWN_SECONDS, MAX_SECONDS)
        yield Pacing(seconds, True, f"{what} is at {percent:g} %: access is back in {seconds:g} s")
    elif percent > SLOW_FROM_PERCENT:
        share = (percent - SLOW_FROM_PERCENT) / (100 - SLOW_FROM_PERCENT)
        yield Pacing(share * LONGEST_PAUSE_SECONDS, False, f"{what} is at {percent:g} %")


def _rapidapi(headers: Mapping[str, str]) -> Iterator[Pacing]:
    limit, remaining, reset = (
        _header_number(headers.get(f"x-ratelimit-requests-{name}"))
        for name in ("limit", "remaining", "reset")
    )
    if remaining is None or reset is None:
        return
    if remaining < 1:
        # A month's quota may come back in weeks: a plan that was changed meanwhile is found out once a day.
        yield Pacing(min(reset, MAX_SECONDS), True, f"no request is left: the quota is back in {reset:g} s")
    elif limit and remaining / limit < 1 - SLOW_FROM_PERCENT / 100:
        seconds = min(reset / remaining, LONGEST_PAUSE_SECONDS)
        yield Pacing(seconds, False, f"{remaining:g} of {limit:g} requests are left for {reset:g} s")


def _shopify(headers: Mapping[str, str]) -> Iterator[Pacing]:
    """A pause in which the bucket empties to 90 %: 2 s at most, so it is never used up for long."""
    used, mark, size = (headers.get("x-shopify-shop-api-call-limit") or "").partition("/")
    taken, room = _header_number(used), _header_number(size)
    if not mark or taken is None or not room or taken <= room * SLOW_FROM_PERCENT / 100:
        return
    seconds = min(taken / room - SLOW_FROM_PERCENT / 100, 0.1) * BUCKET_SECONDS
    yield Pacing(seconds, False, f"the shop's bucket holds {taken:g} of {room:g} requests")


def _percent(usage: Mapping[str, Any]) -> float:
    return max(_number(usage.get(name)) for name in _SHARES)


def _number(value: Any) -> float:
    """A share or a time as JSON has it; 0.0 for what is none."""
    if isinstance(value, str):
        return _header_number(value) or 0.0
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if usable else 0.0


def _header_number(text: str | None) -> float | None:
    text = (text or "").strip()  # strip() takes what float() does not: U+001F
    return float(text) if _NUMBER.fullmatch(text) else None


def _json(text: str | None) -> Any:
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return None
