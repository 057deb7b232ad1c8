"""Fixtures of the embedded ClickHouse: a face of its own in a temporary folder, on a free port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

USER = "upbeat"
PASSWORD = "face-test-password"
START_SECONDS = 240


@dataclass
class Face:
    """A running face and the ways to reach, kill and restart it."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """Of the keeper."""
        assert self.process is not None
        return self.process.pid

    @property
    def engine(self) -> psutil.Process:
        """The keeper's only child."""
        (engine,) = psutil.Process(self.pid).children()
        return engine

    def start(self, **environment: str) -> None:
        """Start the process and wait for its start line, which names the port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "password").write_text(PASSWORD + "\n")
        log = self.folder / "log"
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(self.command(), stderr=stderr, env={**os.environ, **environment})
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            for line in log.read_text().splitlines():
                if "clickhouse_face_started" in line:
                    self.port = json.loads(line)["port"]
                    return
            assert self.process.poll() is None, log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"no start line within {START_SECONDS} s: {log.read_text()}")

    def command(self) -> list[str]:
        return [
            sys.executable, "-m", "upbeat.embedded.clickhouse_face",
            "--path", str(self.folder / "store"), "--port", "0",
            "--user", USER, "--password-file", str(self.folder / "password"),
            "--max-memory", str(1 << 30), *self.options,
        ]  # fmt: skip

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(240)

    def post(
        self, sql: str | bytes, *, headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx.Response:
        """POST a statement with the right login."""
        return httpx.post(
            self.url, params=parameters, content=sql, auth=(USER, PASSWORD), headers=headers, timeout=240
        )

    def ask(self, sql: str, **parameters: Any) -> str:
        """The text of a statement's answer; an error fails the test."""
        answer = self.post(sql, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.text.rstrip("\n")

    def memory(self) -> int:
        """Resident bytes of the engine's process."""
        return int(self.engine.memory_info().rss)


@pytest.fixture(autouse=True)
def patient_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was just started on a busy machine answers late, and is healthy all the same."""
    monkeypatch.setattr("upbeat.embedded.health.PROBE_SECONDS", 60.0)


@pytest.fixture(scope="session")
def face(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    """One face for many tests: each uses tables of its own."""
    running = Face(tmp_path_factory.mktemp("face"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_face(tmp_path: Path) -> Iterator[Face]:
    """A face for one test, not started yet, that may be killed."""
    running = Face(tmp_path / "face")
    yield running
    if running.process is not None:
        running.stop(signal.SIGKILL)


@pytest.fixture
def clickhouse_login() -> dict[str, Any]:
    """Arguments of clickhouse_connect.get_client, without the port."""
    return {"host": "127.0.0.1", "username": USER, "password": PASSWORD}
