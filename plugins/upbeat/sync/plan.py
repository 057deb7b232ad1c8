"""Plans: one YAML file in `include/sync` per table that is published from ClickHouse to Postgres."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

PLANS_FOLDER = REPOSITORY / "include" / "sync"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,54}$")]
# The types whose text form ClickHouse writes and Postgres reads with the same meaning; each has a test.
_TYPE = re.compile(
    r"timestamptz|(text|smallint|integer|bigint|real|double precision|numeric\(\d{1,4}, ?\d{1,4}\)|"
    r"boolean|date|uuid|jsonb)(\[\])?"
)
_TYPES_IN_WORDS = (
    "text, smallint, integer, bigint, real, double precision, numeric(p, s), boolean, date, uuid, jsonb, each also "
    "with [], and timestamptz"
)


def _known_type(value: str) -> str:
    if not _TYPE.fullmatch(value):
        raise ValueError(f"{value!r} is no type of a plan, which are {_TYPES_IN_WORDS}")
    return value


PostgresType = Annotated[str, AfterValidator(_known_type)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanColumn(_Strict):
    """A published column. `source` is a ClickHouse expression over the mart; empty takes the column of this name."""

    name: Name
    type: PostgresType
    nullable: bool = False
    source: str = ""
    description: str = ""

    @property
    def catalogue_type(self) -> str:
        """The type as Postgres' catalogue spells it."""
        return "timestamp with time zone" if self.type == "timestamptz" else self.type.replace(", ", ",")

    @property
    def expression(self) -> str:
        """The ClickHouse expression of the value."""
        return f"({self.source})" if self.source else f"`{self.name}`"


class PlanIndex(_Strict):
    """An index of the published table, beside its key's.

    Attributes:
        prefix_of: a text column that is searched by its beginning, whatever the capitals; it stands behind `columns`.
        element_of: an array that is searched for one of its elements; it stands alone.
    """

    columns: tuple[Name, ...] = ()
    prefix_of: Name | None = None
    element_of: Name | None = None
    unique: bool = False

    @model_validator(mode="after")
    def _is_over_something(self) -> Self:
        if not self.named:
            raise ValueError("it names no column: write `columns`, `prefix_of`, both, or `element_of`")
        if self.element_of and (self.columns or self.prefix_of or self.unique):
            raise ValueError(
                "an index for a search in an array (element_of) is over nothing else, and not unique"
            )
        if self.unique and self.prefix_of:
            raise ValueError("an index for a search by beginnings cannot be unique")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that it is over."""
        if self.element_of:
            return (self.element_of,)
        return (*self.columns, self.prefix_of) if self.prefix_of else self.columns


class Checks(_Strict):
    """What must hold before the swap.

    Attributes:
        min_rows: fewer rows are refused.
        max_drop_ratio: 0.3 refuses a table that has lost more than 30 % of the rows published last.
        tolerated_drop_rows: so few rows fewer are never refused, unless none is left: small tables shrink by leaps.
        max_age_hours: refuses a mart whose newest `freshness` value is older; empty checks no age.
    """

    min_rows: int = Field(1, ge=0)
    max_drop_ratio: float = Field(0.3, ge=0, le=1)
    tolerated_drop_rows: int = Field(0, ge=0)
    max_age_hours: float | None = Field(None, gt=0)


class Plan(_Strict):
    """What is published, as what, and when it is refused.

    Attributes:
        format: of the staged file. `binary` loads fastest; `text` can be read by people.
        publish: `swap` replaces the whole table; `merge` changes the rows that differ, in place; `auto` merges where a
            swap cannot (incoming foreign keys, publications) and where no more than `merge_share` of the rows differ.
    """

    name: Name
    description: str = ""
    mart: str = Field(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")
    table: Name
    columns: tuple[PlanColumn, ...] = Field(min_length=1)
    key: tuple[Name, ...] = Field(min_length=1)
    indexes: tuple[PlanIndex, ...] = ()
    freshness: Name | None = None
    format: Literal["binary", "text"] = "binary"
    publish: Literal["auto", "swap", "merge"] = "auto"
    merge_share: float = Field(0.02, ge=0, le=1)
    checks: Checks = Checks()
    swap_wait_seconds: float = Field(60, gt=0, le=3600)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column stands twice")
        for used in (self.key, *(index.named for index in self.indexes)):
            if missing := [name for name in used if name not in names]:
                raise ValueError(f"{', '.join(missing)}: is no column of the plan")
        if nullable := [c.name for c in self.columns if c.nullable and c.name in self.key]:
            raise ValueError(f"{', '.join(nullable)}: a column of the key cannot be nullable")
        types = {column.name: column.type for column in self.columns}
        if wrong := [
            index.prefix_of for index in self.indexes if types.get(index.prefix_of or "", "text") != "text"
        ]:
            raise ValueError(f"{wrong[0]}: only a text is searched by its beginning (prefix_of)")
        searched = [index.element_of for index in self.indexes if index.element_of]
        if wrong := [name for name in searched if not types[name].endswith("[]")]:
            raise ValueError(f"{wrong[0]}: only an array is searched for an element (element_of)")
        if self.checks.max_age_hours is not None and self.freshness is None:
            raise ValueError("max_age_hours needs `freshness`, the mart's column that says how new it is")
        indexes = [self.index_name(index) for index in self.indexes]
        if len(set(indexes)) != len(indexes):
            raise ValueError("an index stands twice")
        return self

    def index_name(self, index: PlanIndex) -> str:
        """Its name in Postgres, the same in every version of the table."""
        kind = "prefix_idx" if index.prefix_of else "idx"
        return f"{self.table}_{'_'.join(index.named)}_{kind}"[:63]

    @property
    def key_name(self) -> str:
        """Name of the primary key's constraint and index."""
        return f"{self.table}_pkey"


