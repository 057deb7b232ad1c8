"""A batch of events is read event by event: each is either as the sink takes it, or told with its index."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.events.reading import read_batch
from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import load_consumers
from upbeat.events.encode import encode

NOW = datetime(2026, 11, 26, tzinfo=UTC)
CONSUMERS = load_consumers()
PAYLOAD = {"event_id": "e", "name": "opened", "at": "2026-11-20T09:30:00Z"}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def event(**more: Any) -> dict[str, Any]:
    return {"id": "1", "kind": "api_event", "payload": PAYLOAD, **more}


@given(
    st.lists(
        st.one_of(ANYTHING, st.builds(lambda value: event(payload=PAYLOAD | {"at": value}), ANYTHING)),
        min_size=1,
    )
)
def test_every_event_is_read_or_told_and_what_is_read_the_sink_takes(events: list[Any]) -> None:
    batch = read_batch(json.dumps({"events": events}).encode("utf-8", "surrogatepass"), CONSUMERS, NOW)
    places = [one.place for one in batch.events] + [place for place, _, _ in batch.problems]
    assert sorted(places) == list(range(len(events)))
    assert all("\n" not in reason for _, _, reason in batch.problems)
    stored = [StoredEvent(1, one.key, one.payload.encode(), one.observed_at, 0.0) for one in batch.events]
    assert encode(CONSUMERS["api_event"], stored).rejected == []


def test_the_same_event_is_known_in_whatever_order_its_fields_stand() -> None:
    turned = dict(reversed(event(payload=dict(reversed(PAYLOAD.items()))).items()))
    other = event(payload=PAYLOAD | {"name": "closed"})
    batch = read_batch(json.dumps({"events": [event(), turned, other]}).encode(), CONSUMERS, NOW)
    hashes = [one.received.body_hash for one in batch.events]
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_event_from_the_future_is_told_as_it_would_keep_all_later_ones_out() -> None:
    times = [
        "2026-11-26T00:59:59Z",
        "2026-11-26T06:59:59+06:00",
        "2026-11-26T01:00:01Z",
        "2200-01-01T00:00:00Z",
    ]
    body = json.dumps({"events": [event(payload=PAYLOAD | {"at": at}) for at in times]}).encode()
    batch = read_batch(body, CONSUMERS, NOW)
    assert [one.place for one in batch.events] == [0, 1]
    assert [place for place, _, _ in batch.problems] == [2, 3]
    assert batch.problems[0][2].startswith("payload.at: lies more than an hour ahead")


def test_an_amount_keeps_its_digits() -> None:
    amount = "12345678901234.1200"
    kind, consumer = next(
        (kind, one)
        for kind, one in CONSUMERS.items()
        if any(column.type == "decimal" for column in one.columns)
    )
    values = {"decimal": amount, "timestamp": '"2026-11-20T09:30:00Z"', "string": '"a"', "json": "[]"}
    fields = ", ".join(
        f'"{column.name}": {values.get(column.type, "true" if column.type == "bool" else "1")}'
        for column in consumer.columns
    )
    text = f'{{"events": [{{"id": "1", "kind": "{kind}", "payload": {{{fields}}}}}]}}'
    batch = read_batch(text.encode(), CONSUMERS, NOW)
    assert batch.problems == []
    assert amount in batch.events[0].payload


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events": []}', b'{"events": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_batch_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(ValueError, match="body"):
        read_batch(body, CONSUMERS, NOW)
