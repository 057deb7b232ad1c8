"""Producing: nothing goes to a live system by accident, and a rate is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from upbeat.errors import InputError
from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import load_consumers
from upbeat.events.examples import examples
from upbeat.events.produce import paced, refuse_live, to_broker
from upbeat.settings import Settings

LIKER = load_consumers()["liker"]


def test_a_live_system_is_refused_unless_it_is_meant() -> None:
    live = Settings(upstream="live")
    with pytest.raises(InputError, match="--yes"):
        refuse_live(live, sure=False)
    refuse_live(live, sure=True)
    refuse_live(Settings(upstream="sandbox"), sure=False)


def test_without_a_broker_it_says_which_setting_is_missing() -> None:
    settings = Settings(rabbitmq_url=None, rabbitmq_embedded=False)
    with pytest.raises(InputError, match="UPBEAT_RABBITMQ_URL"), to_broker(settings, LIKER):
        pass


@pytest.mark.parametrize(("rate", "largest"), [(None, 5_000), (100.0, 10), (1.5, 1)])
def test_batches_are_a_tenth_of_a_second_of_the_rate(rate: float | None, largest: int) -> None:
    batches: list[int] = []
    count = 12_000 if rate is None else 15
    if rate == 1.5:
        count = 2
    told: list[int] = []

    def send(batch: Sequence[StoredEvent]) -> None:
        batches.append(len(batch))

    begun = time.monotonic()
    produced = paced(examples(LIKER, count), send, rate, told.append)
    assert produced.events == sum(batches) == told[-1] == count
    assert max(batches) == min(largest, count)
    if rate is not None:
        assert time.monotonic() - begun >= (count - batches[-1]) / rate
