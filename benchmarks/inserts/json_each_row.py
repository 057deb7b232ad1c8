"""The peer's way into ClickHouse: the rows as JSON lines, parsed by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbeat.events.batch import deduplication_token
from upbeat.events.encode import Encoded
from upbeat.settings import Settings
from upbeat.stores import clickhouse

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


class JsonEachRow:
    """A `Destination`. The bodies are valid by then and go out as they are, with the event's id put in: no cheaper way is known.

    One client, whose connection is kept; no compression on loopback; the same token, and the same savings in the server.
    """

    def __init__(self, settings: Settings) -> None:
        self._client: Client = clickhouse.client(
            settings, database=settings.clickhouse_raw_database, comment="json each row", compress=False
        )
        self._settings = {
            "async_insert": 0,
            "optimize_on_insert": 0,
            "date_time_input_format": "best_effort",
            "input_format_skip_unknown_fields": 1,
        }

    def ask(self) -> None:
        """See `Destination`. The client would not be there."""

    def insert(self, table: str, kind: str, rows: Encoded, *, comment: str) -> None:
        """See `Destination`."""
        lines = [b'%b, "_event_id": %d}' % (event.body[:-1], event.id) for event in rows.events]
        self._client.raw_insert(
            table,
            column_names=rows.names,
            insert_block=b"\n".join(lines),
            fmt="JSONEachRow",
            settings=self._settings
            | {"insert_deduplication_token": deduplication_token(kind, rows.columns, rows.events)},
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