def load_plan(name: str, folder: Path = PLANS_FOLDER) -> Plan:
    """Read the plan of this name.

    Raises:
        InputError: there is none, or its file says something that cannot be.
    """
    plans = {path.stem: path for path in folder.glob("*.yaml")}
    if name not in plans:
        raise InputError(
            f"there is no sync plan {name!r}: the plans are {', '.join(sorted(plans)) or 'none'}"
        )
    path = plans[name]
    content: object = None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan = Plan.model_validate(content)
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise InputError(f"{path}: {_problem(content, error)}") from error
    if plan.name != name:
        raise InputError(f"{path}: its name is {plan.name!r}; name file and plan alike")
    return plan


def load_plans(folder: Path = PLANS_FOLDER) -> list[Plan]:
    """All plans by name.

    Raises:
        InputError: a plan is wrong, or two publish the same table.
    """
    plans = [load_plan(path.stem, folder) for path in sorted(folder.glob("*.yaml"))]
    tables = [plan.table for plan in plans]
    if twice := sorted({table for table in tables if tables.count(table) > 1}):
        raise InputError(f"{folder}: {', '.join(twice)} is published by two plans")
    return plans


def _problem(content: Any, error: ValidationError) -> str:
    """The first thing that is wrong, with its place: columns and indexes count from 1, a column has its name beside."""
    first = error.errors(include_url=False)[0]
    words = first["msg"].removeprefix("Value error, ")
    if first["type"] == "string_pattern_mismatch":
        words += f", not {first['input']!r}"
    place = list(first["loc"])
    if len(place) > 1 and place[0] in ("columns", "indexes") and isinstance(place[1], int):
        entry = content[place[0]][place[1]]
        name = entry.get("name") if isinstance(entry, dict) and place[2:] != ["name"] else None
        told = "column" if place[0] == "columns" else "index"
        place[:2] = [f"{told} {place[1] + 1}{f' ({name})' if name else ''}"]
    return f"{'.'.join(map(str, place))}: {words}" if place else words
