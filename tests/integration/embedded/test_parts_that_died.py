"""A part of the session's stack that dies in one test is there for the next, and is told of."""

from __future__ import annotations

import os
import signal
from contextlib import closing

from tests.fresh_stores import FreshStores
from tests.parts_that_died import Watch
from tests.process_family import wait_until_gone

from upbeat.embedded import stack as embedded_stack
from upbeat.settings import Settings
from upbeat.stores import clickhouse


def test_a_dead_part_is_told_once_with_its_log_and_runs_again(own_settings: Settings) -> None:
    (redis,) = embedded_stack.start(own_settings, ["redis"])
    watch = Watch(own_settings, last_test="test_that_kills")
    assert watch.look() == {}
    assert redis.pid is not None
    _kill(redis.pid)
    told = watch.look()
    assert list(told) == ["redis"]
    assert told["redis"].startswith("redis died, seen ")
    assert "test_that_kills" in told["redis"]
    assert "Ready to accept connections" in told["redis"], "the last lines of its log"
    watch.start_again()
    (again,) = embedded_stack.status(own_settings, ["redis"])
    assert (again.state, again.pid != redis.pid) == ("healthy", True)
    assert watch.look() == {}


def test_a_part_that_dies_each_time_is_left_alone(own_settings: Settings) -> None:
    (redis,) = embedded_stack.start(own_settings, ["redis"])
    watch = Watch(own_settings)
    for _ in range(3):
        assert redis.pid is not None
        _kill(redis.pid)
        assert list(watch.look()) == ["redis"]
        watch.start_again()
        (redis,) = embedded_stack.status(own_settings, ["redis"])
    assert redis.pid is not None
    _kill(redis.pid)
    assert list(watch.look()) == ["redis"]
    watch.start_again()
    (redis,) = embedded_stack.status(own_settings, ["redis"])
    assert redis.state == "died"


def test_stores_of_before_a_crash_are_lent_again_where_nothing_is_lost(stack: Settings) -> None:
    stores = FreshStores(stack)
    with stores.lend() as kept:
        pass
    with stores.lend() as first, stores.lend() as lost:
        assert first.clickhouse_raw_database == kept.clickhouse_raw_database
    with closing(clickhouse.client(stack)) as client:
        client.command(f"DROP TABLE `{lost.clickhouse_raw_database}`.comment SYNC")
    stores.forget_what_was_lost()
    with stores.lend() as again, stores.lend() as new:
        assert again.clickhouse_raw_database == kept.clickhouse_raw_database
        assert new.clickhouse_raw_database not in (kept.clickhouse_raw_database, lost.clickhouse_raw_database)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until_gone(pid)
