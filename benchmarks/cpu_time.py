"""Processor time of the processes that serve a benchmark: unlike time by the clock it hardly depends on who else uses the machine."""

from __future__ import annotations

from collections.abc import Sequence

import psutil
import psycopg

from upbeat.settings import Settings


def cpu_seconds(settings: Settings, pids: Sequence[int]) -> float:
    """Seconds that Postgres and these processes have used so far; of Postgres also the processes that have ended."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        assert server is not None
        own = server.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        # Read while this connection lives: it counts little, and the same before and after.
        return total + sum(_seconds(process) for process in [*server.children(), *map(psutil.Process, pids)])


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
