"""A storm over the way of events: a writer that does not stop, and a relay and a sink that die at named places.

Every event speaks of a fact of its own, named by the event's id, so that the ids of what was published and of what the
staging models return can be compared as sets.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pika
import psycopg
from psycopg.types.json import Jsonb

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.consumers import load_consumers
from upbeat.settings import Settings
from upbeat.stores.rabbitmq.parameters import CONNECTION_ERRORS

RELAY_POINTS = ("relay_after_claim", "relay_after_publish", "relay_after_confirm", "relay_before_commit")
SINK_POINTS = (
    "sink_after_receive",
    "sink_after_claim",
    "sink_after_membership",
    "sink_after_insert",
    "sink_before_ack",
    "sink_after_ack",
    "sink_after_park",
)
KINDS = ("profile_log", "instagram_account", "instagram_post", "post_log")
"""Of the first three there are staging models; `post_log` is packed, many events to a message."""
MALFORMED_SHARE = 100
"""One event of so many has a time that is none."""
FOREIGN_BODIES = (b"no JSON", b'{"half": ', b"\xff\xfe", b"[1, 2]", b"")

OBSERVED = "2026-11-22T10:00:00.123456+00:00"
PAYLOAD = {
    "platform": "INSTAGRAM",
    "handle": "someone",
    "source": "storm",
    "dimensions": {"handle": "someone"},
    "metrics": {"followers": 5, "likes": 7},
    "timestamp": OBSERVED,
    "observed_at": OBSERVED,
    "raw_object": None,
    "followers_count": 5,
}
WRITE = """
INSERT INTO beat.outbox (id, kind, key, payload, observed_at)
OVERRIDING SYSTEM VALUE
SELECT id, %(kind)s, id::text, %(payload)s || jsonb_build_object('profile_id', id::text, 'post_id', id::text), now()
FROM (SELECT nextval(pg_get_serial_sequence('beat.outbox', 'id')) AS id FROM generate_series(1, %(count)s)) AS new
RETURNING id
"""


@dataclass
class Written:
    """Ids of the events that are in the outbox, committed: those of each kind that can be stored, and the malformed."""

    good: dict[str, set[int]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    malformed: set[int] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    """Message ids of what another program published without sense."""
    unsure: set[str] = field(default_factory=set)
    """Of such without a confirm: the broker died, and may have written them down before."""


class Writer(threading.Thread):
    """Writes events in small transactions, `rate` a second, until `stop`; waits while Postgres or the broker is away."""

    def __init__(self, settings: Settings, rate: int) -> None:
        super().__init__(daemon=True, name="storm-writer")
        self.written = Written()
        self.stop = threading.Event()
        self._settings = settings
        self._count = max(1, rate // 20)
        self._foreign = itertools.count(1)

    def run(self) -> None:
        """See the class."""
        with psycopg.connect(self._settings.postgres_dsn(), autocommit=True) as connection:
            for turn in itertools.count():
                self._write(connection, KINDS[turn % len(KINDS)], turn)
                if turn % 40 == 39:
                    self._publish_nonsense()
                if self.stop.wait(0.05):
                    return

    def _write(self, connection: psycopg.Connection[Any], kind: str, turn: int) -> None:
        bad = turn % (MALFORMED_SHARE // 10) == 0
        with connection.transaction():
            good = self._insert(connection, kind, PAYLOAD, self._count)
            wrong = (
                self._insert(connection, kind, PAYLOAD | {"timestamp": "never", "observed_at": "never"}, max(1, self._count // 10))
                if bad
                else set()
            )  # fmt: skip
        self.written.good[kind] |= good
        self.written.malformed |= wrong

    @staticmethod
    def _insert(
        connection: psycopg.Connection[Any], kind: str, payload: dict[str, Any], count: int
    ) -> set[int]:
        arguments = {"kind": kind, "payload": Jsonb(payload), "count": count}
        return {row[0] for row in connection.execute(WRITE, arguments)}

    def _publish_nonsense(self) -> None:
        """A message that no consumer understands, confirmed by the broker; none while the broker is away."""
        number = next(self._foreign)
        consumer = load_consumers()["profile_log"]
        try:
            with open_broker(self._settings) as connection:
                channel = connection.channel()
                channel.confirm_delivery()
                channel.basic_publish(
                    consumer.exchange,
                    consumer.routing_key,
                    FOREIGN_BODIES[number % len(FOREIGN_BODIES)],
                    pika.BasicProperties(message_id=f"nonsense-{number}", delivery_mode=2),
                    mandatory=True,
                )
        except CONNECTION_ERRORS:
            self.written.unsure.add(f"nonsense-{number}")
            return
        self.written.foreign.add(f"nonsense-{number}")


def open_broker(settings: Settings) -> pika.BlockingConnection:
    """A connection of the test's own."""
    dsn = settings.rabbitmq_dsn()
    assert dsn is not None
    return pika.BlockingConnection(pika.URLParameters(dsn))


