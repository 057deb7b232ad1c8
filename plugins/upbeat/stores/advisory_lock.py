"""A lock between processes of any machine: an advisory one of Postgres that ends with its connection, however that ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE, connect

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_LOOK_SECONDS = 0.5
_LONGEST_APPLICATION_NAME = 63


class AdvisoryLock:
    """One lock by name within a database; held by this object's connection until `release`.

    Asked for again and again rather than waited for in one statement: that would keep a snapshot open, which holds up
    the vacuum of the queue.

    Args:
        application: who holds it, as those read who wait.
    """

    def __init__(self, settings: Settings, name: str, *, application: str) -> None:
        self._settings = settings
        self._name = name
        self._application = application.encode()[:_LONGEST_APPLICATION_NAME].decode(errors="ignore")
        self._connection: psycopg.Connection[Any] | None = None

    def acquire(self, wait_seconds: float, on_wait: Callable[[str], None]) -> None:
        """Take the lock, within `wait_seconds`.

        Args:
            on_wait: told who holds it, once for each holder.

        Raises:
            InputError: it is not free in time; names the holder.
            StoreUnavailableError: Postgres does not answer.
        """
        connection = connect(self._settings, autocommit=True, application=self._application)
        try:
            self._wait(connection, wait_seconds, on_wait)
        except UNAVAILABLE as error:
            connection.close()
            line = (str(error) or type(error).__name__).splitlines()[0]
            raise StoreUnavailableError(f"Postgres did not go on: {line}") from error
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def release(self) -> None:
        """Give it back; nothing when it is not held."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _wait(
        self, connection: psycopg.Connection[Any], wait_seconds: float, on_wait: Callable[[str], None]
    ) -> None:
        deadline = time.monotonic() + wait_seconds
        told = ""
        while not self._row(connection, "try_lock")["locked"]:
            holder = self._holder(connection)
            if time.monotonic() >= deadline:
                raise InputError(
                    f"{self._name}: after {wait_seconds:g} s still locked by {holder}: wait for its end or end it"
                )
            if holder != told:
                on_wait(f"{self._name}: waiting up to {wait_seconds:g} s for {holder}")
                told = holder
            time.sleep(_LOOK_SECONDS)

    def _holder(self, connection: psycopg.Connection[Any]) -> str:
        row = self._row(connection, "holder")
        if not row:
            return "one that has just ended"
        return f"[{row['application']}], since {row['since']:%H:%M:%S} UTC (backend {row['pid']} of Postgres)"

    def _row(self, connection: psycopg.Connection[Any], statement: str) -> dict[str, Any]:
        row = connection.execute(_SQL[statement].encode(), {"name": self._name}).fetchone()
        return dict(row) if row else {}
