"""A consumer from plain coroutine functions: what they return is kept with the task, what they raise decides a retry.

handlers = Handlers()

@handlers.flow(Platform.SHOPIFY, "orders", concurrency=16)
async def orders(task: Task) -> Mapping[str, Any] | None:
    ...

await consume(settings, handlers, worker="orders-1")
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from upbeat.queue.consumer import Consumer
from upbeat.queue.groups import GroupCommitter, WriteGroup
from upbeat.queue.lanes import Lane
from upbeat.queue.retry import decide
from upbeat.queue.store import finish
from upbeat.queue.tasks import FlowName, Task, TaskEnd, TaskStatus
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

Handler = Callable[[Task], Awaitable[Mapping[str, Any] | None]]


class Handlers:
    """Coroutine functions by flow.

    Args:
        deadline: longest run of one task in seconds; it ends in TIMEOUT then.
        max_attempts: attempts before a passing error fails a task.
    """

    def __init__(self, *, deadline: float = 600.0, max_attempts: int = 5) -> None:
        self.lanes: dict[FlowName, Lane[TaskEnd]] = {}
        self._deadline = deadline
        self._max_attempts = max_attempts

    def flow(self, platform: Platform, name: str, *, concurrency: int) -> Callable[[Handler], Handler]:
        """Decorator: this function runs the tasks of this flow, at most `concurrency` at once."""

        def register(handler: Handler) -> Handler:
            async def run(task: Task) -> TaskEnd:
                return await self._run(handler, task)

            self.lanes[platform, name] = Lane(
                run, concurrency, deadline=self._deadline, timed_out=self._timed_out
            )
            return handler

        return register

    async def _run(self, handler: Handler, task: Task) -> TaskEnd:
        try:
            return TaskEnd(task, TaskStatus.COMPLETE, await handler(task))
        except Exception as error:
            decision = decide(error, retry_count=task.retry_count, max_attempts=self._max_attempts)
            if decision is None:
                return TaskEnd(task, TaskStatus.FAILED, _reason(error))
            return TaskEnd(
                task, TaskStatus.WAITING, _reason(error), delay=decision.delay, attempts=int(decision.counts)
            )

    def _timed_out(self, task: Task) -> TaskEnd:
        error = TimeoutError(f"no end after {self._deadline:.4g} s, the task's time limit")
        return TaskEnd(task, TaskStatus.TIMEOUT, _reason(error))


def _reason(error: Exception) -> dict[str, Any]:
    return {"error": {"class": type(error).__name__, "message": str(error)[:2000]}}


async def consume(
    settings: Settings,
    handlers: Handlers,
    *,
    worker: str,
    write: WriteGroup[TaskEnd] | None = None,
    until_idle: bool = False,
    time_budget: float | None = None,
    durable_claims: bool = False,
    on_start: Callable[[Consumer[TaskEnd]], None] = lambda consumer: None,
) -> None:
    """Run a consumer of these handlers in this event loop, with connections of its own.

    Args:
        write: commits a group of ends: None for `finish` and nothing else; one's own may write more in the same
            transaction, for the ids that `finish` accepts.
        on_start: is given the consumer, to stop it with.
        durable_claims: see `ClaimLine`.
    """
    write = write or partial(finish, task_log=settings.task_log_events)
    async with async_pool(settings, min_size=1, max_size=3, application=f"upbeat:{worker}"[:63]) as pool:
        committer = GroupCommitter(
            pool, write, size=settings.group_commit_size, seconds=settings.group_commit_milliseconds / 1000
        )
        consumer = Consumer(
            settings, pool, handlers.lanes, committer, worker=worker, durable_claims=durable_claims
        )
        on_start(consumer)
        await consumer.run(until_idle=until_idle, time_budget=time_budget)
