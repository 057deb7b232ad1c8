"""Example events: every kind's sink takes them, the same seed gives the same, each tells of another fact."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import load_consumers
from upbeat.events.encode import encode
from upbeat.events.examples import example_bodies, examples

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
CONSUMERS = load_consumers()
KINDS = sorted(CONSUMERS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sink_takes_every_example_of_every_kind(kind: str) -> None:
    events = list(examples(CONSUMERS[kind], 1_200, at=AT))
    encoded = encode(CONSUMERS[kind], events)
    assert encoded.rejected == []
    assert len(encoded.events) == 1_200


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_another_fact_of_the_last_minute_and_says_that_it_is_one(kind: str) -> None:
    events = list(examples(CONSUMERS[kind], 2_500, at=AT))
    payloads = [json.loads(event.body) for event in events]
    for field in ("source", "service"):
        assert {payload[field] for payload in payloads if field in payload} <= {"example"}
    names = [
        name
        for name in payloads[0]
        if len({json.dumps(payload[name]) for payload in payloads}) == len(payloads)
    ]
    assert names, "a column that tells one from the other"
    assert len({event.key for event in events}) == len({event.id for event in events}) == 2_500
    times = [datetime.fromisoformat(event.observed_at) for event in events]
    assert all(AT - timedelta(minutes=1) <= time <= AT for time in times)
    assert set(payloads[0]) == {column.name for column in CONSUMERS[kind].columns}


@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10**6), count=st.integers(0, 30), size=st.none() | st.integers(1, 4_000))  # fmt: skip
def test_a_seed_gives_its_events_and_no_others(kind: str, seed: int, count: int, size: int | None) -> None:
    def made(seed: int) -> list[StoredEvent]:
        return list(examples(CONSUMERS[kind], count, seed=seed, at=AT, size=size))

    assert made(seed) == made(seed)
    assert len(made(seed)) == count
    assert {event.id for event in made(seed)}.isdisjoint(event.id for event in made(seed + 1))
    assert all(len(event.body) >= (size or 0) for event in made(seed))
    assert [event.body for event in made(seed)] == example_bodies(
        CONSUMERS[kind], count, seed=seed, at=AT, size=size
    )


def test_another_process_makes_the_same_bytes() -> None:
    """The order of a set differs from process to process."""
    program = (
        "import hashlib; from datetime import UTC, datetime; from upbeat.events.consumers import load_consumers;"
        "from upbeat.events.examples import example_bodies; at = datetime(2026, 11, 22, 10, tzinfo=UTC);"
        "print(hashlib.sha256(b''.join(b''.join(example_bodies(c, 20, at=at)) for c in load_consumers().values())).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True, timeout=240,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(made) == 1


def test_a_body_is_filled_up_to_the_size_that_is_asked_for_and_stays_json() -> None:
    for size in (1, 600, 2_000):
        for body in example_bodies(CONSUMERS["liker"], 3, size=size):
            assert len(body) >= size
            assert json.loads(body)["source"] == "example"
