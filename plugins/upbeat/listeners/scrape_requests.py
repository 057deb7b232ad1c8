"""Scrape requests of other services: tasks on the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from upbeat.errors import InputError
from upbeat.flows import flow_named
from upbeat.listeners.handler import Received
from upbeat.listeners.messages import scrape_request
from upbeat.listeners.messages.scrape_request import ScrapeRequestV1
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import INTERACTIVE_KEYS, NewTask


class ScrapeRequests:
    """See `Handler`."""

    models = {1: ScrapeRequestV1}  # noqa: RUF012 - as the protocol has it
    example = scrape_request.EXAMPLE
    seal = None

    def plan(self, received: Received) -> NewTask:
        """The task. Its key, unless given, is the message's id: a message that is sent again asks for nothing new."""
        request: ScrapeRequestV1 = received.message
        if request.idempotency_key is not None and request.idempotency_key.startswith(INTERACTIVE_KEYS):
            raise InputError(f"idempotency_key: those that begin with {INTERACTIVE_KEYS!r} are of look-ups")
        flow = flow_named(request.flow)
        return NewTask(
            idempotency_key=request.idempotency_key or f"message:{received.id}",
            platform=flow.platform,
            flow=flow.name,
            params=flow.validate(request.params),
            priority=flow.priority if request.priority is None else request.priority,
            account_id=request.account_id,
            expires_at=request.expires_at,
        )

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[NewTask]) -> int:
        """All at once; workers hear of them at the commit. A known key adds nothing, which is no newer state."""
        enqueue_now(connection, plans)
        return 0
