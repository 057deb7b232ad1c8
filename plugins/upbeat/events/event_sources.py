"""Where the sink's events come from: a broker's queues when one is set, else the outbox."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from upbeat.events.batch import BatchSource
from upbeat.events.consumers import Consumer
from upbeat.events.outbox import Outbox
from upbeat.events.shared_claims import SharedClaims
from upbeat.settings import Settings


def sources(settings: Settings, consumers: Mapping[str, Consumer], count: int) -> list[BatchSource]:
    """A source for each of `count` loops. Loops may share one (a broker's, which is safe in several threads)."""
    if settings.rabbitmq_dsn() is not None:
        # By name: who has no broker does not load its client.
        broker = importlib.import_module("upbeat.events.broker_source")
        shared: BatchSource = broker.BrokerSource(settings, consumers)
        return [shared] * count
    claims = SharedClaims()
    return [Outbox(settings, consumers=consumers, shared_claims=claims) for _ in range(count)]
