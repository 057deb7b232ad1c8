"""How old each raw table is, against the limits that stand beside it in the dbt project: one place says them for both.

A table that never held a row is not late: nobody collects that yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import yaml

from upbeat.errors import StoreUnavailableError
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

SOURCES = REPOSITORY / "dbt_project" / "models" / "staging"
_PERIODS = ("minute", "hour", "day")
State = Literal["fresh", "late", "too late", "never filled"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a table is late, and when it is too late to go on unnoticed."""

    warn_after: timedelta
    error_after: timedelta


@dataclass(frozen=True, slots=True)
class TableAge:
    """`age` since the newest row was stored; None for a table without rows."""

    table: str
    age: timedelta | None
    limits: Limits

    @property
    def state(self) -> State:
        """What the age means."""
        if self.age is None:
            return "never filled"
        if self.age > self.limits.error_after:
            return "too late"
        return "late" if self.age > self.limits.warn_after else "fresh"

    def __str__(self) -> str:
        hours = "without a row" if self.age is None else f"{self.age.total_seconds() / 3600:.1f} h old"
        return f"{self.table} {hours} (limit {self.limits.error_after.total_seconds() / 3600:g} h)"


def table_ages(settings: Settings, folder: Path = SOURCES, *, timeout_seconds: int = 300) -> list[TableAge]:
    """The raw tables of the dbt project with their ages, by name.

    Args:
        timeout_seconds: longest wait for one answer of ClickHouse. Whoever has given up on it leaves no thread behind that waits on.

    Raises:
        StoreUnavailableError: ClickHouse does not answer, or not with figures: a table is missing.
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError

    client = clickhouse.client(
        settings,
        database=settings.clickhouse_raw_database,
        comment="upbeat freshness_check",
        send_receive_timeout=timeout_seconds,
    )
    try:
        ages = []
        for table, limits in sorted(raw_table_limits(folder).items()):
            # The server's clock on both sides.
            query = f"SELECT count(), dateDiff('second', max(_ingested_at), now64(6)) FROM `{table}`"  # noqa: S608
            rows, seconds = client.query(query).result_rows[0]
            ages.append(TableAge(table, timedelta(seconds=max(0, seconds)) if rows else None, limits))
        return ages
    except ClickHouseError as error:
        line = clickhouse.reason(error)[:300]
        raise StoreUnavailableError(f"ClickHouse does not tell how old the raw tables are: {line}") from error
    finally:
        client.close()


def raw_table_limits(folder: Path = SOURCES) -> dict[str, Limits]:
    """The tables of the source `beat` with their limits, the source's own where a table states none.

    Those that show Postgres live are left out: nothing loads them, and their newest row may be old.
    """
    return dict(_limits(folder))


def _limits(folder: Path) -> Iterator[tuple[str, Limits]]:
    for path in sorted(folder.rglob("_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", []):
            if source["name"] != "beat":
                continue
            for table in source["tables"]:
                if (table.get("config") or {}).get("meta", {}).get("live"):
                    continue
                stated = _freshness(source) | _freshness(table)
                yield table["name"], Limits(_duration(stated["warn_after"]), _duration(stated["error_after"]))


def _freshness(entry: dict[str, Any]) -> dict[str, Any]:
    return dict((entry.get("config") or {}).get("freshness") or {})


def _duration(stated: dict[str, Any]) -> timedelta:
    if stated["period"] not in _PERIODS:
        raise ValueError(f"{stated['period']}: dbt knows {', '.join(_PERIODS)}")
    return timedelta(**{f"{stated['period']}s": stated["count"]})
