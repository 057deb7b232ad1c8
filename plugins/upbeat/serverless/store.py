"""Writes what was read from the stream: scores as current rows with their events, and how far was read, in one transaction.

The upsert is that of all facts: a score that is there already changes nothing and tells nobody, an older one is passed over.
So a record may come any number of times, in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import psycopg

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.ingestion.process import CONFLICT_ATTEMPTS, CONFLICTS, is_data_error
from upbeat.ingestion.rows import Observation, rows_of
from upbeat.ingestion.upsert import upsert_statement
from upbeat.records import FollowerScore, Parsed
from upbeat.serverless.records import Found, SetAside, key_of_score
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a shard was read; `after` is None before its first record."""

    after: str | None = None
    has_ended: bool = False


class ScoreStore:
    """One connection, opened when needed. Every method raises `StoreUnavailableError` while Postgres does not answer."""

    def __init__(self, settings: Settings, stream: str) -> None:
        """
        Args:
            stream: `KinesisStream.identity`, under which the checkpoints stand.
        """
        self._settings = settings
        self._stream = stream
        self._connection: psycopg.Connection[Any] | None = None

    def checkpoints(self) -> dict[str, Checkpoint]:
        """By shard.

        Raises:
            InputError: the schemas are not there yet.
        """
        try:
            rows = (
                self._connected().execute(_SQL["checkpoints"].encode(), {"stream": self._stream}).fetchall()
            )
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise InputError(f"Postgres: {str(error).splitlines()[0]}: run `upbeat migrate`") from error
        return {row["shard_id"]: Checkpoint(row["sequence_number"], row["has_ended"]) for row in rows}

    def write(self, shard: str, checkpoint: Checkpoint, found: Found) -> int:
        """Write a page and how far it goes: all of it or none; how many events tell of scores that changed."""
        for number in range(CONFLICT_ATTEMPTS):
            try:
                with self._connected().transaction():
                    return self._write(shard, checkpoint, found)
            except CONFLICTS:
                if number + 1 == CONFLICT_ATTEMPTS:
                    raise
                sleep(0.01 * 2**number)
            except postgres.UNAVAILABLE as error:
                if isinstance(error, psycopg.OperationalError) and is_data_error(error):
                    raise
                self.close()
                line = (str(error) or type(error).__name__).splitlines()[0]
                raise StoreUnavailableError(f"Postgres went away: {line}") from error
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = postgres.connect(
                self._settings, autocommit=True, application="upbeat score-queue"
            )
        return self._connection

    def _write(self, shard: str, checkpoint: Checkpoint, found: Found) -> int:
        changed, refused = self._upsert(found.scores)
        self._park([*found.set_aside, *refused])
        told = {
            "stream": self._stream,
            "shard": shard,
            "sequence": checkpoint.after,
            "ended": checkpoint.has_ended,
        }
        failpoint("collect_before_checkpoint")
        self._connected().execute(_SQL["note_checkpoint"].encode(), told)
        return changed

    def _upsert(self, scores: Sequence[FollowerScore]) -> tuple[int, list[SetAside]]:
        """How many changed. Scores that Postgres refuses are found by halving, and cost none of the others."""
        if not scores:
            return 0, []
        try:
            with self._connected().transaction():
                return self._upsert_at_once(scores), []
        except psycopg.Error as error:
            if not is_data_error(error):
                raise
            if len(scores) == 1:
                reason = f"the database refused it: {error.diag.message_primary or type(error).__name__}"
                one = scores[0]
                return 0, [SetAside(key_of_score(one), one, one.observed_at, reason)]
        middle = len(scores) // 2
        first, second = self._upsert(scores[:middle]), self._upsert(scores[middle:])
        return first[0] + second[0], first[1] + second[1]

    def _upsert_at_once(self, scores: Sequence[FollowerScore]) -> int:
        rows = rows_of([Observation(Parsed(facts=list(scores)), [], [])])
        changed = 0
        for table, current in rows.current.items():
            given = {"rows": encode_json(current), "event": table.event}
            changed += self._connected().execute(upsert_statement(table), given).rowcount
        return changed

    def _park(self, set_aside: Sequence[SetAside]) -> None:
        if set_aside:
            self._connected().execute(_SQL["park"].encode(), {"rows": encode_json(set_aside)})
