"""The tour's last act: every table of the product is published."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from upbeat.errors import UpbeatError
from upbeat.settings import Settings
from upbeat.sync.plan import load_plans
from upbeat.sync.publish_plans import publish_plan, publish_plans


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """The tables of schema `app` that were published, each with its rows, and how long that took in seconds."""

    rows: dict[str, int]
    seconds: float

    def lines(self) -> list[str]:
        """What the tour says of them: one that is empty has nothing behind it in the sandbox, as README tells."""
        filled = sorted(
            (table for table, rows in self.rows.items() if rows), key=lambda table: -self.rows[table]
        )
        empty = sorted(set(self.rows) - set(filled))
        shown = ", ".join(f"{table} {self.rows[table]:,}" for table in filled)
        told = [f"{len(self.rows)} tables in {self.seconds:.0f} s, with their rows: {shown}"]
        if empty:
            told.append(f"without rows (README says why): {', '.join(empty)}")
        return told


def publish_all(settings: Settings) -> PublishedTables:
    """Publish every plan, as `upbeat sync --all` does it.

    Raises:
        UpbeatError: one was not published; the others were.
    """
    started = time.monotonic()
    run_id = f"demo-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    outcomes = list(publish_plans(load_plans(), lambda plan: publish_plan(settings, plan, run_id)))
    if errors := [outcome.unpublished["error"] for outcome in outcomes if outcome.unpublished]:
        raise UpbeatError(f"{len(errors)} tables were not published: {'; '.join(errors)}")
    reports = [outcome.report for outcome in outcomes if outcome.report]
    rows = {report["table"].partition(".")[2]: report["rows"] for report in reports}
    return PublishedTables(rows, time.monotonic() - started)
