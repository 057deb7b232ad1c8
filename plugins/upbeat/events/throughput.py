"""What each stage did lately, read from `beat.event_minute`: rates, ages of events, and a row of minutes to plot."""

from __future__ import annotations

from typing import TypedDict

from upbeat.events.lag_histogram import quantile
from upbeat.events.minutes import SQL
from upbeat.events.stage_counts import StageCounts
from upbeat.settings import Settings
from upbeat.stores import postgres

RATE_MINUTES = 5
PLOT_MINUTES = 60


class StageRates(TypedDict):
    """One stage and kind over the last minutes. Lags in seconds from an event's writing; None when there was no event."""

    events: int
    per_second: float
    batches: int
    parked: int
    lag_p50: float | None
    lag_p95: float | None
    lag_max: float | None


def stage_rates(settings: Settings, minutes: int = RATE_MINUTES) -> dict[tuple[str, str], StageRates]:
    """What each stage did with each kind in the last whole minutes and the one under way, by (stage, kind)."""
    with postgres.transaction(settings) as connection:
        rows = connection.execute(SQL["recent_minutes"], {"minutes": minutes}).fetchall()
    sums: dict[tuple[str, str], StageCounts] = {}
    for row in rows:
        counts = StageCounts(
            row["events"], row["batches"], row["parked"], row["lags"], lag_max=row["lag_max"]
        )
        sums.setdefault((row["stage"], row["kind"]), StageCounts()).add(counts)
    seconds = rows[0]["seconds"] if rows else 1.0
    return {key: rates_of(counts, seconds) for key, counts in sums.items()}


def rates_of(counts: StageCounts, seconds: float) -> StageRates:
    """The figures of counts that were made within so many seconds."""
    return StageRates(
        events=counts.events,
        per_second=counts.events / seconds,
        batches=counts.batches,
        parked=counts.parked,
        lag_p50=quantile(counts.lags, 0.5, counts.lag_max),
        lag_p95=quantile(counts.lags, 0.95, counts.lag_max),
        lag_max=counts.lag_max if any(counts.lags) else None,
    )


NOTHING = rates_of(StageCounts(), 1.0)


def events_by_minute(settings: Settings, minutes: int = PLOT_MINUTES) -> dict[tuple[str, str], list[int]]:
    """Events of each (stage, kind) in each of the last minutes, the oldest first, the one under way last."""
    with postgres.transaction(settings) as connection:
        rows = connection.execute(SQL["events_by_minute"], {"minutes": minutes}).fetchall()
    series: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        places = series.setdefault((row["stage"], row["kind"]), [0] * minutes)
        places[minutes - 1 - row["minutes_ago"]] = row["events"]
    return series
