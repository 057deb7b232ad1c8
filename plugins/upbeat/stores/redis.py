"""Connections to Redis, with time-outs short enough that a dead Redis does not slow every request."""

from __future__ import annotations

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from upbeat.settings import Settings


def async_client(settings: Settings, *, least_seconds: float = 0.0) -> redis.asyncio.Redis:
    """A pooled client; a call fails after `redis_answer_seconds` without an answer, and is not repeated.

    `least_seconds`: how long is waited in any case, where nothing else is delayed by it.
    """
    timeout_seconds = max(settings.redis_answer_seconds, least_seconds)
    client: redis.asyncio.Redis = redis.asyncio.from_url(
        settings.redis_dsn(),
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        max_connections=64,
    )
    return client
