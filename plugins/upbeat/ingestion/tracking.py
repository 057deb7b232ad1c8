"""Which creators are collected: the table that sync DAGs take their tasks from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import InputError
from upbeat.ingestion.history_values import read_handle
from upbeat.records import Platform
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
TIERS = ("tracked", "campaign", "leaderboard", "long_tail")


def clean_handles(handles: Iterable[str], platform: Platform) -> list[str]:
    """Handles without `@`, in lower case, sorted, each once. Comments (`# …`) and empty lines are left out.

    Raises:
        InputError: names the first that is no handle.
    """
    cleaned = set()
    for written in handles:
        text = written.partition("#")[0].strip()
        if not text:
            continue
        try:
            cleaned.add(read_handle(text, platform))
        except ValueError as error:
            raise InputError(f"{error}: pass names such as natgeo or @natgeo") from error
    return sorted(cleaned)


def track(
    connection: psycopg.Connection[Any], platform: Platform, handles: Sequence[str], tier: str | None = None
) -> int:
    """Collect these creators from now on; returns how many were added or moved.

    Args:
        tier: how closely; None leaves known creators in theirs and adds new ones as `tracked`.

    Raises:
        InputError: an unknown tier.
    """
    if tier is not None and tier not in TIERS:
        raise InputError(f"tier={tier}: there is no such tier: use one of {', '.join(TIERS)}")
    parameters = {
        "platform": platform.value,
        "handles": list(handles),
        "tier": tier or TIERS[0],
        "move": tier is not None,
    }
    return connection.execute(_SQL["add"].encode(), parameters).rowcount


def untrack(connection: psycopg.Connection[Any], platform: Platform, handles: Sequence[str]) -> list[str]:
    """Collect these creators no more; what is known of them stays. Returns those that were tracked, sorted."""
    parameters = {"platform": platform.value, "handles": list(handles)}
    return sorted(row["handle"] for row in connection.execute(_SQL["remove"].encode(), parameters).fetchall())


def tracked(connection: psycopg.Connection[Any], platform: Platform | None = None) -> list[dict[str, Any]]:
    """All tracked creators by handle, with their last known followers."""
    return connection.execute(_SQL["list"].encode(), {"platform": platform and platform.value}).fetchall()
