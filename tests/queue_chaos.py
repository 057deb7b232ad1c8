"""A worker over the queue alone, whose effects are rows written in the transaction that finishes their tasks.

Tests start it as a process, `python -m tests.queue_chaos`, with settings in its environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from tests.child_process import ChildProcess

from upbeat.embedded.settings_environment import settings_environment
from upbeat.failpoints import failpoint
from upbeat.queue.consumer import Consumer
from upbeat.queue.handlers import Handlers, consume
from upbeat.queue.store import finish
from upbeat.queue.tasks import Task, TaskEnd, TaskStatus
from upbeat.records import Platform
from upbeat.settings import Settings, get_settings

FLOW = "chaos"
EFFECTS = "CREATE TABLE public.effect (task_id bigint NOT NULL, worker int NOT NULL)"


async def write_with_effects(connection: psycopg.AsyncConnection[Any], ends: Sequence[TaskEnd]) -> set[int]:
    """Finish, and one row per accepted task, in one transaction."""
    async with connection.transaction():
        accepted = await finish(connection, ends)
        done = [end.task.id for end in ends if end.task.id in accepted and end.status is TaskStatus.COMPLETE]
        await connection.execute(
            "INSERT INTO public.effect SELECT id, %s FROM unnest(%s::bigint[]) AS id", (os.getpid(), done)
        )
        failpoint("before_commit")
    failpoint("after_commit")
    return accepted


def worker_process(
    settings: Settings,
    *,
    failpoint: str = "",
    pause: float = 0.0,
    concurrency: int = 100,
    until_idle: bool = True,
) -> ChildProcess:
    """A worker in a process of its own, which a failpoint may kill. `pause` is what each task waits, in seconds."""
    environment = {**os.environ, **settings_environment(settings)}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    if failpoint:
        environment["UPBEAT_FAILPOINT"] = failpoint
    command = [sys.executable, "-m", "tests.queue_chaos", str(pause), str(concurrency), str(int(until_idle))]
    return ChildProcess(command, environment)


def main() -> None:
    """The worker process."""
    pause, concurrency, until_idle = float(sys.argv[1]), int(sys.argv[2]), bool(int(sys.argv[3]))
    handlers = Handlers()

    @handlers.flow(Platform.SHOPIFY, FLOW, concurrency=concurrency)
    async def handle(task: Task) -> None:
        if pause:
            await asyncio.sleep(pause)
        failpoint("after_handler")

    async def work() -> None:
        def started(consumer: Consumer[TaskEnd]) -> None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)

        settings = get_settings()
        worker = f"chaos:{os.getpid()}"
        await consume(
            settings,
            handlers,
            worker=worker,
            write=write_with_effects,
            until_idle=until_idle,
            on_start=started,
        )

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


if __name__ == "__main__":
    main()
