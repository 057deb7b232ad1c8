"""What stands in an error queue: a message with the reason and the place it came from in its headers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from upbeat.events.wire import Message

REASON = "x-upbeat-reason"
EXCHANGE = "x-upbeat-exchange"
ROUTING_KEY = "x-upbeat-routing-key"
KIND = "x-upbeat-kind"
FAILED_AT = "x-upbeat-failed-at"
_OURS = "x-upbeat-"
# What the broker adds to a message that it moves or delivers again.
_BROKERS = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count")
LONGEST_REASON = 1_000
_BROKERS_REASONS = {
    "delivery_limit": "came back unacknowledged too often: whoever reads it dies, or its reader was away for very long",
    "rejected": "was rejected by its reader",
    "expired": "was not read within its time to live",
    "maxlen": "its queue was full",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message was published first."""

    exchange: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """A message of an error queue, for people. Empty texts where it does not say.

    `id` is the message id: of an event its id. `failed_at` is ISO 8601.
    """

    kind: str
    id: str
    key: str
    reason: str
    failed_at: str
    exchange: str
    routing_key: str
    body: bytes


def with_reason(message: Message, *, kind: str, origin: Origin, reason: str, failed_at: datetime) -> Message:
    """The message as it goes to an error exchange."""
    headers = {
        REASON: " ".join(reason.split())[:LONGEST_REASON],
        EXCHANGE: origin.exchange,
        ROUTING_KEY: origin.routing_key,
        KIND: kind,
        FAILED_AT: failed_at.isoformat(),
    }
    return replace(message, headers={**message.headers, **headers})


def described(message: Message, default: Origin) -> ErrorMessage:
    """What a message of an error queue says of itself, whether we put it there or the broker did."""
    headers, death = message.headers, _death(message.headers)
    origin = origin_of(message, default)
    reason = _text(headers.get(REASON)) or _BROKERS_REASONS.get(death.get("reason", ""), "")
    return ErrorMessage(
        kind=_text(headers.get(KIND)) or _text(message.type),
        id=_text(message.message_id),
        key=_text(headers.get("key")),
        reason=reason or _text(death.get("reason")),
        failed_at=_text(headers.get(FAILED_AT)) or _moment(death.get("time")),
        exchange=origin.exchange,
        routing_key=origin.routing_key,
        body=message.body,
    )


def origin_of(message: Message, default: Origin) -> Origin:
    """Where to send the message to try it again; `default` when it does not say."""
    headers, death = message.headers, _death(message.headers)
    keys = death.get("routing-keys")
    key = keys[0] if isinstance(keys, list) and keys else None
    return Origin(
        _text(headers.get(EXCHANGE)) or _text(death.get("exchange")) or default.exchange,
        _text(headers.get(ROUTING_KEY)) or _text(key) or default.routing_key,
    )


def as_first_sent(message: Message) -> Message:
    """The message without what its failure put into the headers."""
    headers = {
        name: value
        for name, value in message.headers.items()
        if isinstance(name, str) and not name.startswith((_OURS, *_BROKERS))
    }
    return replace(message, headers=headers)


def _death(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The newest entry of the broker's own record."""
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        return ""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
