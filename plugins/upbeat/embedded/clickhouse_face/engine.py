"""The chdb engine: one per process and folder, a fresh connection per query, results through a pipe.

A connection costs 0.2 ms and keeps its own `USE`, `SET` and temporary tables, so that queries without a session
cannot see each other's state. The engine writes a SELECT's rows in its final format into a pipe
(`INTO OUTFILE '/dev/fd/N'`): any format streams, and a slow reader stops the query instead of filling memory.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from upbeat.embedded.clickhouse_face.errors import SYNTAX_ERROR, ClickHouseError, from_engine

_KILL_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished query tells about itself. Rows and bytes; `body` is empty when rows went to a pipe."""

    body: bytes = b""
    result_rows: int = 0
    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_seconds: float = 0.0


@dataclass(slots=True)
class Ticket:
    """One running query: how it is found again to be cancelled.

    `findable`: its SQL carries `mark` as a comment (an INSERT with inline VALUES cannot).
    """

    query_id: str
    findable: bool = False
    mark: str = field(default_factory=lambda: f"face:{uuid.uuid4().hex}")
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise when the query was cancelled before it reached the engine."""
        if self.cancelled.is_set():
            raise ClickHouseError(394, "Query was cancelled")


class Engine:
    """Owns the folder's engine. Thread-safe; connections it gives out are not."""

    def __init__(self, folder: Path, *, config: Path, defaults: Mapping[str, str]) -> None:
        os.environ["TZ"] = "UTC"  # the engine reads it once: times mean the same on every laptop
        import chdb

        _die_at_once()
        self._connect = chdb.connect
        settings = "".join(f"&{name}={value}" for name, value in defaults.items())
        self._address = f"{folder}?config-file={config}{settings}"
        self._defaults = dict(defaults)
        self._keeper = self._connect(self._address)
        self._running: dict[str, Ticket] = {}
        self._lock = threading.Lock()
        version, timezone, host = _row(self._keeper, "SELECT version(), timezone(), hostName()")
        self.version, self.timezone, self.host = version, timezone, host

    def connection(self) -> Connection:
        """A new connection with this server's defaults."""
        return Connection(self._connect(self._address), self._defaults)

    def begin(self, query_id: str) -> Ticket:
        """Register a query. Raises when one with this id is running."""
        ticket = Ticket(query_id)
        with self._lock:
            if query_id in self._running:
                raise ClickHouseError(
                    216,
                    f"Query with id = {query_id} is already running.",
                    "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
                )
            self._running[query_id] = ticket
        return ticket

    def end(self, ticket: Ticket) -> None:
        """Forget a query that has ended."""
        ticket.finished.set()
        with self._lock:
            self._running.pop(ticket.query_id, None)

    def running(self) -> list[Ticket]:
        """The queries that have begun and not ended."""
        with self._lock:
            return list(self._running.values())

    def kill(self, tickets: Iterable[Ticket]) -> None:
        """Ask the engine once to stop findable queries, which may not have reached it yet.

        All in one statement: it competes for the processor with the very queries that it is to stop.
        """
        marks = ", ".join(f"'{ticket.mark}'" for ticket in tickets)
        connection = self.connection()
        try:
            connection.run(
                f"KILL QUERY WHERE multiSearchAny(query, [{marks}]) AND query_id != queryID() ASYNC"
            )
        finally:
            connection.close()

    def kill_surely(self, ticket: Ticket, *, while_true: Callable[[], bool]) -> None:
        """Kill one findable query, waiting until the engine knows it, as long as `while_true` says that it runs."""
        connection = self.connection()
        try:
            while (
                while_true()
                and not connection.run(
                    f"KILL QUERY WHERE position(query, '{ticket.mark}') > 0 AND query_id != queryID() ASYNC"
                ).body
            ):
                time.sleep(_KILL_PAUSE_SECONDS)
        finally:
            connection.close()

    def close(self) -> None:
        """Close the engine: it flushes and stops with its last connection."""
        self._keeper.close()


