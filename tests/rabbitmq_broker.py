"""The session's RabbitMQ as tests need it: a virtual host for each test, kill -9 and restart for fault tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from upbeat.embedded import processes
from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.part import StackError
from upbeat.embedded.places import Places
from upbeat.embedded.rabbitmq_home import INSTALL, erlang_ports_of_last_start, find_programs
from upbeat.embedded.rabbitmq_part import NODE, USER, erlang_environment
from upbeat.settings import Settings

NO_SERVER = "needs RabbitMQ, which is not installed"
HOW_TO_RUN = "`apt-get install rabbitmq-server` runs them"


@dataclass(frozen=True)
class Broker:
    """The embedded RabbitMQ of the running stack. `settings` has `rabbitmq_embedded`."""

    settings: Settings

    def start(self) -> None:
        """Start it unless it runs, and wait until it accepts logins."""
        embedded_stack.start(self.settings, ["rabbitmq"])

    def stop(self) -> None:
        """End it in order."""
        embedded_stack.stop(self.settings, ["rabbitmq"])

    def kill(self) -> None:
        """kill -9 of the node; returns when it is gone. Queues younger than a second: see `settle`."""
        record = processes.read_record(Places(self.settings.state_dir).record("rabbitmq"))
        assert record is not None
        os.kill(record.pid, signal.SIGKILL)
        deadline = time.monotonic() + 240
        while record.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not record.alive()

    def settle(self) -> None:
        """Write down which queues there are. RabbitMQ confirms messages at once durably, but notes a *new* quorum queue
        up to a second after it is declared: a node killed within that second comes back with an empty queue."""
        self.evaluate("[ok = dets:sync(T) || T <- dets:all()], mnesia:sync_log()")

    def evaluate(self, expression: str) -> str:
        """The answer of an Erlang expression inside the node; `rabbitmqctl` would take a second for it."""
        folder = Places(self.settings.state_dir).data / "rabbitmq"
        ports = erlang_ports_of_last_start(folder)
        assert ports is not None
        environment = {**os.environ, **erlang_environment(ports, folder)}
        done = subprocess.run(
            [shutil.which("erl_call") or "/usr/lib/erlang/bin/erl_call", "-name", NODE, "-r", "-e"],
            input=f"{expression}.\n", env=environment, capture_output=True, text=True, timeout=240, check=True,
        )  # fmt: skip
        assert done.stdout.startswith("{ok,"), done.stdout
        return done.stdout.removeprefix("{ok,").removesuffix("}").strip()

    def add_virtual_host(self, name: str) -> Settings:
        """Create it; returns the settings whose RabbitMQ it is."""
        host, user = f'<<"{name}">>', f'<<"{USER}">>'
        all_rights = ", ".join([user, host, '<<".*">>', '<<".*">>', '<<".*">>', user])
        self.evaluate(
            f"ok = rabbit_vhost:add({host}, {user}), "
            f"ok = rabbit_auth_backend_internal:set_permissions({all_rights})"
        )
        dsn = self.settings.rabbitmq_dsn()
        assert dsn is not None
        url = SecretStr(f"{dsn.rpartition('/')[0]}/{name}")
        return self.settings.model_copy(update={"rabbitmq_url": url})

    def delete_virtual_host(self, name: str) -> None:
        """Delete it with all its queues and exchanges."""
        self.evaluate(f'rabbit_vhost:delete(<<"{name}">>, <<"{USER}">>)')


def require_server() -> None:
    """Skip the test, with the way to run it, where no RabbitMQ is installed; in CI that is a failure."""
    try:
        find_programs()
    except StackError as error:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{error} (CI is set: a missing server is a failure)", pytrace=False)
        pytest.skip(f"{NO_SERVER}: {INSTALL}")


def report_skipped(reporter: pytest.TerminalReporter) -> None:
    """One line at the end of a run that left tests out for want of RabbitMQ."""
    reports = reporter.stats.get("skipped", [])
    count = sum(NO_SERVER in str(report.longrepr) for report in reports)
    if count:
        reporter.write_line(f"{count} test(s) skipped: each {NO_SERVER}; {HOW_TO_RUN}", yellow=True)