@dataclass
class Slot:
    """One service that is started again and again, each time with the next failpoint."""

    command: tuple[str, ...]
    points: Iterator[str]
    process: subprocess.Popen[bytes] | None = None
    point: str = ""
    started: float = 0.0


@dataclass
class Storm:
    """Keeps a relay and a sink running, counts those that died at their failpoint, and kills stores in between.

    A process that does not reach its failpoint within `patience` seconds is killed where it stands, and counted apart.
    """

    settings: Settings
    killers: dict[str, Callable[[], None]]
    """By store: kills it, leaves it away for a moment, and starts it again."""
    patience: float = 40.0
    deaths: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0
    stores: Counter[str] = field(default_factory=Counter)

    def rage(
        self, kills: int, store_kills: int, *, seconds: float, say: Callable[[str], None] = print
    ) -> None:
        """Until that many processes died at failpoints and that many stores were killed; fails after `seconds`."""
        # The second pass, mostly: the first batch of a fresh process is not the only one that may be lost.
        slots = [
            Slot(("relay",), itertools.cycle(f"{point}:{n}" for n in (1, 2) for point in RELAY_POINTS)),
            Slot(("sink",), itertools.cycle(f"{point}:{n}" for n in (1, 2) for point in SINK_POINTS)),
        ]
        end = time.monotonic() + seconds
        every = max(1, kills // max(1, store_kills))
        try:
            while self.deaths.total() < kills or self.stores.total() < store_kills:
                assert time.monotonic() < end, f"only {self.deaths}, stores {self.stores}"
                for slot in slots:
                    self._tend(slot)
                if self.stores.total() < min(store_kills, self.deaths.total() // every):
                    self._kill_store(say)
                time.sleep(0.02)
        finally:
            for slot in slots:
                if slot.process is not None and slot.process.poll() is None:
                    slot.process.kill()
                    slot.process.wait()

    def _tend(self, slot: Slot) -> None:
        if slot.process is not None and slot.process.poll() is None:
            if time.monotonic() - slot.started < self.patience:
                return
            slot.process.kill()
            slot.process.wait()
            self.elsewhere += 1
        elif slot.process is not None:
            assert slot.process.returncode == -signal.SIGKILL, (
                f"{slot.command} ended with {slot.process.returncode} instead of dying at {slot.point}"
            )
            self.deaths[slot.point.partition(":")[0]] += 1
        slot.point = next(slot.points)
        slot.process = self.start(*slot.command, failpoint=slot.point)
        slot.started = time.monotonic()

    def start(self, *command: str, failpoint: str = "") -> subprocess.Popen[bytes]:
        """`upbeat …` in a process of its own."""
        environment = {**os.environ, **settings_environment(self.settings), "UPBEAT_LOG_LEVEL": "ERROR"}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        program = "from upbeat.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", program, *command], env=environment, stdout=subprocess.DEVNULL
        )

    def drain(self, seconds: float = 300) -> None:
        """A relay and then a sink that nothing kills, until nothing is left."""
        for command in ("relay", "sink"):
            process = self.start(command, "--until-empty", "--time-budget", str(seconds))
            assert process.wait(timeout=seconds + 60) == 0, command

    def _kill_store(self, say: Callable[[str], None]) -> None:
        names = list(self.killers)
        name = names[self.stores.total() % len(names)]
        self.killers[name]()
        self.stores[name] += 1
        say(f"{self.deaths.total()} processes died, stores killed: {dict(self.stores)}")


@dataclass(frozen=True)
class Parked:
    """A message in an error queue."""

    message_id: str
    reason: str
    body: bytes


def parked_messages(settings: Settings) -> list[Parked]:
    """All messages of the error queues, taken out of them."""
    found = []
    with open_broker(settings) as connection:
        channel = connection.channel()
        for consumer in load_consumers().values():
            while True:
                method, properties, body = channel.basic_get(consumer.error_queue, auto_ack=True)
                if method is None:
                    break
                reason = (properties.headers or {}).get("x-upbeat-reason", "")
                found.append(Parked(properties.message_id or "", str(reason), body))
    return found
