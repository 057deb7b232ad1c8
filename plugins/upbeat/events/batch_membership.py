"""The membership of batches in Postgres, so that a batch is the same after a crash. Losing it only costs repeats on disk."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements

log = get_logger(__name__)
SQL = load_statements(Path(__file__).parent / "batch_membership.sql")

# A Postgres that is away is asked again after so long: batches must not wait for it one by one.
AWAY_SECONDS = 5.0
PRUNE_SECONDS = 600.0
_BEYOND_SIGNED = 2**63
_WRAP = 2**64


class BatchMembership:
    """Remembers which events a batch consists of. Thread-safe; no method raises while Postgres is away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        # Appended to by the thread that acknowledges, which must not wait for Postgres.
        self._acknowledged: deque[str] = deque()
        self._away_until = 0.0
        self._is_away = False
        self._prune_at = 0.0

    def remember(self, batch: str, kind: str, ids: Sequence[int]) -> None:
        """Fix the members of a batch, in their order, before it is sent."""
        with self._lock:
            acknowledged = self._take_acknowledged()
            arguments = {"id": batch, "kind": kind, "event_ids": _array(ids), "acknowledged": acknowledged}
            if self._execute("remember_batch", arguments) is None:
                self._acknowledged.extend(acknowledged)
            self._prune()

    def replace(self, batch: str, ids: Sequence[int]) -> None:
        """The batch consists of these only, since others were parked."""
        with self._lock:
            if ids:
                self._execute("replace_members", {"id": batch, "event_ids": _array(ids)})

    def known(self, kind: str) -> dict[str, list[int]]:
        """The members of the kind's batches, in their order."""
        with self._lock:
            rows = self._execute("known_batches", {"kind": kind}) or []
        return {row["id"]: [number % _WRAP for number in row["event_ids"]] for row in rows}

    def acknowledged(self, batch: str) -> None:
        """All messages of the batch are acknowledged: it is forgotten with the next statement. Does not block."""
        self._acknowledged.append(batch)

    def close(self) -> None:
        """Forget what is to be forgotten, and let go of the connection."""
        with self._lock:
            if self._acknowledged and self._connection is not None:
                self._execute("forget_batches", {"acknowledged": self._take_acknowledged()})
            self._disconnect()

    def _take_acknowledged(self) -> list[str]:
        return [self._acknowledged.popleft() for _ in range(len(self._acknowledged))]

    def _prune(self) -> None:
        if time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + PRUNE_SECONDS
            self._execute("prune_batches", {})

    def _execute(self, name: str, arguments: dict[str, Any]) -> list[dict[str, Any]] | None:
        """The rows of a statement, as one transaction; None while Postgres is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            if self._connection is None or self._connection.closed:
                self._connection = postgres.connect(
                    self._settings, autocommit=True, application="upbeat sink batches"
                )
            cursor = self._connection.execute(SQL[name], arguments)
            rows = cursor.fetchall() if cursor.description else []
        except (psycopg.Error, StoreUnavailableError) as error:
            self._name_problem((str(error) or type(error).__name__).splitlines()[0])
            return None
        if self._is_away:
            log.info("batches have an identity again")
            self._is_away = False
        return rows

    def _name_problem(self, problem: str) -> None:
        self._disconnect()
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not self._is_away:
            log.warning(
                "the sink goes on without the identity of batches: a crash may now cost repeats on disk, which FINAL hides",
                problem=problem,
            )
        self._is_away = True

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _array(ids: Sequence[int]) -> str:
    """As text: the driver would convert thousands of numbers one by one. Postgres has no unsigned bigint."""
    return "{{{}}}".format(
        ",".join(str(number - _WRAP if number >= _BEYOND_SIGNED else number) for number in ids)
    )
