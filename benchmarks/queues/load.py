"""What every queue is given to do: the same tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EXPIRES = datetime.now(UTC) + timedelta(days=2)


def key(number: int) -> str:
    """The idempotency key of a task."""
    return f"instagram:profile_by_handle:handle_{number:07d}:2026-11-22T14:00Z"


def params(number: int) -> dict[str, str]:
    """Its parameters."""
    return {"handle": f"handle_{number:07d}"}


def priority(number: int) -> int:
    """One of three."""
    return 1 + number % 3


async def no_work() -> None:
    """The handler of the full-life benchmark: what is measured is the queue."""
