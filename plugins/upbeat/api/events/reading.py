"""From the bytes of a batch to events that the sink will store, and the reasons of those that it would not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches

import msgspec

from upbeat.events.consumers import Consumer
from upbeat.events.encode import convert_row
from upbeat.listeners.handler import Received
from upbeat.listeners.messages.fields import CLOCKS_DIFFER
from upbeat.listeners.reading import body_hash, one_line

MOST_EVENTS = 1_000
_TIMES = ("observed_at", "timestamp", "scraped_at", "at")
"""The columns that say when: one of them is in every kind."""
_LONGEST_ID = 300
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Event(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    kind: str
    payload: msgspec.Raw
    key: str | None = None


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    # Each is read by itself: a bad one costs itself alone, and numbers keep their digits.
    events: list[msgspec.Raw]


_READ_BATCH = msgspec.json.Decoder(_Batch).decode
_READ_EVENT = msgspec.json.Decoder(_Event).decode
_READ_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event that can be stored. `place` is its index in the batch."""

    place: int
    received: Received
    kind: str
    key: str
    payload: str
    observed_at: str


@dataclass(slots=True)
class ReadBatch:
    """The events of a batch; `problems` are (index, id where it is readable, reason)."""

    events: list[ReadEvent] = field(default_factory=list)
    problems: list[tuple[int, str | None, str]] = field(default_factory=list)


def read_batch(body: bytes, consumers: Mapping[str, Consumer], now: datetime) -> ReadBatch:
    """Read a batch.

    Raises:
        ValueError: the body is no batch at all; the message says what is wrong with it.
    """
    try:
        raw = _READ_BATCH(body).events
    except _UNREADABLE as error:
        raise ValueError(one_line(f"body: {error}")) from error
    if not 1 <= len(raw) <= MOST_EVENTS:
        raise ValueError(f"body.events: {len(raw)} events: a batch has 1 to {MOST_EVENTS:,}")
    batch = ReadBatch()
    for place, text in enumerate(raw):
        event_id = None
        try:
            event = _read_event(text)
            event_id = event.id
            batch.events.append(_checked(place, event, bytes(text), consumers, now))
        except ValueError as error:
            batch.problems.append((place, event_id, one_line(str(error))))
    return batch


def _read_event(text: msgspec.Raw) -> _Event:
    try:
        event = _READ_EVENT(text)
    except _UNREADABLE as error:
        raise ValueError(str(error)) from error
    for name, value in (("id", event.id), ("key", event.key)):
        if value is not None and (not value or len(value) > _LONGEST_ID or "\x00" in value):
            raise ValueError(f"{name}: must have 1 to {_LONGEST_ID} signs, and no NUL")
    return event


def _checked(
    place: int, event: _Event, text: bytes, consumers: Mapping[str, Consumer], now: datetime
) -> ReadEvent:
    consumer = consumers.get(event.kind)
    if consumer is None:
        near = get_close_matches(event.kind, consumers, 1)
        hint = f"did you mean {near[0]}?" if near else "`upbeat events consumers` lists the kinds"
        raise ValueError(f"kind={event.kind[:60]}: there is no such kind: {hint}")
    payload = bytes(event.payload)
    fields = _fields(payload)
    known = {column.name for column in consumer.columns}
    if unknown := sorted(fields.keys() - known):
        raise ValueError(f"payload.{unknown[0]}: {event.kind} has no such field")
    try:
        convert_row(consumer, payload)
    except ValueError as error:
        raise ValueError(f"payload.{error}") from error
    return ReadEvent(
        place=place,
        received=Received(event.id, body_hash(_canonical(text)), None, now),
        kind=event.kind,
        key=event.key or event.id,
        payload=payload.decode(),
        observed_at=_observed_at(fields, now),
    )


def _canonical(text: bytes) -> bytes:
    """The same for the same event, in whatever order its fields were written; as it is where a number is beyond a float."""
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted")
    except _UNREADABLE:
        return text


def _fields(payload: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _READ_FIELDS(payload)
    except _UNREADABLE as error:
        raise ValueError("payload: is no JSON object") from error


def _observed_at(fields: Mapping[str, msgspec.Raw], now: datetime) -> str:
    """The payload's own time, which was checked before.

    Of the states of one thing the latest stands in the warehouse: one from the future would keep all later ones out until then.
    """
    name = next((name for name in _TIMES if name in fields), None)
    if name is None or bytes(fields[name]) == b"null":
        return now.isoformat()
    moment: str = msgspec.json.decode(fields[name], type=str)
    if datetime.fromisoformat(moment) > now + CLOCKS_DIFFER:
        raise ValueError(f"payload.{name}: lies more than an hour ahead: the clock of the sender is wrong")
    return moment
