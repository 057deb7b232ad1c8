"""The queue in Postgres: claims under leases, finishing with tokens, promotion, expiry and rescue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.queue.tasks import NewTask, OpenWork, Task, TaskEnd
from upbeat.records import Platform
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("queries.sql"))
CHANNEL = "upbeat_tasks"
ENQUEUE_BATCH = 5_000
MAINTENANCE_BATCH = 2_000
# Workers lost with the same task in hand before the task itself is held to be the cause.
CRASH_LIMIT = 10

FlowName = tuple[Platform, str]
"""How the queue names a flow: its platform and its name within the platform."""


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
    """Add tasks within the caller's transaction, for commands and DAG tasks.

    Returns:
        How many were new; a task whose key is known adds nothing.
    """
    added = 0
    for start in range(0, len(tasks), ENQUEUE_BATCH):
        batch = tasks[start : start + ENQUEUE_BATCH]
        added += connection.execute(SQL["enqueue"], {"tasks": encode_new_tasks(batch)}).rowcount
    if added:
        connection.execute(SQL["notify"], {"flow": tasks[0].flow})
    return added


async def finish(connection: psycopg.AsyncConnection[Any], ends: Sequence[TaskEnd]) -> set[int]:
    """End or postpone tasks within the caller's transaction.

    Returns:
        The ids that were still held under the tokens shown. The others belong to somebody else by now: nothing that
        their run found may be written.
    """
    rows = [
        {
            "id": end.task.id,
            "token": str(end.task.lease_token),
            "status": end.status.value,
            "data": end.data,
            "delay": end.delay,
            "attempts": end.attempts,
        }
        for end in ends
    ]
    cursor = await connection.execute(SQL["finish"], {"outcomes": encode_json(rows)})
    return {row[0] for row in await cursor.fetchall()}


class TaskQueue:
    """The queue as a worker uses it. Every method is one statement of its own transaction.

    All raise `psycopg.OperationalError` while Postgres is away: the caller waits and calls again.
    """

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self._pool = pool

    async def enqueue(self, tasks: Sequence[NewTask]) -> int:
        """Add tasks in batches, each one transaction; wakes idle workers once per batch. Returns how many were new."""
        added = 0
        for start in range(0, len(tasks), ENQUEUE_BATCH):
            batch = tasks[start : start + ENQUEUE_BATCH]
            async with self._pool.connection() as connection, connection.transaction():
                cursor = await connection.execute(SQL["enqueue"], {"tasks": encode_new_tasks(batch)})
                if cursor.rowcount:
                    await connection.execute(SQL["notify"], {"flow": batch[0].flow})
                added += cursor.rowcount
        return added

    async def claim(
        self, platform: Platform, flows: Sequence[str], worker: str, limit: int, lease_seconds: float
    ) -> list[Task]:
        """Take up to `limit` runnable tasks, by priority and age within each flow, flows in the order given."""
        tasks: list[Task] = []
        async with self._pool.connection() as connection:
            for flow in flows:
                if len(tasks) >= limit:
                    break
                cursor = await connection.execute(
                    SQL["claim"],
                    {
                        "platform": platform.value,
                        "flow": flow,
                        "worker": worker,
                        "limit": limit - len(tasks),
                        "lease_seconds": float(lease_seconds),
                    },
                )
                claimed = [_task(row) for row in await cursor.fetchall()]
                # UPDATE … RETURNING does not keep the order of the rows that were picked.
                tasks += sorted(claimed, key=lambda task: (-task.priority, task.id))
        return tasks

    async def heartbeat(self, tasks: Sequence[Task], lease_seconds: float) -> set[int]:
        """Extend the leases of `tasks`; returns the ids extended, which leaves out those in the hands of another."""
        return await self._execute_ids("heartbeat", **_held(tasks), lease_seconds=float(lease_seconds))

    async def give_back(self, tasks: Sequence[Task], *, delay: float = 0.0) -> set[int]:
        """Return tasks that were not run, to be claimed at once or after `delay` seconds; no attempt is counted."""
        return await self._execute_ids("give_back", **_held(tasks), delay=float(delay))

    async def promote_due(self, flows: Sequence[FlowName], limit: int = MAINTENANCE_BATCH) -> int:
        """Make waiting tasks of these flows whose time has come claimable, up to `limit` of each; returns how many."""
        return len(await self._execute_ids("promote_due", **_named(flows), limit=limit))

    async def expire(self, limit: int = MAINTENANCE_BATCH) -> int:
        """Fail tasks that were not run before they expired; returns how many."""
        return len(await self._execute_ids("expire", limit=limit))

    async def reap(self, stuck_after: float, limit: int = MAINTENANCE_BATCH) -> int:
        """Return tasks whose lease ended more than `stuck_after` seconds ago, retry count raised; returns how many."""
        return len(
            await self._execute_ids(
                "reap", stuck_after=float(stuck_after), limit=limit, crash_limit=CRASH_LIMIT
            )
        )

    async def open_work(self, flows: Sequence[FlowName]) -> OpenWork:
        """What is left to do in these flows."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(SQL["open_work"], _named(flows))
            row = await cursor.fetchone()
        assert row is not None
        return OpenWork(*row)

    async def _execute_ids(self, statement: str, **parameters: Any) -> set[int]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(SQL[statement], parameters)
            return {row[0] for row in await cursor.fetchall()}


def _held(tasks: Sequence[Task]) -> dict[str, list[int] | list[UUID]]:
    return {"ids": [task.id for task in tasks], "tokens": [task.lease_token for task in tasks]}


def _named(flows: Sequence[FlowName]) -> dict[str, list[str]]:
    return {"platforms": [platform.value for platform, _ in flows], "flows": [flow for _, flow in flows]}


def _task(row: Sequence[Any]) -> Task:
    task_id, platform, flow, params, priority, retry_count, account_id, lease_token, expires_at = row
    return Task(
        id=task_id,
        platform=Platform(platform),
        flow=flow,
        params=params,
        priority=priority,
        retry_count=retry_count,
        account_id=account_id,
        lease_token=lease_token,
        expires_at=expires_at,
    )
