"""Counts of several processes add up in Postgres, and whatever goes wrong there never stops the work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from pydantic import SecretStr

from upbeat.events.minutes import MinuteWriter
from upbeat.events.stage_counts import StageCounts
from upbeat.events.stage_observer import observed
from upbeat.events.throughput import events_by_minute, stage_rates
from upbeat.stores import postgres

if TYPE_CHECKING:
    from upbeat.settings import Settings


def test_counts_of_processes_that_write_at_once_add_up(settings: Settings) -> None:
    def process(number: int) -> None:
        writer = MinuteWriter(settings, "sink")
        for kind in ("post_log", "profile_log", "trace_log"):
            writer.minutes.add(kind, StageCounts.of(10, 1, number, [float(number)] * 10))
        writer.write()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(process, range(1, 9)))
    rates = stage_rates(settings)["sink", "profile_log"]
    assert (rates["events"], rates["batches"], rates["parked"]) == (80, 8, 36)
    assert rates["lag_max"] == 8.0
    assert rates["lag_p50"] is not None
    assert 2.5 <= rates["lag_p50"] <= 5.0
    assert 80 / 361 <= rates["per_second"] <= 80 / 299


def test_relay_and_sink_are_told_apart_and_old_minutes_are_not_counted(settings: Settings) -> None:
    with observed(settings, "relay") as relay, observed(settings, "sink") as sink:
        relay.stored("post_log", 3, 1, 0, [0.1, 0.2, 0.3])
        sink.stored("post_log", 2, 1, 1, [1.0, 2.0])
    with postgres.transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.event_minute (minute, stage, kind, events)"
            " VALUES (date_trunc('minute', now()) - interval '20 minutes', 'sink', 'post_log', 500)"
        )
    rates = stage_rates(settings)
    assert rates["relay", "post_log"]["events"] == 3
    assert rates["sink", "post_log"]["events"] == 2
    series = events_by_minute(settings)["sink", "post_log"]
    assert len(series) == 60
    assert (sum(series), series[-21] + series[-22]) == (502, 500)


def test_minutes_older_than_a_week_are_forgotten(settings: Settings) -> None:
    old = datetime.now(UTC) - timedelta(days=8)
    with postgres.transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.event_minute (minute, stage, kind, events) VALUES (%s, 'sink', 'a', 1), (now(), 'sink', 'a', 1)",
            (old,),
        )
    with observed(settings, "sink") as sink:
        sink.stored("b", 1, 1, 0, [0.0])
    with postgres.transaction(settings) as connection:
        kept = connection.execute("SELECT kind, minute FROM beat.event_minute ORDER BY kind").fetchall()
    assert [row["kind"] for row in kept] == ["a", "b"]
    assert all(row["minute"] > old for row in kept)


def test_counts_wait_while_postgres_is_away(settings: Settings) -> None:
    away = settings.model_copy(update={"postgres_url": SecretStr("postgresql://u:p@127.0.0.1:1/x")})
    writer = MinuteWriter(away, "relay")
    writer.minutes.add("a", StageCounts(events=1))
    writer.write()
    writer.minutes.add("a", StageCounts(events=2))
    writer.write()
    assert [counts.events for counts in writer.minutes.take().values()] == [3]


def test_a_database_without_the_table_does_not_stop_the_work(settings: Settings) -> None:
    with postgres.transaction(settings) as connection:
        connection.execute("DROP TABLE beat.event_minute")
    with observed(settings, "sink") as sink:
        sink.stored("a", 1, 1, 0, [0.0])


def test_a_stage_that_nobody_knows_is_refused_by_the_table(settings: Settings) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), postgres.connect(settings) as connection:
        connection.execute("INSERT INTO beat.event_minute (minute, stage, kind) VALUES (now(), 'other', 'a')")
