"""Starts, checks and stops the embedded stack. No supervisor: each part is a process of its own that we remember."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

from upbeat.embedded import processes
from upbeat.embedded.airflow_database import prepare_airflow
from upbeat.embedded.airflow_parts import GROUP as AIRFLOW
from upbeat.embedded.parsed_dbt_project import parsing_dbt_project
from upbeat.embedded.part import Part, Progress, StackError, silent
from upbeat.embedded.parts import all_parts, left_without, select, with_needs
from upbeat.embedded.places import Places, exclusive, places, require_own
from upbeat.embedded.ports import require_free_ports
from upbeat.embedded.prepare import prepare
from upbeat.settings import Settings

State = Literal["healthy", "unhealthy", "died", "stopped", "external"]


@dataclass(frozen=True, kw_only=True)
class PartStatus:
    """What is known about one part now. `detail` says what is wrong, in words."""

    name: str
    title: str
    state: State
    healthy: bool
    pid: int | None
    port: int | None
    address: str | None
    log: str | None
    detail: str


def start(
    settings: Settings,
    names: Iterable[str] = (),
    progress: Progress = silent,
    *,
    without: Iterable[str] = (),
) -> list[PartStatus]:
    """Start the named parts (all when none is named), and what they need, and wait until each is healthy.

    Databases, buckets and tables that are missing are created, migrations applied. What runs already stays as it is.

    Raises:
        InputError: an unknown part, or a port in use; nothing was started.
        StackError: a part did not become healthy, or died: names its log.
    """
    where = places(settings)
    parts = all_parts(settings, where)
    chosen = with_needs(select(parts, names, without), parts)
    with exclusive(where):
        absent = [part for part in chosen if part.launch and not _running(where, part)]
        for part in absent:
            _stop_part(part, where, silent)  # what a killed program left behind, which may hold its port
        require_free_ports(absent)
        for wave in _waves(chosen):
            if any(part.group == AIRFLOW and not _running(where, part) for part in wave):
                with parsing_dbt_project(settings, where, progress):
                    prepare_airflow(settings, where, progress)
            _start_wave(wave, where, progress)
            prepare(settings, {part.name for part in wave}, progress)
    return _status_of(chosen, where)


def stop(settings: Settings, names: Iterable[str] = (), progress: Progress = silent) -> list[str]:
    """End the named parts (all when none is named), those that need others first. Data stays.

    Returns:
        The names of the parts that were running.
    """
    if not settings.state_dir.exists():
        return []
    where = places(settings)
    parts = all_parts(settings, where, even_unwanted=True)
    chosen = select(parts, names)
    stopped: list[str] = []
    with exclusive(where):
        for part, left in left_without(chosen, [part for part in parts if _running(where, part)]):
            progress(part, f"is needed by {', '.join(left)}, which goes on and fails until {part} is back")
        for wave in reversed(_waves(chosen)):
            with ThreadPoolExecutor(max_workers=max(1, len(wave))) as pool:
                ended = list(pool.map(lambda part: _stop_part(part, where, progress), wave))
            stopped += [part.name for part, was_running in zip(wave, ended, strict=True) if was_running]
    return stopped


def _stop_part(part: Part, where: Places, progress: Progress) -> bool:
    """End the program of a part by the record that we wrote when it started; True when it was running."""
    record = processes.read_record(where.record(part.name))
    if record is None:
        return False
    running = record.alive()
    if running:
        progress(part.name, "stopping")
    processes.stop(
        record,
        first_signal=part.stop_signal,
        seconds=part.stop_seconds,
        say=lambda message: progress(part.name, message),
    )
    where.record(part.name).unlink(missing_ok=True)
    if running:
        progress(part.name, "stopped")
    return running


def status(settings: Settings, names: Iterable[str] = ()) -> list[PartStatus]:
    """State of the named parts (all when none is named); each is asked now. Creates nothing."""
    require_own(settings.state_dir)
    where = Places(settings.state_dir)
    return _status_of(select(all_parts(settings, where), names), where)


def _waves(parts: Sequence[Part]) -> list[list[Part]]:
    """Parts that may start at the same time, wave after wave; a need that is not among `parts` is taken as met."""
    waves: list[list[Part]] = []
    left, done = list(parts), set[str]()
    names = {part.name for part in parts}
    while left:
        wave = [part for part in left if set(part.needs) & names <= done]
        waves.append(wave)
        done |= {part.name for part in wave}
        left = [part for part in left if part not in wave]
    return waves


def _start_wave(wave: Sequence[Part], where: Places, progress: Progress) -> None:
    """Start all of a wave side by side; the first failure (or Ctrl-C) ends the waiting for the others."""
    given_up = threading.Event()
    with ThreadPoolExecutor(max_workers=max(1, len(wave))) as pool:
        try:
            futures = [pool.submit(_start_part, part, where, progress, given_up) for part in wave]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            given_up.set()
    for future in done:
        future.result()


def _start_part(part: Part, where: Places, progress: Progress, given_up: threading.Event) -> None:
    began = time.monotonic()
    if part.launch is None:
        if problem := part.check():
            raise StackError(f"{part.title} at {part.external} {problem}")
        progress(part.name, f"is there: {part.external}")
        return
    record = _running(where, part)
    if record is None:
        progress(part.name, "starting")
        record = _launch(part, where, progress)
    deadline = began + part.start_seconds
    while (problem := part.check()) is not None:
        if not record.alive():
            if time.monotonic() - began > part.retry_seconds:
                raise StackError(died_message(part, record.log))
            given_up.wait(0.5)
            record = _launch(part, where, progress)
        elif time.monotonic() > deadline:
            raise StackError(
                f"{part.title} {problem}, {part.start_seconds:.0f} s after its start; its log {record.log} ends with:\n"
                + processes.log_tail(record.log)
            )
        if given_up.wait(0.1):
            return
    if not record.alive():
        # Something answers, but it is not the program that we started.
        raise StackError(died_message(part, record.log))
    progress(
        part.name, f"ready{f' on port {part.port}' if part.port else ''}, {time.monotonic() - began:.1f} s"
    )


def _launch(part: Part, where: Places, progress: Progress) -> processes.Record:
    assert part.launch is not None
    record = processes.spawn(part.name, part.launch(progress), log=where.log(part.name))
    processes.write_record(where.record(part.name), record)
    return record


def _running(where: Places, part: Part) -> processes.Record | None:
    record = processes.read_record(where.record(part.name))
    return record if record is not None and record.alive() else None


def died_message(part: Part, log: str) -> str:
    """One line that names the part and its log, then the log's last lines."""
    return f"{part.title} died; its log {log} ends with:\n{processes.log_tail(log)}".rstrip()


def _status_of(parts: Sequence[Part], where: Places) -> list[PartStatus]:
    with ThreadPoolExecutor(max_workers=max(1, len(parts))) as pool:
        return list(pool.map(lambda part: _status(part, where), parts))


def _status(part: Part, where: Places) -> PartStatus:
    record = processes.read_record(where.record(part.name))
    alive = record is not None and record.alive()
    state: State
    if part.launch is None or alive:
        problem = part.check()
        state = "unhealthy" if problem else ("external" if part.launch is None else "healthy")
    elif record is not None and record.of_this_boot():
        problem, state = (
            f"died; the last words of its log {record.log}: {processes.last_words(record.log)}",
            "died",
        )
    else:
        problem, state = "not started", "stopped"
    return PartStatus(
        name=part.name,
        title=part.title,
        state=state,
        healthy=problem is None,
        pid=record.pid if record and alive else None,
        port=part.port,
        address=part.external or (f"127.0.0.1:{part.port}" if part.port else None),
        log=str(where.log(part.name)) if part.launch else None,
        detail=problem or "",
    )
