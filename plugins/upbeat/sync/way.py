"""Which way a version is published: by a swap of the whole table, or in place, by a merge of the rows that differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg

from upbeat.errors import InputError
from upbeat.sync import published
from upbeat.sync.dependents import dependents_of, refuse_lost_view_columns
from upbeat.sync.merge import merge_obstacles
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName

Way = Literal["swap", "merge"]


@dataclass(frozen=True, slots=True)
class PossibleWays:
    """What can be done with the published table as it is.

    Attributes:
        ways: one, or both where the share of rows that differ decides.
        reason: why, in words.
        added_columns: that the published table does not have yet.
        carried: what a swap would make anew on the next version.
    """

    ways: frozenset[Way]
    reason: str
    added_columns: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)


def possible_ways(
    connection: psycopg.Connection[Any], plan: Plan, *, change_columns: bool = False
) -> PossibleWays:
    """Look at the published table, in a transaction.

    Raises:
        InputError: it can be published neither way, or not in the one that the plan asks for; names what is in the way.
    """
    live = TableName(LIVE, plan.table)
    if not published.exists(connection, live):
        return PossibleWays(frozenset({"swap"}), "nothing is published yet")
    pointed_at = published.only_in_place(connection, live)
    obstacles = merge_obstacles(connection, plan, live)
    if plan.publish == "merge" or (pointed_at and plan.publish == "auto"):
        if obstacles:
            raise InputError(
                f"{plan.name}: {live.text} cannot be changed in place: {'; '.join(obstacles)}. ALTER TABLE it, or "
                f"publish it once by a swap{' (first drop: ' + '; '.join(pointed_at) + ')' if pointed_at else ''}"
            )
        reason = f"it has {'; '.join(pointed_at)}" if pointed_at else "the plan says so"
        return PossibleWays(frozenset({"merge"}), reason)
    published.refuse_what_is_not_carried(connection, plan, live)
    added = _columns_of_swap(connection, plan, live, change_columns=change_columns)
    carried = dependents_of(connection, live).words
    if any(index.unique for index in plan.indexes):
        # Postgres looks at a unique index row by row: two rows that exchange their values would be refused.
        obstacles.append("it has a unique index beside its key")
    if plan.publish == "swap" or obstacles:
        reason = "the plan says so" if plan.publish == "swap" else "; ".join(obstacles)
        return PossibleWays(frozenset({"swap"}), reason, added, carried)
    share = f"a merge when no more than {plan.merge_share:.1%} of the rows differ, else a swap"
    return PossibleWays(frozenset({"swap", "merge"}), share, added, carried)


def _columns_of_swap(
    connection: psycopg.Connection[Any], plan: Plan, live: TableName, *, change_columns: bool
) -> list[str]:
    before = published.column_types(connection, live)
    after = {column.name: column.catalogue_type for column in plan.columns}
    refuse_lost_view_columns(
        connection, plan, live, [name for name, kind in before.items() if after.get(name) != kind]
    )
    if change_columns:
        return [name for name in after if name not in before]
    return published.refuse_changed_columns(plan, before, after)
