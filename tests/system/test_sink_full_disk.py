"""ClickHouse's disk is full: the sink acknowledges nothing, goes on asking, and stores all once there is room again."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.events.conftest import OutboxBench, bench  # noqa: F401
from tests.waiting import wait_until

from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.generated_secrets import ensure_secrets
from upbeat.embedded.ports import free_ports
from upbeat.events.drain import run_sink
from upbeat.events.observer import NoObserver
from upbeat.events.raw_tables import ensure_raw_tables

if TYPE_CHECKING:
    pass

DISK_BYTES = 256 << 20
LEFT_BYTES = 256 << 10
EVENTS = 300


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in memory; skipped where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system, and no other disk may be filled")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def on_small_disk(bench: OutboxBench, small_disk: Path) -> Iterator[OutboxBench]:  # noqa: F811
    """The test's Postgres, and a ClickHouse whose data are on the small disk."""
    own = bench.settings.model_copy(
        update={
            "state_dir": small_disk / "state",
            "clickhouse_port": free_ports(1)[0],
            "clickhouse_url": None,
            "sink_lease_seconds": 60.0,  # an insert has half of it: none is given up that only takes long
        }
    )
    ensure_secrets(own.state_dir)  # marks the folder as one of ours; the passwords are those of the settings
    embedded_stack.start(own, ["clickhouse"])
    try:
        ensure_raw_tables(own)
        yield OutboxBench(own)
    finally:
        embedded_stack.stop(own)


def test_a_full_disk_stops_acknowledgement_and_not_the_sink(
    on_small_disk: OutboxBench, small_disk: Path
) -> None:
    ballast = fill_up(small_disk)
    # Text that does not compress into what is left.
    on_small_disk.fill(EVENTS, dimensions={"noise": os.urandom(8192).hex()})
    on_small_disk.rows(
        "UPDATE beat.outbox SET payload = payload || jsonb_build_object('handle', md5(id::text)) RETURNING 1"
    )
    stop, observer = threading.Event(), Availability()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(run_sink, on_small_disk.settings, stop, observer)
        try:
            wait_until(observer.waits.is_set)
            time.sleep(1)
            assert not service.done()
            assert on_small_disk.left()[0] == EVENTS - observer.events
            assert observer.events < EVENTS
            ballast.unlink()
            wait_until(lambda: on_small_disk.left() == (0, 0))
        finally:
            stop.set()
        assert service.result(timeout=240).events == EVENTS
    assert on_small_disk.stored() == (EVENTS, EVENTS, EVENTS)
    assert on_small_disk.rows("SELECT id FROM beat.outbox_error") == []


class Availability(NoObserver):
    """A `SinkObserver` that notes when the sink begins to wait."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self.events = 0

    def stored(self, kind: str, events: int, inserts: int, parked: int, lags: object) -> None:
        self.events += events

    def store_available(self, available: bool) -> None:
        if not available:
            self.waits.set()


def fill_up(disk: Path) -> Path:
    """A file that leaves `LEFT_BYTES`."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free - LEFT_BYTES
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free)
    return ballast
