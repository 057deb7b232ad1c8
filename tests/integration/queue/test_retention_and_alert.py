"""Old finished tasks go, open ones stay; and the failure rate of the last hour."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from itertools import chain

import psycopg
import pytest
from psycopg.rows import dict_row

from upbeat.errors import StoreUnavailableError
from upbeat.queue import retention
from upbeat.queue.status import failure_rate, queue_status
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore

INSERT = (
    "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, created_at, scraped_at) "
    "SELECT %(kind)s || n, 'INSTAGRAM', 'f', %(status)s::beat.task_status, now() - %(created)s, now() - %(ended)s::interval "
    "FROM generate_series(1, %(count)s) n"
)


def insert(
    settings: Settings, kind: str, status: str, count: int, created: timedelta, ended: timedelta | None
) -> None:
    with psycopg.connect(settings.postgres_dsn()) as connection:
        connection.execute(
            INSERT, {"kind": kind, "status": status, "count": count, "created": created, "ended": ended}
        )


def archived(store: ObjectStore) -> list[str]:
    lines = [gzip.decompress(store.get(key)).splitlines() for key in store.keys("queue-archive/")]
    return sorted(
        (json.loads(line)["idempotency_key"] for line in chain(*lines)), key=lambda key: int(key[3:])
    )


def test_a_range_that_cannot_be_archived_is_not_deleted(settings: Settings) -> None:
    day = timedelta(days=1)
    insert(settings, "old", "COMPLETE", 5, 50 * day, 40 * day)

    def away(key: str, body: bytes) -> None:
        raise StoreUnavailableError("S3 is away")

    before = datetime.now(UTC) - 30 * day
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, row_factory=dict_row) as connection:
        with pytest.raises(StoreUnavailableError):
            retention.prune(connection, before, delete=True, archive=away)
        assert retention.prune(connection, before, delete=False).tasks == 5


def test_a_second_archive_of_a_range_and_day_does_not_replace_the_first(settings: Settings) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)
    first = (now - 30 * day).replace(hour=1, minute=0)
    later = first.replace(hour=2)
    insert(
        settings, "open", "PENDING", 1, 50 * day, None
    )  # so that the range begins with the same id both times
    insert(settings, "old", "COMPLETE", 2, 50 * day, now - first + timedelta(minutes=30))
    store = ObjectStore(settings, settings.s3_operations_bucket)
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, row_factory=dict_row) as connection:
        assert retention.prune(connection, first, delete=True, archive=store.put).tasks == 2
        insert(settings, "end", "COMPLETE", 3, 50 * day, now - later + timedelta(minutes=30))
        assert retention.prune(connection, later, delete=True, archive=store.put).tasks == 3
    assert sorted(archived(store)) == ["end1", "end2", "end3", "old1", "old2"]


def test_tasks_that_ended_long_ago_are_deleted_range_by_range_and_open_ones_stay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_RANGE", 10)
    day = timedelta(days=1)
    insert(settings, "old", "COMPLETE", 35, 50 * day, 40 * day)
    insert(settings, "open", "PENDING", 5, 50 * day, None)
    insert(settings, "late", "FAILED", 5, 50 * day, 2 * day)
    insert(settings, "new", "COMPLETE", 20, 3 * day, 2 * day)
    before = datetime.now(UTC) - 30 * day
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, row_factory=dict_row) as connection:
        told: list[int] = []
        assert retention.prune(connection, before, delete=False).tasks == 35
        store = ObjectStore(settings, settings.s3_operations_bucket)
        pruned = retention.prune(connection, before, delete=True, archive=store.put, on_progress=told.append)
        assert pruned.tasks == 35
        assert told == [10, 20, 30, 35]
        assert archived(store) == [f"old{n}" for n in range(1, 36)]
        assert retention.prune(connection, before, delete=True).tasks == 0
        left = connection.execute(
            "SELECT status::text, count(*) AS n FROM beat.scrape_request_log GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert {row["status"]: row["n"] for row in left} == {"COMPLETE": 20, "FAILED": 5, "PENDING": 5}


def test_the_alert_looks_at_the_last_hour_and_says_the_numbers(settings: Settings) -> None:
    minute = timedelta(minutes=1)
    assert not failure_rate(settings).alerts, "nothing ended"
    insert(settings, "quiet", "FAILED", 4, 90 * minute, minute)
    assert not failure_rate(settings).alerts, "4 of 4, and fewer than 5"
    insert(settings, "fifth", "TIMEOUT", 1, 90 * minute, minute)
    assert failure_rate(settings).alerts, "5 of 5"


def test_the_alert_starts_above_the_share(settings: Settings) -> None:
    minute = timedelta(minutes=1)
    insert(settings, "good", "COMPLETE", 95, 90 * minute, minute)
    insert(settings, "before", "FAILED", 50, 90 * minute, 61 * minute)
    insert(settings, "bad", "FAILED", 5, 90 * minute, minute)
    assert not failure_rate(settings).alerts, "5 % is not above 5 %"
    insert(settings, "slow", "TIMEOUT", 1, 90 * minute, minute)
    rate = failure_rate(settings)
    assert (rate.ended, rate.failed, rate.alerts) == (101, 6, True)
    assert "6 of 101" in str(rate)
    assert queue_status(settings)["ended"] == 101
