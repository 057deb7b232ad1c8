"""Starts workers: in this process, or as many processes as asked for, and adds up what they did."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.flows import FLOWS, Flow, flow_named
from upbeat.queue.store import open_flows, open_work
from upbeat.ratelimit.overview import redis_away
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction
from upbeat.workers.processes import Crew, run_in_processes
from upbeat.workers.summary import WorkSummary
from upbeat.workers.worker import Worker

_PROGRESS_SECONDS = 1.0
_POSTGRES_WAIT_SECONDS = 30.0
_POSTGRES_LOOK_SECONDS = 0.5

Progress = Callable[[str], None]


def run_workers(
    settings: Settings,
    *,
    flows: Sequence[str],
    processes: int | None = None,
    concurrency: int | None = None,
    until_idle: bool = False,
    time_budget: float | None = None,
    on_progress: Progress = lambda text: None,
) -> WorkSummary:
    """Work the queue until stopped (SIGTERM, SIGINT), the time budget ends, or the flows have no task left.

    Args:
        flows: catalogue keys, `instagram.profile_by_handle`.
        processes: so many processes, each for all of these flows; None gives each flow the number that it states.
            A single one is this process.
        concurrency: most tasks at once in each process, in all and of each flow; None lets each flow have what it states.
        until_idle: end when no task of these flows is pending, waiting or being run by anyone. Workers add no tasks, so a flow
            that has none at the start gets no process; where none has any, nothing is started. Tasks that wait for longer than
            the time budget, or than a minute or so without one, are left: a line says so.
        time_budget: seconds after which nothing more is claimed.
        on_progress: gets a line at the start, and then about once a second.

    Raises:
        InputError: an unknown flow, or numbers that make no sense.
        StoreUnavailableError: Postgres does not answer at the start.
    """
    chosen = [flow_named(flow) for flow in flows]
    if not chosen:
        raise InputError(f"flows: none given; known are {', '.join(FLOWS)}")
    if (processes is not None and processes < 1) or (concurrency is not None and concurrency < 1):
        raise InputError(f"processes={processes}, concurrency={concurrency}: both must be at least 1")
    _wait_for_postgres(settings)
    if until_idle:
        chosen = _with_open_tasks(settings, chosen)
        if not chosen:
            on_progress("nothing to do: no task of these flows is pending, waiting or being run")
            return WorkSummary()
    crews = _crews(chosen, processes, concurrency)
    _say_start(settings, crews, len(chosen), on_progress)
    summary = _run(settings, crews, until_idle=until_idle, time_budget=time_budget, on_progress=on_progress)
    if until_idle:
        _say_left(settings, chosen, on_progress)
    return summary


def _run(
    settings: Settings,
    crews: Sequence[Crew],
    *,
    until_idle: bool,
    time_budget: float | None,
    on_progress: Progress,
) -> WorkSummary:
    if len(crews) > 1:
        return run_in_processes(
            settings, crews, until_idle=until_idle, time_budget=time_budget, on_progress=on_progress
        )
    started = time.monotonic()
    work = run_here(
        settings,
        crews[0],
        live_processes=1,
        until_idle=until_idle,
        time_budget=time_budget,
        on_progress=_throttled_report(on_progress, started),
    )
    summary = run_loop(work)
    summary.seconds = time.monotonic() - started  # by the clock of the progress, not the worker's own
    return summary


def _wait_for_postgres(settings: Settings) -> None:
    """Return when Postgres answers: said here once, it is not said by every process."""
    deadline = time.monotonic() + _POSTGRES_WAIT_SECONDS
    while True:
        try:
            connect(settings, application="upbeat:work").close()
            return
        except StoreUnavailableError as error:
            if time.monotonic() > deadline:
                raise StoreUnavailableError(f"{error}: is the stack up (`upbeat status`)?") from error
        time.sleep(_POSTGRES_LOOK_SECONDS)


def _with_open_tasks(settings: Settings, flows: Sequence[Flow]) -> list[Flow]:
    with transaction(settings, application="upbeat:work") as connection:
        found = open_flows(connection, [(flow.platform, flow.name) for flow in flows])
    return [flow for flow in flows if (flow.platform, flow.name) in found]


def _say_start(settings: Settings, crews: Sequence[Crew], flows: int, on_progress: Progress) -> None:
    """Many processes take a while to start, and limits that nobody shares are worth a word before they are met."""
    on_progress(f"starting {_count(len(crews), 'process', 'processes')} for {_count(flows, 'flow', 'flows')}")
    if away := asyncio.run(redis_away(settings)):
        on_progress(away)


def _say_left(settings: Settings, flows: Sequence[Flow], on_progress: Progress) -> None:
    """A run that ends while tasks wait till later says so: nothing of them is lost, and another run has to do them."""
    try:
        with transaction(settings, application="upbeat:work") as connection:
            left = open_work(connection, [(flow.platform, flow.name) for flow in flows])
    except StoreUnavailableError:  # the run has ended all the same
        return
    if left.next_due_in is not None:
        due = timedelta(seconds=max(0, round(left.next_due_in)))
        on_progress(
            f"some tasks wait till later, the next for {due} (h:mm:ss): `upbeat queue` shows them; run again then"
        )


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _crews(flows: Sequence[Flow], processes: int | None, concurrency: int | None) -> list[Crew]:
    """Who works on what: each entry is one process."""
    if processes is None:
        return [Crew((flow.key,), concurrency) for flow in flows for _ in range(flow.processes)]
    return [Crew(tuple(flow.key for flow in flows), concurrency)] * processes


def run_loop(work: Coroutine[Any, Any, WorkSummary]) -> WorkSummary:
    """Run the worker's coroutine on uvloop where there is one."""
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with suppress(ImportError):  # not on every system
        import uvloop

        new_event_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


