"""What enrichment has cost: sums over every call, in whole nanodollars, so that parts add up to their total exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import psycopg

from upbeat.enrichment.budget import Spend
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.ledger_rows import Mode
from upbeat.errors import InputError
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("cost_report.sql"))

Part = Literal["kind", "model", "day", "mode"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What a report may be split by. Beside these the sandbox and real models are apart in every report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """Sums over calls. Of `kind`, `model`, `day` and `mode` those are None that the report is not split by. Money in nanodollars.

    Attributes:
        repairs: of the calls, those that repaired a malformed answer.
        failed: without an answer and without a price.
        lost: that may have been paid for, of processes that were killed or that gave up waiting.
        under_way: started and not ended.
        paid: of the answered calls.
        lost_at_most: the most that the lost ones can have cost; counts as spent.
        reserved: the most that those under way can cost.
    """

    is_sandbox: bool
    kind: Kind | None = None
    model: str | None = None
    day: date | None = None
    mode: Mode | None = None
    calls: int = 0
    repairs: int = 0
    answered: int = 0
    failed: int = 0
    lost: int = 0
    under_way: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    paid: int = 0
    lost_at_most: int = 0
    reserved: int = 0

    @property
    def spent(self) -> int:
        """What the day's budget was charged."""
        return self.paid + self.lost_at_most


FIGURES = tuple(field.name for field in fields(CostRow) if field.name not in (*PARTS, "is_sandbox"))


def cost_report(
    connection: psycopg.Connection[Any],
    *,
    since: date | None = None,
    until: date | None = None,
    by: Sequence[Part] = PARTS,
) -> list[CostRow]:
    """The cost of the days from `since` to `until`, both included, split by `by`; rows of the connection are dictionaries."""
    if since is not None and until is not None and since > until:
        raise InputError(f"--since {since} is after --until {until}")
    found = connection.execute(SQL["calls_by_day"].encode(), {"since": since, "until": until}).fetchall()
    return summed((CostRow(**row) for row in found), by)


def summed(rows: Iterable[CostRow], by: Sequence[Part] = ()) -> list[CostRow]:
    """The rows added up over all that is not in `by`; real models first, then by the parts in their order. Pure."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        parts: dict[str, Any] = {part: getattr(row, part) for part in by}
        total = sums.setdefault(
            (row.is_sandbox, *parts.values()),
            {"is_sandbox": row.is_sandbox, **parts, **dict.fromkeys(FIGURES, 0)},
        )
        for name in FIGURES:
            total[name] += getattr(row, name)
    return [CostRow(**sums[key]) for key in sorted(sums)]


def spend_today(connection: psycopg.Connection[Any]) -> list[tuple[Spend, int]]:
    """The day's gate of real models, then of the sandbox, each with the number of calls under way."""
    found: list[Mapping[str, Any]] = connection.execute(SQL["spend_today"].encode()).fetchall()
    return [
        (
            Spend(day=row["day"], is_sandbox=row["is_sandbox"], spent=row["spent"], reserved=row["reserved"]),
            row["under_way"],
        )
        for row in found
    ]


def answers_about(
    connection: psycopg.Connection[Any], handle: str, platform: str | None = None
) -> list[dict[str, Any]]:
    """What is known of a creator: one row for each kind, version and model, the newest first."""
    values = {"handle": handle.strip().lstrip("@"), "platform": platform}
    return connection.execute(SQL["answers_about"].encode(), values).fetchall()
