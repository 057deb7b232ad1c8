"""What may be read: a published table with its filters and sortings. A request names none of them in its own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from upbeat.sync.plan import Plan, PlanColumn, load_plan

How = Literal["equal", "prefix", "at_least", "at_most", "contains"]
Owner = Literal["account", "collection", "campaign"]
OBSERVED = ("observed_at", "scored_at", "observed_on")
"""Columns that tell when something was seen, the best first."""
COMPUTED = "updated_at"
"""Of most tables the column that tells when a row was computed; of some it is when it was observed (`Resource.observed`)."""
_NUMBERS = ("bigint", "integer", "smallint", "double precision", "real", "numeric")


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter that leaves rows out.

    Attributes:
        column: what it looks at.
        how: `prefix` heeds no capitals; `contains` looks into an array.
        required: the request is refused without it.
        choices: the only values; empty: any of the column's type.
    """

    column: str
    how: How = "equal"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Resource:
    """A published table as a resource of the API.

    Attributes:
        name: unique; the operation's id in the OpenAPI.
        path: under the prefix of its router; its `{…}` are columns of the table.
        plan_name: the sync plan that publishes the table.
        sorts: columns by which a page may be sorted, each up and down.
        sort: what it is sorted by where nothing is asked for; a leading `-` is down.
        owner: how the rows belong to a customer; None: they are public figures.
        single: one row, no page; `path` names the whole key.
        observed: the column that tells when something was seen; None: as `OBSERVED` says.
    """

    name: str
    path: str
    plan_name: str
    summary: str
    sorts: tuple[str, ...] = ()
    sort: str = ""
    filters: dict[str, Filter] = field(default_factory=dict)
    owner: Owner | None = None
    single: bool = False
    observed: str | None = None

    @cached_property
    def plan(self) -> Plan:
        """The plan of the table: columns, types, key."""
        return load_plan(self.plan_name)

    @cached_property
    def columns(self) -> dict[str, PlanColumn]:
        """The columns by name."""
        return {column.name: column for column in self.plan.columns}

    @cached_property
    def place(self) -> tuple[str, ...]:
        """The columns that the path names."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What tells two rows of one answer apart: the table's key without what is the same in all of them."""
        fixed = {f.column for f in self.filters.values() if f.required and f.how == "equal"}
        return tuple(name for name in self.plan.key if name not in fixed and name not in self.place)

    @property
    def computed(self) -> str | None:
        """The column that tells when a row was computed, where there is one."""
        return None if self.observed == COMPUTED or COMPUTED not in self.columns else COMPUTED

    def order(self, column: str) -> list[str]:
        """The columns that rows are sorted by where this one is asked for, or none: no two rows are the same in all of them."""
        return [*([column] if column else []), *(name for name in self.key if name != column)]

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The figures: columns of numbers beyond the key."""
        return tuple(
            name
            for name, column in self.columns.items()
            if column.type.startswith(_NUMBERS) and name not in self.plan.key
        )

    @cached_property
    def observed_column(self) -> str | None:
        """The column that tells when something was seen."""
        if self.observed:
            return self.observed
        return next((name for name in OBSERVED if name in self.columns), None)