async def run_here(
    settings: Settings,
    crew: Crew,
    *,
    live_processes: int,
    until_idle: bool,
    time_budget: float | None,
    on_progress: Callable[[WorkSummary], None],
) -> WorkSummary:
    """One worker in this event loop, with connections of its own."""
    from upbeat.crawlers.credential_validation import UpstreamValidator
    from upbeat.crawlers.fallback import FallbackChain
    from upbeat.crawlers.http import UpstreamHttp
    from upbeat.credentials import CredentialCipher, CredentialPool
    from upbeat.ingestion.archive import RawArchive
    from upbeat.ratelimit import limiter_of
    from upbeat.stores.postgres import UNAVAILABLE, async_pool
    from upbeat.workers.runners import task_runner

    name = f"{socket.gethostname()}:{os.getpid()}"
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            async_pool(settings, min_size=1, max_size=4, application=f"upbeat:worker:{os.getpid()}")
        )
        try:
            await pool.wait(timeout=_POSTGRES_WAIT_SECONDS)
        except UNAVAILABLE as error:
            raise StoreUnavailableError(
                "Postgres does not answer: is the stack up (`upbeat status`)?"
            ) from error
        http = UpstreamHttp(settings)
        stack.push_async_callback(http.close)
        limiter = limiter_of(settings, live_workers=live_processes)
        stack.push_async_callback(limiter.close)
        credentials = CredentialPool(
            pool,
            CredentialCipher(settings),
            validator=UpstreamValidator(settings, http, limiter),
            validation_hours=settings.credential_validation_hours,
        )
        worker = Worker(
            settings,
            pool,
            task_runner(
                settings, stack, chain=FallbackChain(settings, http, limiter, credentials), pool=pool
            ),
            RawArchive(settings),
            name=name,
            flows={(flow.platform, flow.name): flow for flow in map(flow_named, crew.flows)},
            concurrency=crew.concurrency,
            on_progress=on_progress,
        )
        stack.enter_context(_stopped_by_signals(worker.stop))
        return await worker.run(until_idle=until_idle, time_budget=time_budget)


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT drain the worker; the handlers that stood before come back at the end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            if handler is not None:
                signal.signal(number, handler)


def _throttled_report(on_progress: Progress, started: float) -> Callable[[WorkSummary], None]:
    last = started

    def report(summary: WorkSummary) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS:
            last = now
            summary.seconds = now - started
            on_progress(f"so far: {summary}")

    return report
