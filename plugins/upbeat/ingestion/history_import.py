"""Stores the history that exports tell: at once for creators that are known, else until they are first collected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from time import sleep
from typing import Any

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.ingestion.history_file import HistoryFile, HistoryRow
from upbeat.ingestion.process import CONFLICT_ATTEMPTS, CONFLICTS
from upbeat.ingestion.tracking import track
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE, connect

_SQL = load_statements(Path(__file__).with_name("history.sql"))
_BATCH = 2_000


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What an import did. `attached` entries went into `profile_log`; the others wait for their creator."""

    file: str
    rows: int
    added: int = 0
    corrected: int = 0
    attached: int = 0
    creators: int = 0
    tracked: int = 0
    rejected: int = 0
    repeated: int = 0
    dry_run: bool = False

    @property
    def unchanged(self) -> int:
        """Rows that were imported before, just so."""
        return self.rows - self.added - self.corrected


def import_history(
    settings: Settings,
    history: HistoryFile,
    name: str,
    *,
    track_handles: bool = False,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Store a file, so many rows at a time; the same file again changes nothing, and completes one that broke off.

    A transaction over a whole file would keep workers from its creators, and the queue's dead rows from the vacuum.

    Args:
        name: the file's name, which names the source of its rows: `import:<name>`.
        track_handles: add the creators to those that are collected.
        dry_run: only count what would change.
        on_progress: told rows done and rows in all.
    """
    report = ImportReport(
        file=name,
        rows=len(history.rows),
        rejected=len(history.rejects),
        repeated=len(history.repeated),
        dry_run=dry_run,
    )
    with connect(settings, autocommit=True, application="upbeat:import") as connection:
        for start in range(0, report.rows, _BATCH):
            batch = history.rows[start : start + _BATCH]
            added, corrected, attached, creators = _store_through_conflicts(
                connection, batch, name, dry_run=dry_run
            )
            report.added += added
            report.corrected += corrected
            report.attached += attached
            report.creators += creators
            on_progress(start + len(batch), report.rows)
        if track_handles and not dry_run:
            with connection.transaction():
                report.tracked = _track(connection, history.rows)
    return report


def _store_through_conflicts(
    connection: psycopg.Connection[Any], rows: Sequence[HistoryRow], name: str, *, dry_run: bool
) -> tuple[int, ...]:
    """One transaction. Workers that attach history of the same creators lock in another order: a deadlock passes."""
    for number in range(CONFLICT_ATTEMPTS):
        try:
            with connection.transaction():
                return _store(connection, rows, name, dry_run=dry_run)
        except CONFLICTS:
            if number + 1 == CONFLICT_ATTEMPTS:
                raise
            sleep(0.01 * 2**number)
        except UNAVAILABLE as error:
            raise StoreUnavailableError(
                f"Postgres went away: {str(error).splitlines()[0]}: import the same file again to complete it"
            ) from error
    raise AssertionError("the last attempt returns or raises")


def _store(
    connection: psycopg.Connection[Any], rows: Sequence[HistoryRow], name: str, *, dry_run: bool
) -> tuple[int, ...]:
    """Rows added and corrected, log entries attached and to how many creators."""
    offered = encode_json([_observation(row, name) for row in rows])
    if dry_run:
        return *_counts(connection, "compare", {"rows": offered}), 0, 0
    handles = sorted({row.handle for row in rows if row.platform is Platform.INSTAGRAM})
    kept = _counts(connection, "keep", {"rows": offered})
    return *kept, *_counts(connection, "attach", {"handles": handles})


def _counts(
    connection: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]
) -> tuple[int, int]:
    row = connection.execute(_SQL[statement].encode(), parameters).fetchone()
    assert row is not None
    first, second = row.values()
    return first, second


def _observation(row: HistoryRow, name: str) -> dict[str, Any]:
    """A row of `beat.imported_observation`. A day's figures are taken to be of its first moment, UTC."""
    dimensions = {"handle": row.handle, "full_name": row.full_name, "category": row.category}
    return {
        "platform": row.platform,
        "handle": row.handle,
        "observed_at": datetime.combine(row.observed_on, time.min, UTC),
        "source": f"import:{name}",
        "dimensions": {field: value for field, value in dimensions.items() if value is not None},
        "metrics": {
            "followers": row.followers,
            "following": row.following,
            "media_count": row.media_count,
        },
    }


def _track(connection: psycopg.Connection[Any], rows: Sequence[HistoryRow]) -> int:
    return sum(
        track(connection, platform, sorted({row.handle for row in rows if row.platform is platform}))
        for platform in sorted({row.platform for row in rows})
    )
