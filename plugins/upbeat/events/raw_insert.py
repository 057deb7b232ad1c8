"""Inserts columns into the raw tables, and tells from ClickHouse's error code who is at fault: data, table or server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from upbeat.errors import StoreUnavailableError, UpbeatError
from upbeat.events.batch import deduplication_token
from upbeat.events.encode import Encoded
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.stores import clickhouse

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

# Codes of ClickHouse's ErrorCodes.cpp that a value in the rows causes: the batch is bisected down to that row.
DATA_CODES = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        19,  # SIZES_OF_COLUMNS_DOESNT_MATCH
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        131,  # TOO_LARGE_STRING_SIZE
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        407,  # DECIMAL_OVERFLOW
        469,  # VIOLATED_CONSTRAINT
        691,  # UNKNOWN_ELEMENT_OF_ENUM
    }
)
# The server is away, full or busy: the same insert may pass later. Any other code is the table's trouble, a table that is
# read-only (242) among them: its kind waits, the others go on.
SERVER_CODES = frozenset(
    {
        3,  # UNEXPECTED_END_OF_FILE
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR: a disk that fills up within the write
        76,  # CANNOT_OPEN_FILE
        159,  # TIMEOUT_EXCEEDED
        160,  # TOO_SLOW
        164,  # READONLY
        173,  # CANNOT_ALLOCATE_MEMORY
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        394,  # QUERY_WAS_CANCELLED
        425,  # SYSTEM_ERROR
        516,  # AUTHENTICATION_FAILED
        999,  # KEEPER_EXCEPTION
    }
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class DataRefusedError(UpbeatError):
    """ClickHouse refuses a value of these rows."""


class TableRefusedError(UpbeatError):
    """ClickHouse refuses the whole table (missing, another shape, no right to it): its kind waits for a person."""


class RawTables:
    """The raw tables of one ClickHouse. The client is opened when needed and again after a failure."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    def ask(self) -> None:
        """See whether ClickHouse answers. Costs nothing while a client is open.

        Raises:
            StoreUnavailableError: it does not.
        """
        self._open()

    def insert(self, table: str, kind: str, rows: Encoded, *, comment: str) -> None:
        """Store the rows by one insert whose token names them, so that a repeat of it is dropped.

        Raises:
            DataRefusedError, TableRefusedError: see there.
            StoreUnavailableError: ClickHouse does not answer or is too busy.
        """
        from clickhouse_connect.driver.exceptions import ClickHouseError

        try:
            self._open().insert(
                table,
                rows.values,
                column_names=rows.names,
                column_type_names=rows.types,
                column_oriented=True,
                settings={
                    "insert_deduplication_token": deduplication_token(kind, rows.columns, rows.events),
                    "log_comment": comment,
                    # An import of old exports may hold more months than the server's default of 100 partitions.
                    "max_partitions_per_insert_block": 0,
                    # The client sends blocks of 2 MB: together they are one insert and, by month, one part.
                    "min_insert_block_size_rows": len(rows.events),
                    "min_insert_block_size_bytes": 0,
                    # Batches are made here, and their repeats are known by the token: no second buffer in the server.
                    "async_insert": 0,
                    # FINAL hides repeats; looking for them within a batch would take half of the insert's time.
                    "optimize_on_insert": 0,
                },
            )
        except (ClickHouseError, OSError) as error:
            raise self._sorted(error, table) from error
        failpoint("sink_after_insert")

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> Client:
        if self._client is None:
            self._client = clickhouse.client(
                self._settings,
                database=self._settings.clickhouse_raw_database,
                comment="upbeat sink",
                # lz4 costs more than it saves on the way to the same machine.
                compress="lz4" if self._is_remote() else False,
                # An insert that outlives its lease would be sent a second time by another sink.
                send_receive_timeout=max(1, int(self._settings.sink_lease_seconds / 2)),
            )
        return self._client

    def _is_remote(self) -> bool:
        return urlsplit(self._settings.clickhouse_http_url()).hostname not in LOOPBACK

    def _sorted(self, error: Exception, table: str) -> UpbeatError:
        from clickhouse_connect.driver.exceptions import DataError

        code = getattr(error, "code", None)
        line = " ".join(str(error).split())[:300]
        if code in DATA_CODES or isinstance(error, DataError):
            return DataRefusedError(f"ClickHouse refuses the row for {table}: {line}")
        if code is None or code in SERVER_CODES:
            self.close()
            return StoreUnavailableError(f"ClickHouse does not take events: {line}")
        return TableRefusedError(
            f"ClickHouse refuses {self._settings.clickhouse_raw_database}.{table}: {line}"
        )
