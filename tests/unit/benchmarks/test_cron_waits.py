"""How long what arrives at any moment waits for schedules, one after another."""

from __future__ import annotations

import pytest
from benchmarks.cron_waits import Movement, latencies


def test_what_arrives_waits_for_the_next_start_and_for_the_movement() -> None:
    found = latencies([Movement("build", ["*/15 * * * *"], 60.0)], step=60.0, days=1)

    assert min(found) == 60.0
    assert max(found) == 14 * 60 + 60.0


def test_what_arrives_while_a_movement_runs_waits_for_its_next_start() -> None:
    found = latencies([Movement("build", ["*/15 * * * *"], 60.0)], step=30.0, days=1)

    assert found[1] == 15 * 60 - 30 + 60.0


def test_a_movement_without_a_cron_begins_when_the_one_before_it_has_ended() -> None:
    chain = [Movement("build", ["*/15 * * * *"], 60.0), Movement("publish", [], 20.0)]

    assert latencies(chain, step=60.0, days=1)[0] == 80.0


def test_of_several_crons_the_first_to_come_counts() -> None:
    found = latencies([Movement("publish", ["0 * * * *", "10 * * * *"], 0.0)], step=60.0, days=1)

    assert found[5] == pytest.approx(5 * 60)
    assert found[11] == pytest.approx(49 * 60)
