"""How long a process waits for Redis is a setting, and never shorter than the one who asks needs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from upbeat.settings import Settings
from upbeat.stores.redis import async_client


@pytest.mark.parametrize(
    ("setting", "least", "waits"), [(0.25, 0.0, 0.25), (0.25, 2.0, 2.0), (4.0, 2.0, 4.0)]
)
def test_the_longer_of_the_setting_and_the_callers_least_counts(
    setting: float, least: float, waits: float
) -> None:
    client = async_client(Settings(redis_answer_seconds=setting), least_seconds=least)
    options = client.connection_pool.connection_kwargs
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (waits, waits)


@pytest.mark.parametrize("seconds", [0, -1, 10.1, float("inf"), float("nan")])
def test_a_time_that_is_none_or_too_long_is_refused(seconds: float) -> None:
    with pytest.raises(ValidationError, match="redis_answer_seconds"):
        Settings(redis_answer_seconds=seconds)
