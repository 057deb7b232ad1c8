"""Reads one page. Postgres makes the JSON: on the way from a row to the answer no value becomes an object of Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from upbeat.api.access import Caller
from upbeat.api.pages import decode_cursor, encode_cursor
from upbeat.api.problems import ProblemError
from upbeat.api.published.parameters import DEFAULT_ROWS, PageQuery, Query
from upbeat.api.published.resource import Resource
from upbeat.api.published.statements import Begin, Shape, page_statement
from upbeat.api.state import ApiState, Connection
from upbeat.settings import Settings

_NOT_FILTERS = {"explain", "limit", "cursor", "sort"}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a table.

    Attributes:
        data: a JSON array of the rows.
        next: the cursor of the next page.
        freshness: a JSON object: when the rows were seen, when the table was published, and how long ago.
    """

    data: str
    next: str | None
    freshness: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for: the filters that it uses as text, and how its rows are sorted."""

    place: Mapping[str, str]
    filters: Mapping[str, str]
    sort: str
    limit: int
    cursor: str | None = None


def wanted_of(settings: Settings, resource: Resource, asked: tuple[Mapping[str, str], Query]) -> Wanted:
    """What was asked for, as it goes to Postgres.

    Raises:
        ProblemError: 422, the page would be larger than the setting allows.
    """
    place, query = asked
    if not isinstance(query, PageQuery):
        return Wanted(place, {}, resource.sort, 1)
    largest = settings.api_largest_page
    limit = query.limit if "limit" in query.model_fields_set else min(DEFAULT_ROWS, largest)
    if limit > largest:
        line = f"query.limit: {limit} rows: a page has at most {largest}"
        raise ProblemError(422, "Invalid request", line)
    filters = {
        name: str(value)
        for name, value in query.model_dump(mode="json", exclude=_NOT_FILTERS, exclude_none=True).items()
    }
    return Wanted(place, filters, getattr(query, "sort", resource.sort), limit, query.cursor)


async def read_page(state: ApiState, caller: Caller, resource: Resource, wanted: Wanted) -> Page:
    """A page of a resource, of what the caller may see.

    Raises:
        ProblemError: 400 for a cursor that is not one of this request; 503 while the table is not published.
    """
    async with state.connection() as connection:
        return await page_over(connection, state.settings, caller, resource, wanted)


async def page_over(
    connection: Connection, settings: Settings, caller: Caller, resource: Resource, wanted: Wanted
) -> Page:
    """As `read_page`, over a connection that is there already."""
    secret = settings.api_secret.get_secret_value()
    owned = caller.account_id is not None and resource.owner is not None
    request = {
        "resource": resource.name, "place": wanted.place, "filters": wanted.filters, "sort": wanted.sort,
        "account": caller.account_id if owned else None,
    }  # fmt: skip
    last = decode_cursor(secret, request, wanted.cursor) if wanted.cursor else []
    shape = Shape(
        tuple(wanted.filters), wanted.sort, _begin(resource, wanted.sort, last), wanted.limit, owned
    )
    values: dict[str, Any] = {"plan": resource.plan_name, "account": caller.account_id}
    values |= {f"place_{name}": value for name, value in wanted.place.items()}
    values |= {f"filter_{name}": value for name, value in wanted.filters.items()}
    values |= {f"last_{number}": value for number, value in enumerate(last)}
    try:
        cursor = await connection.execute(page_statement(resource.name, shape), values, prepare=True)
    except psycopg.errors.UndefinedTable as error:
        raise _not_published(resource, "is not published yet") from error
    except psycopg.errors.UndefinedColumn as error:
        raise _not_published(resource, "was published with other columns") from error
    row = await cursor.fetchone()
    assert row is not None
    data, place, freshness = row
    return Page(data, encode_cursor(secret, request, orjson.loads(place)) if place else None, freshness)


def _begin(resource: Resource, sort: str, last: list[Any]) -> Begin:
    if not last:
        return "first"
    return "after_null" if sort and last[0] is None else "after_value"


def _not_published(resource: Resource, what: str) -> ProblemError:
    table = resource.plan.table
    return ProblemError(
        503,
        "Not published",
        f"app.{table} {what}: `upbeat sync {resource.plan_name}` publishes it, as its sync DAG does",
        headers={"Retry-After": "60"},
    )
