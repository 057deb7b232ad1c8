"""RabbitMQ: short administrative connections, a publisher with confirms, and a subscriber that outlives restarts.

pika is not thread-safe: each connection is touched by the one thread that runs it, and every public method here hands its
work over to that thread. Nothing in this package knows what is in a message.
"""

from upbeat.stores.rabbitmq.administration import (
    Administration,
    QueueDepth,
    Received,
    RefusedError,
    administration,
)
from upbeat.stores.rabbitmq.messages import Delivery, MessageProperties, Outgoing, Properties
from upbeat.stores.rabbitmq.publisher import Publisher, Refusal
from upbeat.stores.rabbitmq.subscriber import Subscriber, Subscription

__all__ = [
    "Administration",
    "Delivery",
    "MessageProperties",
    "Outgoing",
    "Properties",
    "Publisher",
    "QueueDepth",
    "Received",
    "Refusal",
    "RefusedError",
    "Subscriber",
    "Subscription",
    "administration",
]
