"""The limits and the limiter that the settings ask for."""

from __future__ import annotations

from collections.abc import Mapping

from upbeat.ratelimit.limits import Figures, parse_rate
from upbeat.ratelimit.redis_limiter import RedisRateLimiter
from upbeat.ratelimit.resilient_limiter import ResilientRateLimiter
from upbeat.settings import Settings
from upbeat.stores.redis import async_client


def figures_of(settings: Settings, source_defaults: Mapping[str, str] | None = None) -> Figures:
    """The figure of every level. `source_defaults` is what the crawlers state for their sources.

    Precedence for a source: the setting `source_limits`, then the specification's figure, then the crawler's own, then
    the careful default of `Figures.other_sources`. Raises `InputError` that names the setting.
    """
    own = {
        source: parse_rate(text, name=f"limit of {source}")
        for source, text in (source_defaults or {}).items()
    }
    stated = {
        source: parse_rate(text, name=f"source_limits[{source!r}]")
        for source, text in settings.source_limits.items()
    }
    return Figures(
        global_daily=parse_rate(settings.limit_global_daily, name="limit_global_daily"),
        global_minute=parse_rate(settings.limit_global_minute, name="limit_global_minute"),
        handle=parse_rate(settings.limit_handle, name="limit_handle"),
        sources={**own, **Figures().sources, **stated},
    )


def limiter_of(settings: Settings, *, live_workers: int = 1) -> ResilientRateLimiter:
    """The limiter of one worker process; `live_workers` is the configured number of processes (see there)."""
    return ResilientRateLimiter(RedisRateLimiter(async_client(settings)), live_workers=live_workers)
