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
from typing import Any

import orjson

from upbeat.events.batch import StoredEvent

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
