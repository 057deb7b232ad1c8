"""An INSERT whose data comes in pieces: the engine reads them from a pipe as if it were a file, in constant memory.

chdb's own streaming insert (`send_insert`) is not used: in 4.4 it reports success when the insert fails after its data
was parsed (a violated constraint, an expression that throws), and rows that were acknowledged are nowhere.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace

from upbeat.embedded.clickhouse_face.engine import Connection, Engine, Outcome, Ticket, close_quietly
from upbeat.embedded.clickhouse_face.errors import ClickHouseError


class Insert:
    """One INSERT, from its first piece to its end. `head` ends before SETTINGS and FORMAT, `settings` may be empty."""

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        ticket: Ticket,
        *,
        head: bytes,
        settings: bytes,
        input_format: str,
        parameters: dict[str, str],
    ) -> None:
        self._engine = engine
        self._connection = connection
        self._ticket = ticket
        self._parameters = parameters
        self._read_end, self._write_end = os.pipe()
        self._sql = b"%b\nFROM INFILE '/dev/fd/%d' COMPRESSION 'none' %b\nFORMAT %b\n/* %b */" % (
            head, self._read_end, settings, input_format.encode(), ticket.mark.encode(),
        )  # fmt: skip
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None
        ticket.findable = True
        self._thread = threading.Thread(target=self._run, name="insert", daemon=True)
        self._thread.start()

    def append(self, data: bytes) -> None:
        """Feed a piece; waits while the engine is slower. Raises what the INSERT failed with."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._write_end, rest) :]
        except BrokenPipeError:
            self._end()

    def finish(self) -> Outcome:
        """Store what was fed. When this returns, the rows are in the table."""
        return self._end()

    def cancel(self) -> None:
        """Give the INSERT up: rows of the last block are not stored; blocks before it stay, as on a server."""
        # Killed before its data ends: to the engine the end of a pipe is the end of good data.
        self._engine.kill_surely(self._ticket, while_true=self._thread.is_alive)
        self._close()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._outcome = self._connection.run(self._sql, parameters=self._parameters)
        except BaseException as error:
            self._error = error
        finally:
            os.close(self._read_end)  # whoever still feeds sees that nobody reads

    def _end(self) -> Outcome:
        self._close()
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise ClickHouseError(1002, "The INSERT ended without an answer")
        outcome = self._outcome
        return replace(outcome, read_rows=outcome.written_rows, read_bytes=outcome.written_bytes)

    def _close(self) -> None:
        if self._write_end >= 0:
            close_quietly(self._write_end)
            self._write_end = -1
