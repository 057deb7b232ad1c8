"""How events look as AMQP messages. Pure: bytes and properties in, events out, and back.

One event to a message (what a reader of `beat.dx` expects):

- the body is the payload, JSON; `content_type` is `application/json`, `app_id` is `upbeat`, `type` the kind,
  `message_id` the event's id in the outbox, decimal;
- headers `key`, `observed_at` (ISO 8601) and `created_ms` (Unix milliseconds at which it was written).

Many events to a message (`pack` in `consumers.yaml`):

- the body is one JSON object to a line, `{"id", "key", "observed_at", "created_ms", "payload"}`; `content_type` is
  `application/x-ndjson`, header `count` the number of lines.

A message without `app_id` `upbeat` comes from another system: its body is the payload, and its event's id a hash of the
message id, or of the body where it has none: the same message sent twice is one event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from upbeat.events.batch import StoredEvent

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import MessageProperties

APP_ID = "upbeat"
JSON = "application/json"
NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Message:
    """What is published and received, without the names of exchange and queue. `timestamp` is in Unix seconds."""

    body: bytes
    content_type: str | None = None
    message_id: str | None = None
    type: str | None = None
    app_id: str | None = None
    timestamp: int | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadPart:
    """A line of a message that is no event, and why."""

    body: bytes
    reason: str


def to_messages(kind: str, events: Sequence[StoredEvent], pack: int) -> list[Message]:
    """The events as messages of at most `pack` events each, in their order."""
    if pack == 1:
        return [_plain(kind, event) for event in events]
    return [_packed(kind, events[start : start + pack]) for start in range(0, len(events), pack)]


def _plain(kind: str, event: StoredEvent) -> Message:
    return Message(
        body=event.body,
        content_type=JSON,
        message_id=str(event.id),
        type=kind,
        app_id=APP_ID,
        timestamp=int(event.created_at),
        headers={
            "key": event.key,
            "observed_at": event.observed_at,
            "created_ms": int(event.created_at * 1000),
        },
    )


def _packed(kind: str, events: Sequence[StoredEvent]) -> Message:
    return Message(
        body=b"\n".join(_line(event) for event in events),
        content_type=NDJSON,
        # The first and the last id: the same events packed again have the same name.
        message_id=f"{events[0].id}-{events[-1].id}",
        type=kind,
        app_id=APP_ID,
        timestamp=int(events[0].created_at),
        headers={"count": len(events)},
    )


def _line(event: StoredEvent) -> bytes:
    """The payload goes in as the text it is: parsing it would cost time and the digits of amounts."""
    key, observed = orjson.dumps(event.key), orjson.dumps(event.observed_at)
    created = int(event.created_at * 1000)
    return (
        b'{"id":%d,"key":%b,"observed_at":%b,"created_ms":%d,"payload":%b}'
        % (event.id, key, observed, created, event.body)
    )  # fmt: skip


def hashed_id(message_id: str | None, body: bytes) -> int:
    """The event id, 64 bits, of a message that another system published."""
    named = message_id.encode() if message_id else body
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big")


def message_of(properties: MessageProperties, body: bytes) -> Message:
    """A message as it was received."""
    return Message(
        body,
        _text(properties.content_type),
        _text(properties.message_id),
        _text(properties.type),
        _text(properties.app_id),
        properties.timestamp,
        properties.headers or {},
    )


def _text(value: Any) -> str | None:
    """A text that is no UTF-8 arrives as bytes: it names nothing."""
    return value if isinstance(value, str) else None


def is_packed(message: Message) -> bool:
    """Whether the message holds a number of events, one to a line. Other systems' messages are one event each."""
    return message.app_id == APP_ID and message.content_type == NDJSON


def events_of(message: Message, received_at: float) -> tuple[list[StoredEvent], list[BadPart]]:
    """The events of a message, and what is none. Never raises: a message may be anything.

    A body that is no JSON object is an event all the same where the message has no envelope that could be broken: who
    encodes it says what is wrong with it.

    Args:
        received_at: Unix time in seconds, for messages that do not say when they were written.
    """
    if not is_packed(message):
        return [_plain_event(message, received_at)], []
    try:
        lines = [line for line in _LINES.decode_lines(message.body) if 0 <= line.id <= _LATEST_ID]
        events = [_line_event(line, received_at) for line in lines]
        if len({event.id for event in events}) == message.body.count(b"\n") + 1:
            return events, []
    except _UNREADABLE:
        pass  # some line is bad: one by one
    return _events_of_lines(message.body, received_at)


class _Line(msgspec.Struct):
    """The envelope of an event in a packed message. `payload` stays the text that it is."""

    id: int
    key: str
    observed_at: str
    created_ms: int
    payload: msgspec.Raw


_LINES = msgspec.json.Decoder(_Line)
# Deep nesting is no error of the decoder's own kind.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_LATEST_ID = 2**64 - 1
# Unix seconds beyond which a time is none (year 5138): another system may have meant milliseconds.
_LATEST_SECOND = 10**11


def _plain_event(message: Message, received_at: float) -> StoredEvent:
    headers = message.headers
    key, observed = headers.get("key"), headers.get("observed_at")
    return StoredEvent(
        id=_plain_id(message),
        key=key if isinstance(key, str) else "",
        body=message.body,
        observed_at=observed if isinstance(observed, str) else "",
        created_at=_written_at(headers.get("created_ms"), message.timestamp, received_at),
    )


def _plain_id(message: Message) -> int:
    name = message.message_id
    if (
        message.app_id == APP_ID
        and name is not None
        and name.isascii()
        and name.isdigit()
        and len(name) <= 20
    ):
        number = int(name)
        if number <= _LATEST_ID:
            return number
    return hashed_id(name, message.body)


def _written_at(created_ms: Any, timestamp: Any, received_at: float) -> float:
    if type(created_ms) is int and 0 < created_ms < _LATEST_SECOND * 1000:
        return created_ms / 1000
    if type(timestamp) is int and 0 < timestamp < _LATEST_SECOND:
        return float(timestamp)
    return received_at


def _line_event(line: _Line, received_at: float) -> StoredEvent:
    created = _written_at(line.created_ms, None, received_at)
    return StoredEvent(line.id, line.key, bytes(line.payload), line.observed_at, created)


def _events_of_lines(body: bytes, received_at: float) -> tuple[list[StoredEvent], list[BadPart]]:
    """Line by line: a bad one costs itself. An id may stand twice, but not for two different events."""
    events: dict[int, StoredEvent] = {}
    bad: list[BadPart] = []
    for text in body.split(b"\n"):
        if not text.strip():
            continue
        try:
            event = _line_event(_LINES.decode(text), received_at)
        except (*_UNREADABLE, OverflowError) as error:
            bad.append(BadPart(text, f"is no event: {' '.join(str(error).split())}"))
            continue
        if not 0 <= event.id <= _LATEST_ID:
            bad.append(BadPart(text, f"is no event: id {event.id} is not within 64 bits"))
        elif event.id in events and events[event.id].body != event.body:
            bad.append(BadPart(text, f"another event of this message has the id {event.id}, too"))
        else:
            events.setdefault(event.id, event)
    return list(events.values()), bad
