"""What a crawler sends its requests through while a tape runs: the recorder around the real client, and the player in its place."""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from upbeat.crawlers.http import Answer, Capture, Requester, UpstreamRequest
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NextSourceError,
    RotateCredentialError,
    SourceError,
    UpbeatError,
)
from upbeat.settings import Settings
from upbeat.tapes.scrub import Scrubber
from upbeat.tapes.tape import Exchange

KEPT_HEADERS = re.compile(
    r"content-type|retry-after|link|x-app-usage|x-business-use-case-usage|x-shopify-shop-api-call-limit"
    r"|x-ratelimit-[a-z-]+"
)
_ERRORS: tuple[type[SourceError], ...] = (
    BackOffError,
    MalformedBodyError,
    RotateCredentialError,
    NextSourceError,
)
_DETAILS = ("status", "retry_after", "cool_down")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPOCH = re.compile(r"1[5-9]\d{8}|2[01]\d{8}")


class UnmatchedRequestError(UpbeatError):
    """The crawlers of today ask for something that is not on the tape."""


class RecordingHttp:
    """Sends requests on and keeps each with its answer, as it came but for what the source does not archive."""

    def __init__(self, http: Requester) -> None:
        self._http = http
        self.settings = http.settings
        self.run = 0
        self.exchanges: list[Exchange] = []

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        """See `Requester.get`."""
        exchange = exchange_of(request, self.run)
        self.exchanges.append(exchange)
        try:
            answer = await self._http.get(request, capture)
        except SourceError as error:
            exchange.error = _error_line(error)
            raise
        exchange.status, exchange.fetched_at = answer.status, answer.fetched_at
        exchange.body = request.archived_body(answer.body)
        exchange.headers = {
            name.lower(): value
            for name, value in answer.headers.items()
            if KEPT_HEADERS.fullmatch(name.lower())
        }
        return answer


def exchange_of(request: UpstreamRequest, run: int) -> Exchange:
    """The exchange of a request, before its answer."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    return Exchange(
        run=run,
        source=request.source,
        kind=request.kind.value,
        method="GET" if request.json is None else "POST",
        url=f"{request.base_url.rstrip('/')}{request.path}{query}",
        params=dict(request.params),
        json=None if request.json is None else dict(request.json),
    )


def _error_line(error: SourceError) -> dict[str, Any]:
    details = {name: getattr(error, name) for name in _DETAILS if getattr(error, name, None) is not None}
    known = next((cls.__name__ for cls in _ERRORS if isinstance(error, cls)), "NextSourceError")
    return {"class": known, "message": str(error), **details}


def _error_of(line: dict[str, Any], source: str) -> SourceError:
    cls = next((cls for cls in _ERRORS if cls.__name__ == line.get("class")), NextSourceError)
    details = {name: line[name] for name in _DETAILS if name in line}
    if cls is RotateCredentialError:
        details.setdefault("cool_down", 0.0)
    return cls(str(line.get("message", "")), source=source, **details)


class TapePlayer:
    """Answers from the exchanges of one run. The same request twice gets its answers in their order.

    Args:
        from_archive: the archive keeps neither method nor posted body; requests match without them.
        days: how many days after the recording it is; a request whose dates moved along with the day matches too.
    """

    def __init__(
        self, settings: Settings, exchanges: Sequence[Exchange], *, from_archive: bool = False, days: int = 0
    ) -> None:
        self.settings = settings
        self._from_archive = from_archive
        self._days = days
        self._scrubber = Scrubber()
        self._waiting: dict[str, deque[Exchange]] = defaultdict(deque)
        for exchange in exchanges:
            self._waiting[self._key(exchange)].append(exchange)

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        """See `Requester.get`. Raises `UnmatchedRequestError` for what is not on the tape."""
        asked = exchange_of(request, 0)
        found = self._take(asked)
        if found.error is not None:
            raise _error_of(found.error, found.source)
        assert found.status is not None
        assert found.fetched_at is not None
        return Answer(found.status, httpx.Headers(dict(found.headers)), found.body, found.fetched_at)

    def left(self, source: str | None = None) -> list[Exchange]:
        """What was recorded and not asked for yet."""
        waiting = (exchange for queue in self._waiting.values() for exchange in queue)
        return [exchange for exchange in waiting if source in (None, exchange.source)]

    def _take(self, asked: Exchange) -> Exchange:
        for days in dict.fromkeys((0, self._days)):
            key = self._key(asked, days)
            if self._waiting.get(key):
                return self._waiting[key].popleft()
        known = key in self._waiting
        reason = "was asked for more often than it was recorded" if known else "is not on the tape"
        raise UnmatchedRequestError(f"{self._scrubber.text(asked.name())}: {reason}")

    def _key(self, exchange: Exchange, days: int = 0) -> str:
        """What two equal requests have in common: source, address and body, whatever the order of the query."""
        parts = urlsplit(self._scrubber.text(exchange.url))
        query = sorted(
            (name, _earlier(value, days)) for name, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        sent = (
            ""
            if self._from_archive
            else f"{exchange.method} {_canonical(exchange.json, self._scrubber.value)}"
        )
        return f"{exchange.source} {parts.netloc}{parts.path} {query} {sent}"


def _canonical(value: Any, scrub: Callable[[Any], Any]) -> str:
    return "" if value is None else json.dumps(scrub(value), sort_keys=True)


def _earlier(value: str, days: int) -> str:
    """A query value with its dates and epoch seconds moved back by so many days."""
    if not days:
        return value

    def moved(match: re.Match[str]) -> str:
        try:
            return (date.fromisoformat(match[0]) - timedelta(days=days)).isoformat()
        except (ValueError, OverflowError):
            return match[0]

    if _EPOCH.fullmatch(value):
        return str(int(value) - days * 86_400)
    return _DATE.sub(moved, value)
