"""The work under way when a release begins: what a drain will wait for, and what waits for the new code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from upbeat.operations.deploy_findings import Finding
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import connect

_SQL = load_statements(Path(__file__).with_suffix(".sql"))


def work_findings(settings: Settings) -> list[Finding]:
    """Notes on running tasks, waiting events and who is connected; none on a database without schemas. Raises StoreUnavailableError."""
    with connect(settings, autocommit=True, application="upbeat deploy check") as connection:
        if _row(connection, "has_schema")["found"] is None:
            return []
        tasks, events = _row(connection, "running_tasks"), _row(connection, "waiting_events")
        parts = connection.execute(_SQL["connected"].encode()).fetchall()
    return [_tasks(tasks), _events(events), _parts(parts)]


def _row(connection: Any, statement: str) -> dict[str, Any]:
    return dict(connection.execute(_SQL[statement].encode()).fetchone())


def _tasks(row: dict[str, int | float]) -> Finding:
    if not row["tasks"]:
        return Finding("work", "note", "no task runs: workers are drained or idle", {**row, "drained": True})
    what = (
        f"{row['tasks']} tasks run on {row['workers']} workers, the oldest for {row['oldest_seconds']:.0f} s:"
        " SIGTERM lets them end or gives them back"
    )
    return Finding("work", "note", what, {**row, "drained": False})


def _events(row: dict[str, int | float]) -> Finding:
    what = f"{row['events']} events wait in the outbox, {row['claimed']} of them under way"
    return Finding("work", "note", what, row)


def _parts(rows: list[dict[str, str | int]]) -> Finding:
    told = {str(row["application"]): row["connections"] for row in rows}
    what = "connected: " + (", ".join(f"{name} ({count})" for name, count in told.items()) or "nobody")
    return Finding("work", "note", what, {"connections": told})
