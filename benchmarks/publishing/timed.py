"""Seconds of a way, and the check that it loaded all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from upbeat.sync.plan import Plan


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of both stages."""

    export: float
    load: float

    @property
    def both(self) -> float:
        """Export and load."""
        return self.export + self.load


def check_rows(connection: Any, plan: Plan, rows: int) -> None:
    """All rows are there; then the table goes, and what is dirty is written, so that the next way starts clean."""
    row = connection.execute(f"SELECT count(*) AS n FROM app_next.{plan.table}").fetchone()
    assert row["n"] == rows, row
    connection.execute(f"DROP TABLE app_next.{plan.table}")
    connection.execute("CHECKPOINT")
