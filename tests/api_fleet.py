"""Processes of the API, and a load balancer's view of them: who is ready gets requests, and no request is sent twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import IO

import httpx

from upbeat.embedded.settings_environment import settings_environment
from upbeat.settings import ENV_PREFIX, Settings

START_SECONDS = 240.0
CHECK_SECONDS = 0.2
_PATIENT = (
    "from upbeat.api import state; state.CONNECTION_SECONDS = 60.0; from upbeat.cli import main; main()"
)


@dataclass
class ApiProcess:
    """`upbeat api` on a port of its own; its log goes to a file.

    Attributes:
        patient: a request waits for a connection to Postgres as long as a busy machine may need to make one. For one process: those
            that serve as `workers` are started by the product, and know nothing of it.
    """

    settings: Settings
    port: int
    workers: int = 1
    patient: bool = False
    process: subprocess.Popen[bytes] | None = None
    log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready, with all its workers."""
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        ours = {name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)}
        program = ("-c", _PATIENT) if self.patient else ("-m", "upbeat.cli")
        self.process = subprocess.Popen(
            [sys.executable, *program, "api", "--port", str(self.port), "--workers", str(self.workers)],
            env={**ours, **settings_environment(self.settings)},
            stdout=self.log,
            stderr=self.log,
        )
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self.process.poll() is None:
            if self.text().count("the API takes requests") >= self.workers and self.is_ready():
                return
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the API does not come up: {self.text()}")

    def is_ready(self) -> bool:
        """What a load balancer asks."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=60).status_code == 200
        except httpx.HTTPError:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, seconds: float = 240.0) -> int:
        """Wait for its end; the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End it, if it runs, its workers with it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def text(self) -> str:
        """Its log so far."""
        if self.log is None:
            return ""
        # The process writes through the same file description: its position is left alone.
        return os.pread(self.log.fileno(), 2**24, 0).decode(errors="replace")


class Load:
    """Requests at a steady rate (open loop), in turn to the processes that were ready when last asked.

    Attributes:
        outcomes: how often each status, or kind of error, came.
    """

    def __init__(
        self, backends: Sequence[str], path: str, key: str, per_second: float, *, balance: bool = True
    ) -> None:
        """`balance`: whether it asks who is ready; what is sent to a proxy is the proxy's to distribute."""
        self.outcomes: Counter[str] = Counter()
        self._balance = balance
        self._ready: set[str] = set(backends)
        self._backends = backends
        self._path, self._per_second = path, per_second
        # Connections are kept, as a load balancer keeps them.
        self._client = httpx.AsyncClient(
            headers={"X-API-Key": key},
            timeout=240,
            limits=httpx.Limits(max_connections=None, keepalive_expiry=60),
        )
        self._numbers = count()
        self._stop = asyncio.Event()

    async def run(self) -> Counter[str]:
        """Send until `stop`, and wait for the answers."""
        checking = asyncio.create_task(self._check())
        began = time.perf_counter()
        sent: set[asyncio.Task[None]] = set()
        while not self._stop.is_set():
            number = next(self._numbers)
            await asyncio.sleep(max(0.0, began + number / self._per_second - time.perf_counter()))
            task = asyncio.create_task(self._send(number))
            sent.add(task)
            task.add_done_callback(sent.discard)
        await asyncio.gather(*sent)
        checking.cancel()
        await asyncio.wait([checking])
        await self._client.aclose()
        return self.outcomes

    def stop(self) -> None:
        """No more requests."""
        self._stop.set()

    async def until_ready(self, backend: str, ready: bool) -> None:
        """Wait until the checks have found a process ready, or not ready any more."""
        async with asyncio.timeout(START_SECONDS):
            while (backend in self._ready) is not ready:  # noqa: ASYNC110 - what it waits for is looked up every so often
                await asyncio.sleep(CHECK_SECONDS / 2)

    async def _send(self, number: int) -> None:
        ready = [backend for backend in self._backends if backend in self._ready]
        if not ready:
            self.outcomes["nobody is ready"] += 1
            return
        try:
            answer = await self._client.get(ready[number % len(ready)] + self._path)
            self.outcomes[str(answer.status_code)] += 1
        except httpx.HTTPError as error:
            self.outcomes[type(error).__name__] += 1

    async def _check(self) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            while self._balance:
                for backend in self._backends:
                    try:
                        is_ready = (await client.get(f"{backend}/health/ready")).status_code == 200
                    except httpx.TimeoutException:
                        continue  # a busy machine: it has said nothing
                    except httpx.HTTPError:
                        is_ready = False
                    (self._ready.add if is_ready else self._ready.discard)(backend)
                await asyncio.sleep(CHECK_SECONDS)


async def replace_one_by_one(processes: Sequence[ApiProcess], load: Load, operator: str) -> None:
    """As a release does: each process drains, ends when the balancer knows it, a new one takes its port and gets ready, then comes
    the next. `operator`: a key with the scope `operations`."""
    async with httpx.AsyncClient(headers={"X-API-Key": operator}, timeout=240) as client:
        for process in processes:
            answer = await client.post(f"{process.url}/health/drain")
            assert answer.status_code == 200, answer.text
            await load.until_ready(process.url, False)
            process.signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait) == 0, process.text()
            await asyncio.to_thread(process.start)
            await load.until_ready(process.url, True)
