"""Messages that cannot be used, as they go to the error exchange: with the reason, and sealed where they hold secrets. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from upbeat.events.error_messages import Origin, as_first_sent, with_reason
from upbeat.events.wire import message_of
from upbeat.listeners.configuration import Listener
from upbeat.listeners.sealing import SEALED, Seal
from upbeat.stores.rabbitmq import Delivery, Outgoing

LISTENER = "x-upbeat-listener"


def parked(delivery: Delivery, listener: Listener, reason: str, seal: Seal | None, now: datetime) -> Outgoing:
    """The message for the error exchange, marked as those of the sink are, and with the listener's name.

    Of a listener whose messages hold secrets the body is sealed, and the sender's own headers, which may hold anything, stay
    behind. Either way it can be sent again as it is.
    """
    message = as_first_sent(message_of(delivery.properties, delivery.body))
    if seal is not None:
        message = replace(message, headers={})
        if message.content_type != SEALED:
            message = replace(message, body=seal.close(message.body), content_type=SEALED)
    marked = with_reason(
        message,
        kind=listener.name,
        origin=Origin(delivery.exchange, delivery.routing_key),
        reason=reason,
        failed_at=now,
    )
    marked = replace(marked, headers={**marked.headers, LISTENER: listener.name})
    return Outgoing(listener.error_exchange, listener.error_routing_key, marked.body, marked)
