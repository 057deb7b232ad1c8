"""What a process did, by kind and minute, added to `beat.event_minute` every few seconds. Never at the work's expense."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.events.stage_counts import Stage, StageCounts
from upbeat.logs import get_logger
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements

log = get_logger(__name__)
SQL = load_statements(Path(__file__).parent / "minutes.sql")

WRITE_SECONDS = 5.0
KEPT = timedelta(days=7)
PRUNE_SECONDS = 3600.0
MOST_HELD = 2000
"""Kinds × minutes that are held while Postgres is away; the oldest are dropped first."""


class Minutes:
    """Counts that are not written yet. Any thread may add to them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[int, str], StageCounts] = {}

    def add(self, kind: str, counts: StageCounts) -> None:
        """Count it for this minute."""
        minute = int(self._clock()) // 60 * 60
        with self._lock:
            self._counts.setdefault((minute, kind), StageCounts()).add(counts)

    def take(self) -> dict[tuple[int, str], StageCounts]:
        """All counts by minute (Unix seconds) and kind; they are the caller's now."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def put_back(self, taken: dict[tuple[int, str], StageCounts]) -> None:
        """They could not be written: the next attempt has them again."""
        with self._lock:
            for key, counts in taken.items():
                self._counts.setdefault(key, StageCounts()).add(counts)
            for key in sorted(self._counts)[: max(0, len(self._counts) - MOST_HELD)]:
                del self._counts[key]


class MinuteWriter:
    """A thread that writes the counts every few seconds, and once more at the end.

    What fails is tried again with the next counts; counts may be lost or (when Postgres goes away just as it commits)
    counted twice, events never are.
    """

    def __init__(self, settings: Settings, stage: Stage, *, every: float = WRITE_SECONDS) -> None:
        self.minutes = Minutes()
        self._settings = settings
        self._stage = stage
        self._every = every
        self._ends = threading.Event()
        self._pruned_at = 0.0
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=f"{stage} minutes", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what is left and end the thread; waits at most some seconds for a Postgres that is away."""
        self._ends.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._ends.wait(self._every):
            self.write()
        self.write()

    def write(self) -> None:
        """Add the counts so far to the table; on failure they stay for the next time."""
        taken = self.minutes.take()
        if not taken:
            return
        try:
            with postgres.connect(self._settings, application=f"upbeat {self._stage} minutes") as connection:
                connection.execute(SQL["add_minutes"], {"stage": self._stage, "rows": _rows(taken)})
                self._prune(connection)
        except (StoreUnavailableError, psycopg.Error) as error:
            self.minutes.put_back(taken)
            if not self._failed:
                log.warning("statistics of events are not written", problem=str(error).splitlines()[0])
            self._failed = True
        else:
            self._failed = False

    def _prune(self, connection: psycopg.Connection[Any]) -> None:
        if time.monotonic() - self._pruned_at < PRUNE_SECONDS and self._pruned_at:
            return
        connection.execute(SQL["forget_old_minutes"], {"keep": KEPT})
        self._pruned_at = time.monotonic()


def _rows(taken: dict[tuple[int, str], StageCounts]) -> Any:
    from psycopg.types.json import Jsonb

    return Jsonb(
        [
            {
                "minute": minute,
                "kind": kind,
                "events": counts.events,
                "batches": counts.batches,
                "parked": counts.parked,
                "lags": counts.lags,
                "lag_max": counts.lag_max,
            }
            for (minute, kind), counts in taken.items()
        ]
    )
