"""Pages of the published tables as the API reads them, for a page of the console."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request

from upbeat.api.access import Caller
from upbeat.api.problems import ProblemError
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.page import Wanted, read_page, wanted_of
from upbeat.api.published.reads import asked_of
from upbeat.api.state import ApiState, state_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a published table. `published` is false while nobody published it; then there are none.

    Attributes:
        next: the cursor of the next page.
        freshness: when the rows were seen and published, and how long ago; empty without a table.
    """

    rows: list[Row]
    next: str | None
    freshness: Mapping[str, Any]
    published: bool = True


def given_of(request: Request) -> dict[str, str]:
    """The parameters of the request without empty ones: a form sends each of its fields. Of one that stands twice the last."""
    return {name: value.strip() for name, value in request.query_params.items() if value.strip()}


def following_of(address: str, given: Mapping[str, str], found: Rows) -> str | None:
    """The address of the next page, with everything else that was asked for; None on the last one."""
    return f"{address}?{urlencode({**given, 'cursor': found.next})}" if found.next else None


def beginning_of(address: str, given: Mapping[str, str]) -> str | None:
    """The address of the first page; None on the first one."""
    first = {name: value for name, value in given.items() if name != "cursor"}
    return f"{address}?{urlencode(first)}" if "cursor" in given else None


async def read_asked(request: Request, caller: Caller, name: str, given: Mapping[str, str]) -> Rows:
    """A page by a visitor's parameters, which are checked as the API checks them.

    Raises:
        RequestValidationError: names each parameter that cannot be used.
        ProblemError: the cursor or the page's size cannot be used.
    """
    state = state_of(request)
    asked = asked_of(name, (), urlencode(given).encode())
    return await _read(state, caller, name, wanted_of(state.settings, RESOURCES[name], asked))


async def read_of(
    state: ApiState,
    caller: Caller,
    name: str,
    place: Mapping[str, str],
    *,
    filters: Mapping[str, str] | None = None,
    sort: str | None = None,
    limit: int = 1,
) -> Rows:
    """Rows of one place: a profile's, a campaign's. The values come from our own pages and are parameters of the SQL all the same."""
    resource = RESOURCES[name]
    limit = min(limit, state.settings.api_largest_page)
    return await _read(state, caller, name, Wanted(place, filters or {}, sort or resource.sort, limit))


async def _read(state: ApiState, caller: Caller, name: str, wanted: Wanted) -> Rows:
    try:
        page = await read_page(state, caller, RESOURCES[name], wanted)
    except ProblemError as problem:
        if problem.title != "Not published":
            raise
        return Rows([], None, {}, published=False)
    return Rows(orjson.loads(page.data), page.next, orjson.loads(page.freshness))


def days_of(rows: Iterable[Row], column: str) -> Iterable[tuple[date, float | None]]:
    """A figure by days, for a chart."""
    return ((date.fromisoformat(row["date"]), row[column]) for row in rows)
