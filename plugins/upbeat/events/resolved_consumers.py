"""A consumer as it acts: the file's entry, its defaults, and the settings where it leaves a figure to them. Pure."""

from __future__ import annotations

from typing import Any

from upbeat.events.consumers import Consumer
from upbeat.events.flush_policy import flush_limits
from upbeat.settings import Settings


def resolved_consumer(consumer: Consumer, settings: Settings) -> dict[str, Any]:
    """All fields with their values, the error queue among them; `columns` as the file writes them."""
    limits = flush_limits(consumer, settings)
    columns = {one.name: f"{one.type}{'?' if one.nullable else ''}" for one in consumer.columns}
    return {
        **consumer.model_dump(exclude={"columns"}),
        "error_queue": consumer.error_queue,
        "batch_rows": limits.batch_rows,
        "largest_batch_rows": limits.largest_rows,
        "flush_seconds": limits.flush_seconds,
        "columns": columns,
    }