class Connection:
    """One engine connection, used by one query at a time."""

    def __init__(self, raw: Any, defaults: Mapping[str, str]) -> None:
        self._raw = raw
        self._defaults = defaults

    def close(self) -> None:
        self._raw.close()

    def set(self, settings: Mapping[str, str]) -> None:
        """Apply settings to this connection. Raises ClickHouseError for an unknown name or a bad value."""
        if settings:
            self.run("SET " + ", ".join(f"{name} = {quote(value)}" for name, value in settings.items()))

    def use(self, database: str) -> None:
        """Make a database the current one."""
        self.run(f"USE {quote_name(database)}")

    def database(self) -> str:
        """The current database."""
        return self.run("SELECT currentDatabase() FORMAT TSVRaw").body.decode().rstrip("\n")

    def changed(self, names: Iterable[str]) -> dict[str, str | None]:
        """The present value of settings that differ from the built-in default; None for the others."""
        values: dict[str, str | None] = dict.fromkeys(names)
        listed = ", ".join(quote(name) for name in values)
        found = self.run(
            f"SELECT name, value FROM system.settings WHERE changed AND name IN ({listed}) FORMAT TSVRaw"  # noqa: S608
        )
        for line in found.body.decode("utf-8", "surrogateescape").splitlines():
            name, _, value = line.partition("\t")
            values[name] = value
        return values

    def restore(self, values: Mapping[str, str | None]) -> None:
        """Put settings back to what `changed` has told."""
        for name, value in values.items():
            kept = self._defaults.get(name) if value is None else value
            self.run(f"SET {name} = {'DEFAULT' if kept is None else quote(kept)}")

    def run(
        self,
        sql: str | bytes,
        *,
        output_format: str = "TabSeparated",
        parameters: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run one statement and keep its whole answer in memory."""
        try:
            result = self._raw.query(sql, output_format, params=dict(parameters or {}))
        except Exception as error:
            raise from_engine(error) from None
        return Outcome(
            body=result.bytes() or b"",
            result_rows=result.rows_read(),
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            written_rows=result.rows_written(),
            written_bytes=result.bytes_written(),
            elapsed_seconds=result.elapsed(),
        )

    def run_into_pipe(
        self,
        head: bytes,
        tail: bytes,
        original: bytes,
        output_format: str,
        pipe: int,
        parameters: Mapping[str, str],
    ) -> Outcome:
        """Run `head tail` with its rows written to the file descriptor `pipe`.

        Whatever the splice makes unreadable (`VALUES (1)`, say) is run as it was written, its answer in memory.
        """
        sql = b"%b\nINTO OUTFILE '/dev/fd/%d' TRUNCATE %b" % (head, pipe, tail)
        try:
            return self.run(sql, output_format=output_format, parameters=parameters)
        except ClickHouseError as error:
            if error.code != SYNTAX_ERROR:
                raise
        return self.run(original, output_format=output_format, parameters=parameters)


def _die_at_once() -> None:
    """A crash ends the process there and then, with a trace of its threads on stderr.

    The library's own handlers of SIGSEGV, SIGABRT and the like wait five minutes for a thread that is to print a trace, and that is not
    there: the thread that crashed keeps its locks, nothing is said, and the process is gone when nobody can tell why any more.
    """
    from chdb import _chdb

    _chdb.set_signal_handlers_enabled(False)  # type: ignore[attr-defined] # its stub leaves it out
    faulthandler.enable()


def quote(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(name: str) -> str:
    """A quoted SQL identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _row(raw: Any, sql: str) -> list[str]:
    return str(raw.query(sql, "TSVRaw").bytes().decode()).rstrip("\n").split("\t")


def close_quietly(descriptor: int) -> None:
    """Close a file descriptor that may be closed already."""
    try:
        os.close(descriptor)
    except OSError:
        return
