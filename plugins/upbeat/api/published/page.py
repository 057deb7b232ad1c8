"""Reads one page. Postgres makes the JSON: on the way from a row to the answer no value becomes an object of Python."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
import psycopg

from upbeat.api.access import Caller
from upbeat.api.pages import decode_cursor, encode_cursor
from upbeat.api.problems import ProblemError
from upbeat.api.published.parameters import DEFAULT_ROWS, PageQuery, Query
from upbeat.api.published.resource import Resource
from upbeat.api.published.statements import SCHEMA, SQL, Begin, Shape, page_statement
from upbeat.api.state import ApiState, Connection
from upbeat.settings import Settings

_NOT_FILTERS = {"explain", "limit", "cursor", "sort"}


class Publication(NamedTuple):
    """A state of a published table: the entry of the sync's log, and the table's oid. Each publish is another one."""

    run: int | None
    table_oid: int | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old rows are.

    Attributes:
        moments: a JSON object: when the rows were seen, and when the table was published.
        observed_age: seconds from the newest observation to the read.
        published_age: seconds from the publish to the read.
        publication: of what the rows are; `run` is None for a table that no sync has published.
        read_at: when they were read, by the monotonic clock.
    """

    moments: str
    observed_age: float | None
    published_age: float | None
    publication: Publication
    read_at: float

    def told(self) -> str:
        """A JSON object: the moments, and how long ago they are now."""
        since = time.monotonic() - self.read_at
        observed, published = _later(self.observed_age, since), _later(self.published_age, since)
        return (
            f'{self.moments[:-1]}, "observed_age_seconds": {observed}, "published_age_seconds": {published}}}'
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a table: `data` is a JSON array of them, `next` the cursor of the next page."""

    data: str
    next: str | None
    read: Freshness

    @property
    def freshness(self) -> str:
        """A JSON object."""
        return self.read.told()


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
    return await state.read(
        lambda connection: page_over(connection, state.settings, caller, resource, wanted)
    )


async def standing(state: ApiState, resource: Resource) -> Publication:
    """Which publication of a table stands now. Raises `StoreUnavailableError`."""

    async def ask(connection: Connection) -> Publication:
        cursor = await connection.execute(SQL["standing"].encode(), _table(resource), prepare=True)
        return Publication(*await cursor.fetchone() or (None, None))

    return await state.read(ask)


async def page_over(
    connection: Connection, settings: Settings, caller: Caller, resource: Resource, wanted: Wanted
) -> Page:
    """As `read_page`, over a connection that is there already."""
    secret = settings.api_secret.get_secret_value()
    owned = caller.account_id is not None and resource.owner is not None
    request = {
        "resource": resource.name, "place": wanted.place, "filters": wanted.filters, "sort": wanted.sort,
        "account": caller.account_id if owned else None, "values": _values_of_cursor(resource, wanted.sort),
    }  # fmt: skip
    last = decode_cursor(secret, request, wanted.cursor) if wanted.cursor else []
    shape = Shape(
        tuple(wanted.filters), wanted.sort, _begin(resource, wanted.sort, last), wanted.limit, owned
    )
    values: dict[str, Any] = {**_table(resource), "account": caller.account_id}
    values |= {f"place_{name}": value for name, value in wanted.place.items()}
    values |= {f"filter_{name}": value for name, value in wanted.filters.items()}
    values |= {f"last_{number}": value for number, value in enumerate(last)}
    # Prepared, a search would soon be planned for any text, and read all rows in their order instead of the few that it is for.
    prepare = all(resource.filters[name].how not in ("prefix", "contains") for name in wanted.filters)
    try:
        cursor = await connection.execute(page_statement(resource.name, shape), values, prepare=prepare)
    except psycopg.errors.UndefinedTable as error:
        raise _not_published(resource, "is not published yet") from error
    except psycopg.errors.UndefinedColumn as error:
        raise _not_published(resource, "was published with other columns") from error
    row = await cursor.fetchone()
    assert row is not None
    data, place, moments, observed_age, published_age, *publication = row
    following = encode_cursor(secret, request, orjson.loads(place)) if place else None
    read = Freshness(moments, observed_age, published_age, Publication(*publication), time.monotonic())
    return Page(data, following, read)


def _values_of_cursor(resource: Resource, sort: str) -> list[str]:
    """What stands in a cursor: one that was made when the plan had other columns is refused, not misread."""
    columns = (resource.columns[name] for name in resource.order(sort.removeprefix("-")))
    return [f"{one.name} {one.type}{' or null' if one.nullable else ''}" for one in columns]


def _table(resource: Resource) -> dict[str, str]:
    return {"plan": resource.plan_name, "table": f"{SCHEMA}.{resource.plan.table}"}


def _later(age: float | None, seconds: float) -> str:
    return "null" if age is None else f"{age + seconds:.0f}"


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
