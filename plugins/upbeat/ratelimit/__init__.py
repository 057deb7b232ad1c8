"""Stacked rate limits: every level that binds a request passes, or none is spent. See docs/adr/0004.

`limits` says what is limited, `redis_limiter` decides for all workers, `memory_limiter` for one, `resilient_limiter` is the
first while Redis is there and the second while it is not.
"""

from upbeat.ratelimit.from_settings import figures_of, limiter_of
from upbeat.ratelimit.limiter import RateLimiter, acquire_or_wait
from upbeat.ratelimit.limits import (
    ALL_LEVELS,
    FLOW_LEVELS,
    Decision,
    Figures,
    Level,
    Limit,
    LimitState,
    Rate,
    limits_for,
    parse_rate,
    source_key,
)
from upbeat.ratelimit.memory_limiter import MemoryRateLimiter
from upbeat.ratelimit.redis_limiter import RedisRateLimiter
from upbeat.ratelimit.resilient_limiter import Mode, ResilientRateLimiter

__all__ = [
    "ALL_LEVELS",
    "FLOW_LEVELS",
    "Decision",
    "Figures",
    "Level",
    "Limit",
    "LimitState",
    "MemoryRateLimiter",
    "Mode",
    "Rate",
    "RateLimiter",
    "RedisRateLimiter",
    "ResilientRateLimiter",
    "acquire_or_wait",
    "figures_of",
    "limiter_of",
    "limits_for",
    "parse_rate",
    "source_key",
]
