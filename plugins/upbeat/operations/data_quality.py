"""The day's report on the quality of the data, for people (Markdown) and programs (JSON), in the bucket of operations.

What is dirty is decided by the mart `mart_ops_data_quality`; the report holds it against all that was stored since yesterday.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectStore

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
FOLDER = "data-quality"
_NO_FAULT = "late"
_UNKNOWN_TABLE, _UNKNOWN_DATABASE = 60, 81


@dataclass(frozen=True, slots=True)
class Dirt:
    """How many of the events that a raw table got are dirty for a reason; `is_left_out`: staging leaves them out."""

    raw_table: str
    reason: str
    is_left_out: bool
    dirty: int
    events: int

    @property
    def share(self) -> float:
        """Dirty events per event; 1 where all that were counted are gone from the raw table since."""
        return min(1.0, self.dirty / self.events) if self.events else 1.0

    def __str__(self) -> str:
        return f"{self.raw_table}: {self.reason}: {self.dirty:,} of {self.events:,} events ({self.share:.2%})"


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`since`: the day that it begins with. `place`: the folder of the report in S3."""

    at: datetime
    since: date
    most_dirty_share: float
    dirt: list[Dirt]
    place: str

    @property
    def too_much(self) -> list[Dirt]:
        """What is dirty more often than it may be. Late events are no fault: imported history is late."""
        return [dirt for dirt in self.dirt if dirt.reason != _NO_FAULT and dirt.share > self.most_dirty_share]

    @property
    def summary(self) -> str:
        """One line."""
        tables = {dirt.raw_table for dirt in self.dirt}
        return (
            f"{sum(dirt.dirty for dirt in self.dirt):,} dirty events in {len(tables)} raw tables since {self.since}; "
            f"{len(self.too_much)} of {len(self.dirt)} reasons above {self.most_dirty_share:.1%} of a table's events"
        )


def write_report(settings: Settings, now: datetime | None = None) -> QualityReport:
    """Read the mart and write `report.md` and `report.json`; a second report of a day replaces the first.

    Raises:
        InputError: the mart is not built yet.
        StoreUnavailableError: ClickHouse or S3 is away.
    """
    at = now or datetime.now(UTC)
    since = at.date() - timedelta(days=1)
    folder = f"{FOLDER}/{at:%Y-%m-%d}"
    report = QualityReport(
        at=at,
        since=since,
        most_dirty_share=settings.data_quality_most_dirty_share,
        dirt=read_dirt(settings, since),
        place=f"s3://{settings.s3_operations_bucket}/{folder}",
    )
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    store.put(f"{folder}/report.md", as_markdown(report).encode())
    store.put(f"{folder}/report.json", as_json(report))
    return report


def read_dirt(settings: Settings, since: date) -> list[Dirt]:
    """What the mart counted since a day, the largest share first. Raises as `write_report`."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    raw = settings.clickhouse_raw_database
    client = clickhouse.client(settings, database=raw, comment="upbeat data_quality_report")
    try:
        found = client.query(_SQL["dirty"], parameters={"since": since}).result_rows
        stored = {
            table: client.query(_SQL["stored"], parameters={"raw_table": table, "since": since}).result_rows[
                0
            ][0]
            for table in {row[0] for row in found}
        }
        dirt = [Dirt(table, reason, bool(out), dirty, stored[table]) for table, reason, out, dirty in found]
        return sorted(dirt, key=lambda one: -one.share)
    except ClickHouseError as error:
        if getattr(error, "code", None) in (_UNKNOWN_TABLE, _UNKNOWN_DATABASE):
            raise InputError(
                "mart.mart_ops_data_quality is not built yet: `dbt build --select +mart_ops_data_quality`"
            ) from error
        raise
    finally:
        client.close()


def as_markdown(report: QualityReport) -> str:
    """For people: what is too much first, then everything."""
    lines = [f"# Data quality, {report.at:%Y-%m-%d %H:%M} UTC", "", f"{report.summary}.", ""]
    if report.too_much:
        lines += ["## Too much", "", *_table(report.too_much), ""]
    lines += ["## All that was dirty", "", *_table(report.dirt), ""]
    return "\n".join(lines)


def _table(dirt: Sequence[Dirt]) -> list[str]:
    head = ["| raw table | reason | in staging | dirty | of events | share |", "|---|---|---|---:|---:|---:|"]
    return head + [
        f"| {one.raw_table} | {one.reason} | {'left out' if one.is_left_out else 'kept'} "
        f"| {one.dirty:,} | {one.events:,} | {one.share:.2%} |"
        for one in dirt
    ]


def as_json(report: QualityReport) -> bytes:
    """For programs."""
    return orjson.dumps(
        {
            "at": report.at,
            "since": report.since,
            "summary": report.summary,
            "most_dirty_share": report.most_dirty_share,
            "too_much": [asdict(dirt) | {"share": dirt.share} for dirt in report.too_much],
            "dirt": [asdict(dirt) | {"share": dirt.share} for dirt in report.dirt],
        },
        option=orjson.OPT_INDENT_2,
    )
