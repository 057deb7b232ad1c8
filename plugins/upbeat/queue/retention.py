"""Finished tasks do not stay for ever: those that ended long ago are deleted, a bounded range of ids at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from upbeat.queue.statements import SQL

_RANGE = 20_000


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
    on_progress: Callable[[int], None] = lambda tasks: None,
) -> Pruned:
    """Count, or delete, the tasks that ended before a time. Open tasks stay, however old.

    Walks the ids from the lowest up to the first range that was created since: no task ends before it is created. Each
    range is a transaction of its own, so that nothing is locked for long and a stop loses nothing.

    Args:
        connection: in autocommit mode; rows are dictionaries.
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
                connection.execute(SQL["delete_old_between"].encode(), bounds)
            tasks += found["old"]
            on_progress(tasks)
        row = connection.execute(SQL["next_id"].encode(), {"first": bounds["last"] + 1}).fetchone()
    return Pruned(before, tasks, delete)
