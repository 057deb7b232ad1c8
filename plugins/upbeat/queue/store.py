"""The queue in Postgres: claims under leases, finishing with tokens, promotion, expiry and rescue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import orjson
import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.queue.statements import SQL, array_literal, text_array_literal
from upbeat.queue.tasks import INTERACTIVE_KEYS, FlowName, NewTask, OpenWork, Task, TaskEnd, TaskStatus
from upbeat.records import Platform
from upbeat.stores.json_text import encode_json

ENQUEUE_BATCH = 5_000
MAINTENANCE_BATCH = 2_000
# Workers lost with the same task in hand before the task itself is held to be the cause.
CRASH_LIMIT = 10

_PLATFORMS = {platform.value: platform for platform in Platform}


def encode_new_tasks(tasks: Iterable[NewTask]) -> str:
    """The JSON array that the statement `enqueue` reads."""
    rows = [
        {
            "idempotency_key": task.idempotency_key,
            "platform": task.platform.value,
            "flow": task.flow,
            "params": dict(task.params),
            "priority": task.priority,
            "account_id": task.account_id,
            "expires_at": task.expires_at,
        }
        for task in tasks
    ]
    return encode_json(rows)


def enqueue_now(connection: psycopg.Connection[Any], tasks: Sequence[NewTask]) -> int:
    """Add tasks within the caller's transaction, for commands and DAG tasks; workers hear of them at its commit.

    Returns:
        How many were new; a task whose key is known adds nothing.
    """
    added = 0
    for start in range(0, len(tasks), ENQUEUE_BATCH):
        batch = tasks[start : start + ENQUEUE_BATCH]
        added += connection.execute(SQL["enqueue"].encode(), {"tasks": encode_new_tasks(batch)}).rowcount
    return added


def open_flows(connection: psycopg.Connection[Any], flows: Iterable[FlowName]) -> set[FlowName]:
    """Those of these flows that have a task which has not reached its end: pending, waiting, or being run by anyone."""
    rows = connection.execute(SQL["open_flows"].encode(), _named(flows)).fetchall()
    return {(Platform(row["platform"]), row["flow"]) for row in rows}


def open_work(connection: psycopg.Connection[Any], flows: Iterable[FlowName]) -> OpenWork:
    """What is left to do in these flows."""
    row = connection.execute(SQL["open_work"].encode(), _named(flows)).fetchone()
    assert row is not None  # an aggregate's row
    return OpenWork(**row)


async def claim(
    connection: psycopg.AsyncConnection[Any],
    wanted: Mapping[FlowName, int],
    worker: str,
    lease_seconds: float,
    *,
    most: int | None = None,
) -> list[Task]:
    """Take runnable tasks of several flows under one lease, in one statement.

    Args:
        connection: in autocommit mode.
        wanted: how many of each flow at most; the flows are served in this order.
        worker: whose lease it is, for people who look.
        most: how many in all at most.

    Returns:
        The tasks, those of each flow by priority, then age.
    """
    token = str(uuid4())
    room = most if most is not None else sum(wanted.values())
    cursor = psycopg.AsyncRawCursor(connection)
    arguments = claim_arguments(wanted, room, token, worker, lease_seconds)
    await cursor.execute(SQL["claim"].encode(), arguments, prepare=True, binary=True)
    return claimed_tasks(await cursor.fetchall(), token)


def claim_arguments(
    wanted: Mapping[FlowName, int], most: int, token: str, worker: str, lease_seconds: float
) -> list[str]:
    """What the statement `claim` takes, in its order."""
    platforms, flows = _named(wanted).values()
    limits = array_literal(wanted.values())
    return [platforms, flows, limits, str(most), token, worker, str(float(lease_seconds))]


def claimed_tasks(rows: Iterable[Sequence[Any]], token: str) -> list[Task]:
    """The tasks from what it gives, those of each flow by priority, then age."""
    tasks = [_task(row, token) for row in rows]
    # UPDATE … RETURNING does not keep the order of the rows that were picked.
    tasks.sort(key=_claim_order)
    return tasks


async def enqueue_claimed(
    connection: psycopg.AsyncConnection[Any], new: NewTask, worker: str, lease_seconds: float
) -> Task | None:
    """Add a task and hold it at once, for whoever runs it in this process; None when its key is known."""
    token = str(uuid4())
    values = {
        "idempotency_key": new.idempotency_key,
        "platform": new.platform.value,
        "flow": new.flow,
        "params": encode_json(dict(new.params)),
        "priority": new.priority,
        "account_id": new.account_id,
        "expires_at": new.expires_at,
        "token": token,
        "worker": worker,
        "lease_seconds": float(lease_seconds),
    }
    cursor = await connection.execute(SQL["enqueue_claimed"].encode(), values)
    row = await cursor.fetchone()
    if row is None:
        return None
    return Task(
        row[0], new.platform, new.flow, new.params, new.priority, 0, new.account_id, token, new.expires_at,
        new.idempotency_key.startswith(INTERACTIVE_KEYS),
    )  # fmt: skip


async def cancel(
    connection: psycopg.AsyncConnection[Any], task_id: int, reason: str, *, task_log: bool = True
) -> bool:
    """End a task that nobody has claimed, within the caller's transaction; False when it is held or has ended."""
    statement = SQL["cancel" if task_log else "cancel_silently"].encode()
    cursor = await connection.execute(statement, {"id": task_id, "message": reason})
    return await cursor.fetchone() is not None


