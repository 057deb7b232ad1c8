"""`upbeat limits`: what people see of the limits in Redis, and of Redis being away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.ratelimit import ALL_LEVELS, Figures, RedisRateLimiter, limits_for, source_key
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess


def upbeat(server: RedisProcess, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    redis = {"UPBEAT_REDIS_URL": server.url, "UPBEAT_REDIS_ANSWER_SECONDS": "10"}
    environment = {"PATH": os.environ["PATH"], "UPBEAT_DOTENV": "", **redis, **env}
    command = [str(Path(sys.executable).with_name("upbeat")), "limits", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)


def shown(run: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    assert run.returncode == 0, run.stderr
    return {f"{row['level']} {row['name']}".strip(): row for row in json.loads(run.stdout)["limits"]}


async def spend(server: RedisProcess, requests: int, *, penalty: float = 0.0) -> None:
    limiter = RedisRateLimiter(async_client(server.settings))
    figures = Figures(handle=limits_of_a_day())
    for _ in range(requests):
        limits = limits_for(ALL_LEVELS, source="lama", handle="nasa", figures=figures)
        assert (await limiter.acquire(limits)).allowed
    if penalty:
        await limiter.penalise(source_key("lama"), penalty)
    await limiter.close()


def limits_of_a_day() -> Any:
    from upbeat.ratelimit import Rate

    return Rate(50, 86_400)


async def test_every_limit_is_shown_with_what_is_left_and_whom_it_binds(redis_server: RedisProcess) -> None:
    await spend(redis_server, 3)
    env = {"UPBEAT_LIMIT_HANDLE": "50/day", "UPBEAT_SOURCE_LIMITS": '{"lama": "3/h", "new-one": "7/min"}'}
    rows = shown(upbeat(redis_server, "--handle", "@Nasa", "--json", **env))
    assert {"source graphapi", "source rocketapi", "source new-one"} <= set(rows)
    day, handle, lama = rows["global_daily"], rows["handle nasa"], rows["source lama"]
    assert (day["used"], day["remaining"], day["amount"]) == (3, 19_997, 20_000)
    assert (handle["used"], handle["remaining"]) == (3, 47)
    assert (lama["used"], lama["remaining"]) == (3, 0)
    assert lama["room_in_seconds"] == pytest.approx(3_600, abs=60)
    assert (day["binds_flows"], day["binds_interactive"]) == (False, True)
    assert (lama["binds_flows"], lama["binds_interactive"]) == (True, True)
    assert shown(upbeat(redis_server, "--handle", "nasa", "--json", **env))["global_daily"]["used"] == 3
    table = upbeat(redis_server, "--handle", "nasa", **env).stdout
    assert "50/day" in table
    assert "flows, interactive" in table


async def test_a_penalty_is_shown_and_lifted_only_with_yes(redis_server: RedisProcess) -> None:
    await spend(redis_server, 1, penalty=600.0)
    lama = shown(upbeat(redis_server, "--json"))["source lama"]
    assert lama["penalty_seconds"] == pytest.approx(600, abs=60)
    assert lama["remaining"] == 0
    assert "would lift a penalty of" in upbeat(redis_server, "reset", "lama").stdout
    assert shown(upbeat(redis_server, "--json"))["source lama"]["penalty_seconds"] > 500
    assert json.loads(upbeat(redis_server, "reset", "lama", "--yes", "--json").stdout)["lifted"] is True
    lama = shown(upbeat(redis_server, "--json"))["source lama"]
    assert (lama["penalty_seconds"], lama["used"]) == (0, 1)
    assert upbeat(redis_server, "reset", "lama", "--yes").stdout == "lama: there is no penalty\n"


def test_redis_being_away_is_said_and_the_caps_are_shown_all_the_same(own_redis: RedisProcess) -> None:
    own_redis.kill()
    told = json.loads(upbeat(own_redis, "--json").stdout)
    assert told["redis"] is False
    assert "Redis does not answer" in told["away"]
    assert {(row["used"], row["remaining"]) for row in told["limits"]} == {(None, None)}
    assert "keeps to its share of the caps in memory" in upbeat(own_redis).stdout
    reset = upbeat(own_redis, "reset", "lama", "--yes")
    assert (reset.returncode, reset.stderr.count("\n")) == (1, 1)


def test_an_unknown_source_is_named_with_those_that_there_are(redis_server: RedisProcess) -> None:
    run = upbeat(redis_server, "reset", "nobody")
    assert run.returncode == 2
    assert "source=nobody" in run.stderr
    assert "graphapi" in run.stderr
