"""Messages that cannot be used, on their way to the error exchange with the reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from upbeat.listeners.configuration import Listener
from upbeat.listeners.sealing import SEALED, Seal
from upbeat.stores.rabbitmq import Delivery, Outgoing, Properties

PREFIX = "x-upbeat-"


def parked(delivery: Delivery, listener: Listener, reason: str, seal: Seal | None, now: datetime) -> Outgoing:
    """The message for the error exchange.

    Headers `x-upbeat-reason`, `-exchange` and `-routing-key` (where it came from), `-failed-at` and `-listener` say what
    happened; the rest is as its sender made it, so that it can be sent again. Of a listener whose messages hold secrets the
    body is sealed, and headers of the sender's own, which may hold anything, stay behind.
    """
    properties = delivery.properties
    sealed = seal is not None and properties.content_type != SEALED
    headers = {
        "x-upbeat-reason": reason,
        "x-upbeat-exchange": delivery.exchange,
        "x-upbeat-routing-key": delivery.routing_key,
        "x-upbeat-failed-at": now.astimezone(UTC).isoformat(),
        "x-upbeat-listener": listener.name,
    }
    return Outgoing(
        exchange=listener.error_exchange,
        routing_key=listener.error_routing_key,
        body=seal.close(delivery.body) if seal is not None and sealed else delivery.body,
        properties=Properties(
            content_type=SEALED if sealed else properties.content_type,
            message_id=properties.message_id,
            type=properties.type,
            app_id=properties.app_id,
            timestamp=properties.timestamp,
            headers=headers if seal is not None else _own(properties.headers) | headers,
        ),
    )


def _own(headers: Mapping[str, Any] | None) -> dict[str, Any]:
    """The sender's headers; not those of an earlier failure, nor the broker's about it."""
    return {
        name: value
        for name, value in (headers or {}).items()
        if not name.startswith((PREFIX, "x-death", "x-first-death", "x-last-death", "x-delivery-count"))
    }