async def finish(
    connection: psycopg.AsyncConnection[Any], ends: Sequence[TaskEnd], *, task_log: bool = True
) -> set[int]:
    """End or postpone tasks within the caller's transaction.

    Args:
        task_log: write an event `task_log` for every task that ends.

    Returns:
        The ids that were still held under the tokens shown. The others belong to somebody else by now: nothing that
        their run found may be written.
    """
    ends = sorted(ends, key=_task_id)
    some_data = any(end.data is not None for end in ends)
    some_delay = any(end.delay is not None for end in ends)
    some_attempts = any(end.attempts for end in ends)
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        SQL["finish" if task_log else "finish_silently"].encode(),
        {
            "ids": array_literal([end.task.id for end in ends]),
            "tokens": array_literal([end.task.lease_token for end in ends]),
            "statuses": array_literal([end.status.value for end in ends]),
            # A list that is NULL as a whole stands for NULL in every row.
            "data": [None if end.data is None else encode_json(end.data) for end in ends]
            if some_data
            else None,
            "delays": array_literal([end.delay for end in ends]) if some_delay else None,
            "attempts": array_literal([end.attempts for end in ends]) if some_attempts else None,
        },
        # Planned anew for every group: a plan made while the log was small reads all of it for as long as it is kept.
        prepare=False,
    )
    return {row[0] for row in await cursor.fetchall()}


class TaskQueue:
    """The queue as a worker uses it. Every method is one statement of its own transaction.

    All raise `psycopg.OperationalError` while Postgres is away: the caller waits and calls again.

    Args:
        task_log: write an event `task_log` for every task that expires or is given up.
    """

    def __init__(
        self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]], *, task_log: bool = True
    ) -> None:
        self._pool = pool
        self._task_log = task_log

    async def enqueue(self, tasks: Sequence[NewTask]) -> int:
        """Add tasks in batches, each one transaction; wakes idle workers once per batch. Returns how many were new."""
        added = 0
        for start in range(0, len(tasks), ENQUEUE_BATCH):
            batch = tasks[start : start + ENQUEUE_BATCH]
            async with self._pool.connection() as connection:
                cursor = await connection.execute(SQL["enqueue"].encode(), {"tasks": encode_new_tasks(batch)})
                added += cursor.rowcount
        return added

    async def claim(
        self, platform: Platform, flows: Sequence[str], worker: str, limit: int, lease_seconds: float
    ) -> list[Task]:
        """Take up to `limit` runnable tasks of one platform, flows in the order given. Workers use `claim` above."""
        wanted = {(platform, flow): limit for flow in flows}
        async with self._pool.connection() as connection:
            return await claim(connection, wanted, worker, lease_seconds, most=limit)

    async def heartbeat(
        self, held: Iterable[str], lease_seconds: float, *, ended: Iterable[str] = ()
    ) -> set[str]:
        """Extend the leases with these tokens; drop those of `ended`, whose tasks have all ended.

        Returns:
            The tokens that were extended. The tasks of the others are in the hands of somebody else.
        """
        parameters = {
            "held": array_literal(held),
            "ended": array_literal(ended),
            "lease_seconds": float(lease_seconds),
        }
        return {row[0] for row in await self._rows("heartbeat", parameters)}

    async def give_back(self, tasks: Sequence[Task], *, delay: float = 0.0) -> set[int]:
        """Return tasks that were not run, to be claimed at once or after `delay` seconds; no attempt is counted."""
        status = TaskStatus.WAITING if delay > 0 else TaskStatus.PENDING
        ends = [TaskEnd(task=task, status=status, delay=delay if delay > 0 else None) for task in tasks]
        async with self._pool.connection() as connection:
            return await finish(connection, ends, task_log=False)  # none of them ends

    async def promote_due(self, flows: Iterable[FlowName], limit: int = MAINTENANCE_BATCH) -> int:
        """Make waiting tasks of these flows whose time has come claimable, up to `limit` of each; returns how many."""
        return len(await self._rows("promote_due", {**_named(flows), "limit": limit}))

    async def wake(self, flows: Iterable[FlowName], limit: int = MAINTENANCE_BATCH) -> int:
        """Make waiting tasks of these flows claimable before their time, up to `limit`; returns how many."""
        return len(await self._rows("wake", {**_named(flows), "limit": limit}))

    async def expire(self, limit: int = MAINTENANCE_BATCH) -> int:
        """Fail tasks that were not run before they expired; returns how many."""
        return len(await self._rows(self._ending("expire"), {"limit": limit}))

    async def reap(self, stuck_after: float, limit: int = MAINTENANCE_BATCH) -> int:
        """Return the tasks of up to `limit` leases that ended more than `stuck_after` seconds ago, retry count raised;
        returns how many tasks."""
        parameters = {"stuck_after": float(stuck_after), "limit": limit, "crash_limit": CRASH_LIMIT}
        return len(await self._rows(self._ending("reap"), parameters))

    async def open_work(self, flows: Iterable[FlowName]) -> OpenWork:
        """What is left to do in these flows."""
        (row,) = await self._rows("open_work", _named(flows))
        return OpenWork(*row)

    def _ending(self, statement: str) -> str:
        return statement if self._task_log else f"{statement}_silently"

    async def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(SQL[statement].encode(), parameters)
            return await cursor.fetchall()


def _named(flows: Iterable[FlowName]) -> dict[str, str]:
    named = list(flows)
    return {
        "platforms": array_literal([platform.value for platform, _ in named]),
        "flows": text_array_literal([flow for _, flow in named]),
    }


def _task(row: Sequence[Any], token: str) -> Task:
    task_id, platform, flow, params, priority, retry_count, account_id, expires_at, interactive = row
    return Task(
        task_id,
        _PLATFORMS[platform],
        flow,
        orjson.loads(params),
        priority,
        retry_count,
        account_id,
        token,
        expires_at,
        interactive,
    )


def _claim_order(task: Task) -> tuple[int, int]:
    return (-task.priority, task.id)


def _task_id(end: TaskEnd) -> int:
    return end.task.id
