"""Events on the wire: what is published is what is received, and whatever comes, nothing is raised and nothing lost."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.batch import StoredEvent
from upbeat.events.wire import APP_ID, JSON, NDJSON, Message, events_of, hashed_id, to_messages

NOW = 1_700_000_000.0
# Postgres hands no lone surrogates over; JSON text of jsonb has no line breaks outside of strings, and escapes them there.
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(texts, values, max_size=4).flatmap(
    lambda payload: st.sampled_from(
        [
            json.dumps(payload, ensure_ascii=False).encode(),
            json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode(),
        ]
    )
)
stored_events = st.builds(
    StoredEvent,
    id=st.integers(0, 2**64 - 1),
    key=texts,
    body=bodies,
    observed_at=texts,
    created_at=st.integers(1, 4 * 10**12).map(lambda milliseconds: milliseconds / 1000),
)
batches = st.lists(stored_events, min_size=1, max_size=12, unique_by=lambda event: event.id)
lines = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.sampled_from([-1, 0, 1, 2**64, 10**400, 1.5, "1", None, True, {}, [], "é\n"])
            for name in ("id", "key", "observed_at", "created_ms", "payload", "more")
        },
    )
).map(lambda made: b"\n".join(json.dumps(line).encode() for line in made))
anything = st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())


@given(batches, st.integers(1, 5))
def test_what_is_published_is_received(events: list[StoredEvent], pack: int) -> None:
    received = []
    for message in to_messages("story", events, pack):
        good, bad = events_of(message, NOW)
        assert bad == []
        assert len(good) <= pack
        received += good
    assert [(one.id, one.key, one.body, one.observed_at) for one in received] == [
        (one.id, one.key, one.body, one.observed_at) for one in events
    ]
    # Milliseconds travel, cut off; a float of seconds may fall on either side of one.
    assert all(abs(a.created_at - b.created_at) <= 0.0011 for a, b in zip(received, events, strict=True))


@given(batches, st.data())
def test_a_bad_line_costs_that_line(events: list[StoredEvent], data: st.DataObject) -> None:
    message = to_messages("story", events, 1000)[0]
    lines = message.body.split(b"\n")
    place = data.draw(st.integers(0, len(lines)))
    broken = data.draw(st.sampled_from([b"{", b"null", b"[]", b'{"id":1}', b"\xff", lines[0][:-1]]))
    spoilt = b"\n".join([*lines[:place], broken, *lines[place:]])
    good, bad = events_of(Message(spoilt, NDJSON, app_id=APP_ID), NOW)
    assert [one.id for one in good] == [one.id for one in events]
    assert [one.body for one in bad] == [broken]
    assert "\n" not in bad[0].reason


@given(
    body=st.binary() | bodies | lines,
    content_type=st.none() | st.sampled_from([JSON, NDJSON, "text/plain"]),
    message_id=st.none() | st.text(),
    app_id=st.none() | st.sampled_from([APP_ID, "shop"]),
    timestamp=anything,
    headers=st.dictionaries(st.sampled_from(["key", "observed_at", "created_ms", "count"]), anything),
)
def test_whatever_comes_nothing_is_raised_and_nothing_is_lost(
    body, content_type, message_id, app_id, timestamp, headers
):  # type: ignore[no-untyped-def]
    message = Message(body, content_type, message_id, "story", app_id, timestamp, headers)
    good, bad = events_of(message, NOW)
    for event in good:
        assert 0 <= event.id < 2**64
        assert isinstance(event.key, str)
        assert isinstance(event.observed_at, str)
        assert event.created_at > 0
    if content_type != NDJSON or app_id != APP_ID:
        assert [event.body for event in good] == [body]
        assert bad == []
    else:
        filled = [line for line in body.split(b"\n") if line.strip()]
        assert len(good) + len(bad) <= len(filled)
        assert bool(filled) == bool(good or bad)


def test_a_message_of_another_system_is_known_by_a_hash_of_its_id() -> None:
    first, again = (
        events_of(Message(b'{"a": 1}', JSON, "42", app_id=app), NOW)[0][0] for app in (None, "shop")
    )
    assert first.id == again.id == hashed_id("42", b"") != 42
    ours = events_of(Message(b'{"a": 1}', JSON, "42", app_id=APP_ID), NOW)[0][0]
    assert ours.id == 42


def test_without_an_id_the_body_names_the_event() -> None:
    ids = [events_of(Message(body), NOW)[0][0].id for body in (b"{}", b"{}", b"[]")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("message_id", ["18446744073709551616", "-1", "1.5", "٣", "12-14", "", "1" * 5000])
def test_an_id_of_ours_that_is_no_number_is_hashed(message_id: str) -> None:
    event = events_of(Message(b"{}", JSON, message_id, app_id=APP_ID), NOW)[0][0]
    assert event.id == hashed_id(message_id, b"{}")


def test_the_time_of_writing_is_the_header_then_the_property_then_the_receipt() -> None:
    def created(timestamp: object, **headers: object) -> float:
        return events_of(Message(b"{}", timestamp=timestamp, headers=headers), NOW)[0][0].created_at  # type: ignore[arg-type]

    assert created(5, created_ms=1500) == 1.5
    assert created(5, created_ms="1500") == 5
    assert created(5, created_ms=True) == 5
    assert created(None) == NOW
    assert created(1_700_000_000_000) == NOW  # milliseconds where AMQP says seconds


def test_an_id_that_stands_twice_in_a_message_is_one_event_unless_its_content_differs() -> None:
    def line(number: int, payload: str) -> bytes:
        return b'{"id":%d,"key":"","observed_at":"","created_ms":1,"payload":%b}' % (number, payload.encode())

    body = b"\n".join([line(1, "{}"), line(2, "{}"), line(1, "{}"), line(2, "[]"), line(3, "{}")])
    good, bad = events_of(Message(body, NDJSON, app_id=APP_ID), NOW)
    assert [event.id for event in good] == [1, 2, 3]
    assert [part.body for part in bad] == [line(2, "[]")]
    assert "has the id 2" in bad[0].reason


@pytest.mark.parametrize("number", [-1, 2**64, 2**200])
def test_ids_beyond_64_bits_are_no_events(number: int) -> None:
    body = b"\n".join(
        b'{"id":%d,"key":"","observed_at":"","created_ms":1,"payload":{}}' % each
        for each in (number, 2**64 - 1)
    )
    good, bad = events_of(Message(body, NDJSON, app_id=APP_ID), NOW)
    assert [event.id for event in good] == [2**64 - 1]
    assert len(bad) == 1


def test_the_payload_keeps_its_digits() -> None:
    text = b'{"price": 12.3400000000000000001, "n": 123456789012345678901234567890}'
    message = to_messages(
        "shopify_order", [StoredEvent(7, "k", text, "", 1.0), StoredEvent(8, "k", b"{}", "", 1.0)], 2
    )[0]
    assert events_of(message, NOW)[0][0].body == text
    assert msgspec.json.decode(text)["n"] > 2**64


def test_a_line_nested_too_deeply_costs_that_line() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    lines = [
        b'{"id":%d,"key":"","observed_at":"","created_ms":1,"payload":%b}' % one
        for one in ((7, b"{}"), (8, deep))
    ]
    events, bad = events_of(Message(b"\n".join(lines), NDJSON, app_id=APP_ID), NOW)
    assert [event.id for event in events] == [7]
    assert [part.body for part in bad] == lines[1:]
