"""Finished tasks do not stay for ever: those that ended long ago are archived and deleted, a bounded range of ids at a time.

Archive: `queue-archive/dt=<day that they ended before>/<first id>-<digest>.jsonl.gz` in the bucket of operations, a task per line
with all of its columns. The digest is of the lines: a range whose deletion is lost is archived again under the same key, and other
tasks of the range that end later, or another process that prunes it too, never write over what is there.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from upbeat.queue.statements import SQL

_RANGE = 20_000
Archive = Callable[[str, bytes], None]
"""Stores a body under a key: `ObjectStore.put`."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many tasks ended before `before`; `deleted` tells whether they are gone."""

    before: datetime
    tasks: int
    deleted: bool


def prune(
    connection: psycopg.Connection[Any],
    before: datetime,
    *,
    delete: bool,
    archive: Archive | None = None,
    on_progress: Callable[[int], None] = lambda tasks: None,
) -> Pruned:
    """Count, or delete, the tasks that ended before a time. Open tasks stay, however old.

    Walks the ids from the lowest up to the first range that was created since: no task ends before it is created. Each
    range is a transaction of its own, so that nothing is locked for long and a stop loses nothing.

    Args:
        connection: in autocommit mode; rows are dictionaries.
        archive: where what is deleted goes first; None keeps nothing of it.
        on_progress: told the count so far after each range.
    """
    tasks = 0
    row = connection.execute(SQL["next_id"].encode(), {"first": 0}).fetchone()
    while row is not None and row["id"] is not None:
        bounds = {"first": row["id"], "last": row["id"] + _RANGE - 1, "before": before}
        found = connection.execute(SQL["old_between"].encode(), bounds).fetchone()
        if found is None or (found["first_created"] is not None and found["first_created"] >= before):
            break
        if found["old"]:
            if delete:
                _delete(connection, bounds, archive)
            tasks += found["old"]
            on_progress(tasks)
        row = connection.execute(SQL["next_id"].encode(), {"first": bounds["last"] + 1}).fetchone()
    return Pruned(before, tasks, delete)


def _delete(connection: psycopg.Connection[Any], bounds: dict[str, Any], archive: Archive | None) -> None:
    with connection.transaction():
        if archive is not None:
            rows = connection.execute(SQL["old_lines_between"].encode(), bounds).fetchall()
            if rows:
                body = "".join(f"{row['line']}\n" for row in rows).encode()
                archive(archive_key(bounds["before"], bounds["first"], body), gzip.compress(body))
        connection.execute(SQL["delete_old_between"].encode(), bounds)


def archive_key(before: datetime, first_id: int, body: bytes) -> str:
    """Where the lines of a range of tasks lie that ended before a time."""
    digest = hashlib.sha256(body).hexdigest()[:16]
    return f"queue-archive/dt={before:%Y-%m-%d}/{first_id}-{digest}.jsonl.gz"
