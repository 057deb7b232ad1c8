"""Adding very many tasks: through COPY, batch by batch. A known key adds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg

from upbeat.queue.statements import SQL
from upbeat.queue.tasks import NewTask
from upbeat.stores.json_text import encode_json

# Tasks of one COPY and one transaction: large enough that its fixed costs vanish, small enough that workers start soon.
_COPY_BATCH = 50_000


def enqueue_many(
    connection: psycopg.Connection[Any],
    tasks: Iterable[NewTask],
    *,
    batch_size: int = _COPY_BATCH,
    on_progress: Callable[[int, int], None] = lambda seen, added: None,
) -> int:
    """Add any number of tasks, batch by batch, each batch one transaction and one notification per flow.

    Args:
        connection: in autocommit mode, outside a transaction.
        tasks: read as they are needed; an error in the middle leaves the batches before it on the queue.
        on_progress: told after each batch how many tasks were read and how many of them were new.

    Returns:
        How many were new.
    """
    seen = added = 0
    for batch in _batches(tasks, batch_size):
        with connection.transaction(), connection.cursor() as cursor:
            # "There already" is no news for anybody who enqueues.
            cursor.execute("SET LOCAL client_min_messages = warning")
            cursor.execute(SQL["stage"].encode())
            with cursor.copy(SQL["copy_to_stage"].encode()) as copy:
                for task in batch:
                    copy.write_row(_columns(task))
            cursor.execute(SQL["enqueue_staged"].encode())
            added += cursor.rowcount
        seen += len(batch)
        on_progress(seen, added)
    return added


def _batches(tasks: Iterable[NewTask], size: int) -> Iterator[list[NewTask]]:
    rest = iter(tasks)
    while batch := list(islice(rest, size)):
        yield batch


def _columns(task: NewTask) -> tuple[Any, ...]:
    return (
        task.idempotency_key,
        task.platform.value,
        task.flow,
        encode_json(task.params),
        task.priority,
        task.account_id,
        task.expires_at,
    )
