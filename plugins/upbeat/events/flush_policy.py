"""When the waiting events of a kind become a batch. Pure; the outbox and the buffers of a broker's queues ask the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from upbeat.events.consumers import Consumer
from upbeat.settings import Settings

LARGEST_BATCH_BYTES = 64 * 1024 * 1024
"""A batch takes no more payload than this beyond its first message: 20,000 events of 1 MB would be the end of the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushLimits:
    """The figures of one kind, events and seconds: the consumer's own or the settings'."""

    batch_rows: int
    largest_rows: int
    flush_seconds: float
    least_interval: float


def common_limits(settings: Settings) -> FlushLimits:
    """The figures of a kind that says nothing itself."""
    return FlushLimits(
        batch_rows=settings.sink_batch_rows,
        largest_rows=max(settings.sink_batch_rows, settings.sink_largest_batch_rows),
        flush_seconds=settings.sink_flush_seconds,
        least_interval=settings.sink_least_interval_seconds,
    )


def flush_limits(consumer: Consumer, settings: Settings) -> FlushLimits:
    """What the consumer says itself goes before the settings."""
    common = common_limits(settings)
    rows = consumer.batch_rows or common.batch_rows
    return replace(
        common,
        batch_rows=rows,
        # A batch is never smaller than what makes it ready.
        largest_rows=max(rows, common.largest_rows),
        flush_seconds=consumer.flush_seconds or common.flush_seconds,
    )


def ready(
    events: int,
    oldest_age: float,
    since_last: float,
    *,
    batch_rows: int,
    largest_rows: int,
    flush_seconds: float,
    least_interval: float,
) -> bool:
    """Whether a kind with so many waiting events is worth an insert now.

    A full batch goes at once, but not sooner than `least_interval` after the last one: under load batches then grow
    towards `largest_rows` instead of becoming more. An event that has waited for `flush_seconds` is never held back.

    Args:
        events: how many wait; counting need not go beyond `largest_rows`.
        oldest_age: seconds since the oldest of them was written.
        since_last: seconds since the kind's last batch was made; infinite when there was none.
    """
    if events <= 0:
        return False
    if events >= largest_rows or oldest_age >= flush_seconds:
        return True
    return events >= batch_rows and since_last >= least_interval
