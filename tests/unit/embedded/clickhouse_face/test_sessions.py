"""Sessions: one request at a time, gone after their timeout."""

from __future__ import annotations

import pytest

from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.sessions import Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_serves_one_request_at_a_time() -> None:
    sessions = Sessions(Clock())
    session = sessions.acquire("a", timeout=60, must_exist=False)
    with pytest.raises(ClickHouseError) as caught:
        sessions.acquire("a", timeout=60, must_exist=False)
    assert caught.value.code == 373
    sessions.release(session)
    assert sessions.acquire("a", timeout=60, must_exist=True) is session


def test_an_idle_session_expires_and_a_busy_one_does_not() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    idle = sessions.acquire("idle", timeout=10, must_exist=False)
    sessions.acquire("busy", timeout=10, must_exist=False)
    sessions.release(idle)
    clock.now += 11
    sessions.expire()
    with pytest.raises(ClickHouseError) as unknown:
        sessions.acquire("idle", timeout=10, must_exist=True)
    assert unknown.value.code == 372
    with pytest.raises(ClickHouseError) as locked:
        sessions.acquire("busy", timeout=10, must_exist=False)
    assert locked.value.code == 373
