"""Every rate limit as it is now, for people: `upbeat limits` and the console show the same."""

from __future__ import annotations

from collections.abc import Collection

from upbeat.crawlers.source_limits import figures_in_force, known_sources
from upbeat.ratelimit import RedisRateLimiter
from upbeat.ratelimit.overview import PATIENCE_SECONDS, Overview, overview, rows_of
from upbeat.settings import Settings
from upbeat.stores.redis import async_client


async def limits_in_force(settings: Settings, handles: Collection[str] = ()) -> Overview:
    """The global limits, those of the named handles and every source's. Spends nothing."""
    names = [handle.strip().lstrip("@").lower() for handle in handles]
    rows = rows_of(settings, figures_in_force(settings), known_sources(settings), names)
    limiter = RedisRateLimiter(async_client(settings, least_seconds=PATIENCE_SECONDS))
    try:
        return await overview(limiter, rows)
    finally:
        await limiter.close()
