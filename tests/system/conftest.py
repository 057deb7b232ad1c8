"""System tests use Upbeat as a person does: the `upbeat` command, a shell with `upbeat env`, Airflow's own API."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from upbeat.embedded.ports import free_ports
from upbeat.settings import DOTENV_VARIABLE, REPOSITORY, Settings

PORTS = ("POSTGRES", "CLICKHOUSE", "REDIS", "RABBITMQ", "S3", "AIRFLOW", "SANDBOX", "API")
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Shell:
    """A person's shell: its environment, and commands run in it."""

    environment: dict[str, str]
    folder: Path = REPOSITORY
    _loaded: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, cwd: Path | None = None, seconds: float = 300) -> str:
        """Run a command after `eval "$(upbeat env)"`; its output. Fails the test with the output when it fails."""
        return self._run(command, self.after_env(), cwd or self.folder, seconds)

    def upbeat(self, *arguments: str, seconds: float = 300) -> str:
        """Run `upbeat …` without any preparation."""
        return self._run((str(BIN / "upbeat"), *arguments), self.environment, self.folder, seconds)

    def settings(self) -> Settings:
        """The settings that a process in this shell would have."""
        code = "from upbeat.settings import get_settings as s; import json; print(json.dumps({k: (v.get_secret_value() if hasattr(v, 'get_secret_value') else v) for k, v in s().model_dump().items()}, default=str))"
        values = json.loads(self._run((sys.executable, "-c", code), self.environment, self.folder, 240))
        return Settings(**values)

    def after_env(self) -> dict[str, str]:
        """The environment after `eval "$(upbeat env)"` in a POSIX shell."""
        if not self._loaded:
            script = f'eval "$({BIN / "upbeat"} env)" && env -0'
            output = self._run(("sh", "-c", script), self.environment, self.folder, 240)
            self._loaded.update(line.split("=", 1) for line in output.split("\0") if "=" in line)
        return self._loaded

    def _run(self, command: Sequence[str], environment: dict[str, str], cwd: Path, seconds: float) -> str:
        result = subprocess.run(
            command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=seconds
        )
        assert result.returncode == 0, (
            f"{' '.join(command)}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
        )
        return result.stdout


@pytest.fixture(scope="session")
def shell() -> Iterator[Shell]:
    """A shell in which the whole stack runs, Airflow included: started as a person starts it, stopped at the end."""
    with running_stack() as person:
        yield person


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop Airflow when no test of this worker needs it any more: idle, it takes a fifth of a core from the others."""
    person = getattr(item, "funcargs", {}).get("shell")
    if person is not None and "shell" not in getattr(nextitem, "fixturenames", ()):
        person.upbeat("down", seconds=240)


@contextmanager
def running_stack(**more: str) -> Iterator[Shell]:
    """A shell with these variables, too, in which a stack of its own runs."""
    folder = Path(tempfile.mkdtemp(prefix="upbeat-sys-", dir="/tmp"))
    ports = zip(PORTS, free_ports(len(PORTS)), strict=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("UPBEAT_", "AIRFLOW"))},
        **{f"UPBEAT_{name}_PORT": str(port) for name, port in ports},
        "UPBEAT_STATE_DIR": str(folder),
        # Two tours and what is tried after them ask the Graph API more often than its 200 times an hour; a source that has
        # to wait cannot say that it does not know a handle, and the task would wait with it.
        "UPBEAT_SOURCE_LIMITS": '{"graphapi": "500/h"}',
        DOTENV_VARIABLE: "",
        "COLUMNS": "200",
        **more,
    }
    person = Shell(environment)
    try:
        person.upbeat("up", seconds=300)
        yield person
    finally:
        person.upbeat("delete-state", "--yes", seconds=240)
        shutil.rmtree(folder, ignore_errors=True)
