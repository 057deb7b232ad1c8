"""Parts of the session's stack that die under the tests: one costs the test in which it died and none after it, and the run
tells of it at its end, with the last lines of the part's log."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from upbeat.embedded import processes
from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.places import Places
from upbeat.settings import Settings

PARTS = ("postgres", "redis", "s3", "clickhouse", "sandbox")
"""Not RabbitMQ: tests that kill it leave that to the fixture, which starts it for the next."""
TOLD_AS = "part of the stack that died"
_MOST_STARTS = 3
"""A part that dies each time is left alone: what needs it then fails at once."""
_ENGINE_DIED = b'"event": "clickhouse_engine_died"'


@dataclass
class Watch:
    """Looks after the parts of one running stack, by their records: that costs no request."""

    stack: Settings
    last_test: str = "none"
    _deaths: Counter[str] = field(default_factory=Counter)
    _read: int = 0
    """Bytes of ClickHouse's log that were looked at: its engine's process is started again by itself."""

    def look(self) -> dict[str, str]:
        """What died since the last look, and what is to be told of it."""
        told = {name: self._tell(name, "died") for name in PARTS if self._died(name)}
        if "clickhouse" not in told and self._engine_died():
            told["clickhouse"] = self._tell("clickhouse", "lost its engine and started another")
        self._deaths.update(told.keys())
        return told

    def start_again(self) -> None:
        """Start what is dead. Raises StackError when it does not get up."""
        again = [name for name in PARTS if self._died(name) and self._deaths[name] <= _MOST_STARTS]
        if again:
            embedded_stack.start(self.stack, again)

    def _died(self, name: str) -> bool:
        record = processes.read_record(self._where.record(name))
        return record is not None and not record.alive()

    def _engine_died(self) -> bool:
        log = self._where.log("clickhouse")
        size = log.stat().st_size if log.exists() else 0
        if size == self._read:
            return False
        with log.open("rb") as file:
            file.seek(self._read if self._read < size else 0)
            new = file.read()
        self._read = size
        return _ENGINE_DIED in new

    def _tell(self, name: str, what: str) -> str:
        now = time.strftime("%H:%M:%S", time.gmtime())
        return (
            f"{name} {what}, seen {now}Z; the last test before that used the stack: {self.last_test}; its log:\n"
            + processes.log_tail(self._where.log(name), lines=30)
        )

    @property
    def _where(self) -> Places:
        return Places(Path(self.stack.state_dir))


def report_died(reporter: pytest.TerminalReporter) -> None:
    """Print what the tests' reports carry: that comes from every process of a run."""
    reports = [report for kind in reporter.stats.values() for report in kind]
    properties = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    told = dict.fromkeys(text for name, text in properties if name == TOLD_AS)
    if told:
        reporter.section("parts of the stack that died", red=True, bold=True)
        for text in told:
            reporter.write_line(text)
