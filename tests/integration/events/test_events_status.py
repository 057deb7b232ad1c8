"""`upbeat events`: what waits where, what is parked where, and how it goes back; with a broker, without, and with one away."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.waiting import wait_until

from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import InputError
from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import load_consumers
from upbeat.events.error_messages import Origin, with_reason
from upbeat.events.parked import parked_events, send_back
from upbeat.events.relay import relay
from upbeat.events.stage_observer import observed
from upbeat.events.status import KindStatus, events_status, routes_by_kind
from upbeat.events.topology import declare
from upbeat.events.wire import to_messages
from upbeat.listeners.configuration import load_listeners
from upbeat.stores.rabbitmq import Outgoing, Properties, Publisher, administration

if TYPE_CHECKING:
    from tests.integration.events.conftest import OutboxBench

    from upbeat.settings import Settings


def of_kind(settings: Settings, kind: str) -> KindStatus:
    return next(row for row in events_status(settings, {})["kinds"] if row["kind"] == kind)


def park_in_queue(settings: Settings, kind: str, ids: range) -> None:
    """As the sink does with messages that it cannot store."""
    consumer = load_consumers()[kind]
    origin = Origin(consumer.exchange, consumer.routing_key)
    events = [StoredEvent(number, f"key {number}", b'{"x": 1}', "", 1_790_000_000.0) for number in ids]
    publisher = Publisher(str(settings.rabbitmq_dsn()))
    at = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    items = [
        Outgoing(
            consumer.error_exchange,
            consumer.error_routing_key,
            one.body,
            with_reason(one, kind=kind, origin=origin, reason="x: is no y", failed_at=at),
        )
        for one in to_messages(kind, events, 1)
    ]
    try:
        assert publisher.publish(items, 30) == []
    finally:
        publisher.close()


def park_in_outbox(bench: OutboxBench, count: int, kind: str = "profile_log") -> None:
    bench.rows(
        "INSERT INTO beat.outbox_error (id, kind, key, payload, observed_at, reason, failed_at)"
        f" SELECT n, '{kind}', 'k' || n, '{{\"a\": 1}}', now(), 'a: is no b', '2026-11-25T13:00:00Z'::timestamptz + n * interval '1 s'"
        f" FROM generate_series(1, {count}) AS n RETURNING id"
    )


def test_without_a_broker_the_outbox_the_rates_and_the_parked_are_shown(bench: OutboxBench) -> None:
    bench.fill(7)
    bench.fill(2, kind="unheard_of")
    park_in_outbox(bench, 3)
    with observed(bench.settings, "sink") as observer:
        observer.stored("profile_log", 600, 1, 0, [2.0] * 600)
    status = events_status(bench.settings, {}, error_limit=2)
    assert status["broker"] == {"used": False, "problem": None}
    row = of_kind(bench.settings, "profile_log")
    assert (row["new"], row["claimed"], row["errors"], row["table"]) == (7, 0, 3, "profile_log")
    assert (row["queued"], row["consumers"], row["error_queued"]) == (None, None, None)
    assert row["sink"]["events"] == sum(row["by_minute"]) == 600
    assert row["relay"]["events"] == 0
    assert of_kind(bench.settings, "unheard_of")["table"] is None
    assert [error["key"] for error in status["newest_errors"]] == ["k3", "k2"]


def test_with_a_broker_its_queues_are_shown_too(broker_bench: OutboxBench) -> None:
    bench = broker_bench
    assert of_kind(bench.settings, "profile_log")["queued"] is None, "no queue is there yet"
    bench.fill(12)
    relay(bench.settings, time_budget=60, until_empty=True)
    park_in_queue(bench.settings, "profile_log", range(1, 4))
    park_in_outbox(bench, 1)
    row = of_kind(bench.settings, "profile_log")
    assert (row["new"], row["queued"], row["consumers"], row["error_queued"], row["errors"]) == (
        0,
        12,
        0,
        3,
        1,
    )
    newest = events_status(bench.settings, {}, error_limit=10)["newest_errors"]
    assert [one["place"] for one in newest] == ["beat.outbox_error"] + ["beat.profile_log.error"] * 3
    wait_until(
        lambda: of_kind(bench.settings, "profile_log")["error_queued"] == 3, "looking takes nothing out"
    )


def test_a_broker_that_is_away_is_named_and_the_rest_is_shown(bench: OutboxBench) -> None:
    bench.fill(7)
    park_in_outbox(bench, 1)
    url = SecretStr("amqp://u:very-secret@127.0.0.1:1/%2F")
    away = bench.settings.model_copy(update={"rabbitmq_url": url})
    status = events_status(away, {})
    assert status["broker"]["used"]
    assert "127.0.0.1:1" in (status["broker"]["problem"] or "")
    assert "very-secret" not in str(status)
    assert of_kind(away, "profile_log")["new"] == 7
    parked = parked_events(away, routes_by_kind())
    assert [one["key"] for one in parked["events"]] == ["k1"]
    assert "127.0.0.1:1" in (parked["problem"] or "")


def test_parked_events_go_back_from_both_places_up_to_the_limit(broker_bench: OutboxBench) -> None:
    bench, settings = broker_bench, broker_bench.settings
    routes = routes_by_kind()
    declare(str(settings.rabbitmq_dsn()), routes.values())
    park_in_outbox(bench, 3)
    park_in_queue(settings, "profile_log", range(101, 106))
    park_in_queue(settings, "post_log", range(201, 203))
    assert send_back(settings, routes, dry_run=True) == {"outbox": 3, "queues": 7, "problems": []}
    assert send_back(settings, routes, kind="profile_log", limit=5, dry_run=True) == {
        "outbox": 3,
        "queues": 2,
        "problems": [],
    }
    assert send_back(settings, routes, kind="profile_log", limit=2) == {
        "outbox": 2,
        "queues": 0,
        "problems": [],
    }
    assert [row["id"] for row in bench.rows("SELECT id FROM beat.outbox ORDER BY id")] == [1, 2]
    assert send_back(settings, routes, kind="profile_log") == {"outbox": 1, "queues": 5, "problems": []}
    row = of_kind(settings, "profile_log")
    assert (row["new"], row["queued"], row["errors"], row["error_queued"]) == (3, 5, 0, 0)
    assert of_kind(settings, "post_log")["error_queued"] == 2
    with administration(str(settings.rabbitmq_dsn())) as broker:
        message = broker.get("beat.profile_log")
        assert message is not None
        assert (message.properties.message_id, message.body) == ("101", b'{"x": 1}')
        assert not [name for name in message.properties.headers or {} if name.startswith("x-upbeat")]


def test_an_unknown_kind_is_told_with_the_way_out(bench: OutboxBench) -> None:
    for call in (send_back, parked_events):
        with pytest.raises(
            InputError, match=r"--kind nothing: there is no such kind or listener: use one of.*profile_log"
        ):
            call(bench.settings, routes_by_kind(), kind="nothing")


def test_the_commands_show_all_of_it(broker_bench: OutboxBench) -> None:
    bench, settings = broker_bench, broker_bench.settings
    declared = as_json(settings, "events", "declare")
    assert "beat.profile_log" in declared["queues"]
    assert declared["differing"] == []
    bench.fill(3)
    assert as_json(settings, "relay", "--until-empty", "--kind", "profile_log")["events"] == 3
    park_in_queue(settings, "profile_log", range(1, 2))
    status = as_json(settings, "events")
    row = next(row for row in status["kinds"] if row["kind"] == "profile_log")
    assert (row["queued"], row["error_queued"], row["relay"]["events"]) == (3, 1, 3)
    text = run(settings, "events").stdout
    assert "last hour" in text
    assert "parked profile_log key 1 (beat.profile_log.error): x: is no y" in text
    errors = as_json(settings, "events", "errors", "--kind", "profile_log")
    assert (errors["events"][0]["reason"], errors["events"][0]["body"]) == ("x: is no y", '{"x": 1}')
    shown = run(settings, "events", "errors").stdout
    assert "x: is no y" in shown
    assert '{"x": 1}' in shown
    assert as_json(settings, "events", "retry", "--dry-run") == {"outbox": 0, "queues": 1, "problems": []}
    assert (
        run(settings, "events", "retry").stdout
        == "0 events sent back to the outbox, 1 messages to their queues\n"
    )


def test_the_commands_cover_the_queues_of_listeners_and_tell_no_secret(broker_bench: OutboxBench) -> None:
    settings = broker_bench.settings
    assert {"beat.scrape_requests", "beat.credential_updates.error"} <= set(
        as_json(settings, "events", "declare")["queues"]
    )
    park_at_listener(settings, "scrape_requests", b'{"nothing": "of use"}')
    park_at_listener(settings, "credential_updates", b'{"token": "very-secret"}')
    listeners = {row["listener"]: row for row in as_json(settings, "events")["listeners"]}
    row = listeners["scrape_requests"]
    assert (row["queued"], row["consumers"], row["error_queued"], row["events"]) == (0, 0, 1, 0)
    assert (
        "listener scrape_requests: 0 wait for 0 readers, 1 parked; 0 messages"
        in run(settings, "events").stdout
    )
    shown = run(settings, "events", "errors").stdout
    assert '{"nothing": "of use"}' in shown
    assert "not shown: it holds a secret" in shown
    assert "very-secret" not in shown + run(settings, "events", "--json").stdout
    sent = as_json(settings, "events", "retry", "--kind", "scrape_requests")
    assert sent == {"outbox": 0, "queues": 1, "problems": []}
    listeners = {row["listener"]: row for row in as_json(settings, "events")["listeners"]}
    assert (listeners["scrape_requests"]["queued"], listeners["credential_updates"]["error_queued"]) == (1, 1)


def park_at_listener(settings: Settings, name: str, body: bytes) -> None:
    """As the broker does with a message that came back too often: without a seal or a reason of ours."""
    listener = load_listeners()[name]
    publisher = Publisher(str(settings.rabbitmq_dsn()))
    try:
        properties = Properties(content_type="application/json", message_id=name)
        item = Outgoing(listener.error_exchange, listener.error_routing_key, body, properties)
        assert publisher.publish([item], 30) == []
    finally:
        publisher.close()


def test_watching_shows_it_until_ctrl_c(bench: OutboxBench) -> None:
    environment = {**os.environ, **settings_environment(bench.settings), "TERM": "xterm", "COLUMNS": "150"}
    ours, theirs = pty.openpty()
    command = [*COMMAND, "events", "--watch", "0.5"]
    process = subprocess.Popen(
        command, env=environment, stdout=theirs, stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs in a shell's background ignores it
    )  # fmt: skip
    os.close(theirs)
    shown, deadline = "", time.monotonic() + 60
    while "profile_log" not in shown:
        assert time.monotonic() < deadline, shown
        if select.select([ours], [], [], 1)[0]:
            shown += os.read(ours, 65_536).decode(errors="replace")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=240) == 0
    os.close(ours)


COMMAND = [sys.executable, "-c", "from upbeat.cli import main; main()"]


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings_environment(settings), "COLUMNS": "200"}
    done = subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def as_json(settings: Settings, *arguments: str) -> Any:
    return json.loads(run(settings, *arguments, "--json").stdout)
