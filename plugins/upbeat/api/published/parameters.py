"""The parameters of a read: which a resource takes, with the types of its columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    create_model,
)

from upbeat.api.published.resource import Filter, How, Resource

DEFAULT_ROWS = 50
LARGEST_ROWS = 1_000
_LARGEST = 2**63 - 1
# Postgres keeps no NUL in a text, and no name is as long as this.
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


def _written_as_a_day(value: object) -> object:
    """A lone number would be taken for seconds since 1970, which nobody means who asks for a day."""
    if isinstance(value, str) and "-" not in value.strip().lstrip("-"):
        raise ValueError("write it as a date, 2026-11-22, or as a time, 2026-11-22T10:00:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    """Postgres knows no offset of 16 hours or more, which a time may be written with all the same."""
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it lies outside of the years 1 to 9999") from error


_WRITTEN = BeforeValidator(_written_as_a_day)
_TYPES: dict[str, Any] = {
    "text": Text,
    "bigint": Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)],
    "integer": Annotated[int, Field(ge=-(2**31), le=2**31 - 1)],
    "smallint": Annotated[int, Field(ge=-(2**15), le=2**15 - 1)],
    "double precision": FiniteFloat,
    "numeric": Annotated[Decimal, Field(max_digits=18, decimal_places=4)],
    "boolean": bool,
    "date": Annotated[date, _WRITTEN],
    "timestamptz": Annotated[AwareDatetime, _WRITTEN, AfterValidator(_in_utc)],
}
_SAID: dict[How, str] = {
    "equal": "Rows with this `{column}`.",
    "prefix": "Rows whose `{column}` begins with this, whatever the capitals.",
    "at_least": "Rows whose `{column}` is at least this; those where it is not known are left out.",
    "at_most": "Rows whose `{column}` is at most this; those where it is not known are left out.",
    "contains": "Rows with this among their `{column}`.",
}


class Query(BaseModel):
    """What every read takes. A parameter that a resource does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    explain: bool = Field(
        False, description="Also tell what each figure is made of: formula, inputs, sources, payloads, run."
    )


class PageQuery(Query):
    """What every page takes beside its filters."""

    limit: int = Field(
        DEFAULT_ROWS,
        ge=1,
        le=LARGEST_ROWS,
        description="Most rows of the page; no more than the setting `UPBEAT_API_LARGEST_PAGE`.",
    )
    cursor: str | None = Field(
        None, min_length=1, max_length=2_000, description="`next` of the page before, as it was sent."
    )


@cache
def query_model(resource: Resource) -> type[Query]:
    """The parameters of a resource as a model: its filters, and for a page sorting, limit and cursor."""
    if resource.single:
        return Query
    fields: dict[str, Any] = {name: _field(resource, used) for name, used in resource.filters.items()}
    if resource.sorts:
        ways = tuple(way for name in resource.sorts for way in (name, f"-{name}"))
        fields["sort"] = (
            Literal[ways],
            Field(resource.sort, description="A leading `-` sorts down. Rows without the figure come last."),
        )
    return create_model(f"{resource.name}_query", __base__=PageQuery, **fields)


@cache
def place_model(resource: Resource) -> type[BaseModel]:
    """What the path names."""
    from upbeat.api.published.catalogue import PLATFORMS

    fields: dict[str, Any] = {
        name: (Literal[PLATFORMS] if name == "platform" else type_of(resource, name), ...)
        for name in resource.place
    }
    return create_model(f"{resource.name}_place", **fields)


def type_of(resource: Resource, column: str) -> Any:
    """What a value of this column is in Python; of an array, one of its elements."""
    kind = resource.columns[column].type.removesuffix("[]").partition("(")[0]
    return _TYPES[kind]


def _field(resource: Resource, used: Filter) -> tuple[Any, Any]:
    kind = Literal[used.choices] if used.choices else type_of(resource, used.column)
    said = _SAID[used.how].format(column=used.column)
    if used.required:
        return kind, Field(description=said)
    return kind | None, Field(None, description=said)
