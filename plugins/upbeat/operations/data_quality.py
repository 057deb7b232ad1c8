"""The day's report on the quality of the data, for people (Markdown) and programs (JSON), in the bucket of operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectStore

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
FOLDER = "data-quality"
_UNKNOWN_TABLE, _UNKNOWN_DATABASE = 60, 81


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How many of a relation's rows break a rule."""

    relation: str
    rule: str
    rows: int
    broken: int

    @property
    def share(self) -> float:
        """Broken rows per row; 0 of an empty relation."""
        return self.broken / self.rows if self.rows else 0.0

    def __str__(self) -> str:
        return f"{self.relation}: {self.rule}: {self.broken:,} of {self.rows:,} rows ({self.share:.2%})"


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`broken`: the rules above `most_broken_share`. `place`: the folder of the report in S3."""

    at: datetime
    most_broken_share: float
    rules: list[RuleResult]
    place: str

    @property
    def broken(self) -> list[RuleResult]:
        """Rules that are broken more often than they may be."""
        return [rule for rule in self.rules if rule.share > self.most_broken_share]

    @property
    def summary(self) -> str:
        """One line."""
        rows = sum({rule.relation: rule.rows for rule in self.rules}.values())
        return (
            f"{len(self.broken)} of {len(self.rules)} rules broken by more than {self.most_broken_share:.1%} of the rows; "
            f"{sum(rule.broken for rule in self.rules):,} findings in {rows:,} rows"
        )


def write_report(settings: Settings, now: datetime | None = None) -> QualityReport:
    """Read the mart and write `report.md` and `report.json`; a second report of a day replaces the first.

    Raises:
        InputError: the mart is not built yet.
        StoreUnavailableError: ClickHouse or S3 is away.
    """
    at = now or datetime.now(UTC)
    folder = f"{FOLDER}/{at:%Y-%m-%d}"
    report = QualityReport(
        at=at,
        most_broken_share=settings.data_quality_most_broken_share,
        rules=read_rules(settings),
        place=f"s3://{settings.s3_operations_bucket}/{folder}",
    )
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    store.put(f"{folder}/report.md", as_markdown(report).encode())
    store.put(f"{folder}/report.json", as_json(report))
    return report


def read_rules(settings: Settings) -> list[RuleResult]:
    """What the mart says of each rule, the worst first. Raises as `write_report`."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    client = clickhouse.client(settings, comment="upbeat data_quality_report")
    try:
        return [RuleResult(*row) for row in client.query(_SQL["rules"]).result_rows]
    except ClickHouseError as error:
        if getattr(error, "code", None) in (_UNKNOWN_TABLE, _UNKNOWN_DATABASE):
            raise InputError(
                "mart.mart_ops_data_quality is not built yet: `dbt build --select +mart_ops_data_quality`"
            ) from error
        raise
    finally:
        client.close()


def as_markdown(report: QualityReport) -> str:
    """For people: what is broken first, then all rules."""
    lines = [f"# Data quality, {report.at:%Y-%m-%d %H:%M} UTC", "", f"{report.summary}.", ""]
    if report.broken:
        lines += ["## Broken", "", *_table(report.broken), ""]
    lines += ["## All rules", "", *_table(report.rules), ""]
    return "\n".join(lines)


def _table(rules: Sequence[RuleResult]) -> list[str]:
    head = ["| relation | rule | rows | broken | share |", "|---|---|---:|---:|---:|"]
    return head + [
        f"| {r.relation} | {r.rule.replace('|', '/')} | {r.rows:,} | {r.broken:,} | {r.share:.2%} |"
        for r in rules
    ]


def as_json(report: QualityReport) -> bytes:
    """For programs."""
    return orjson.dumps(
        {
            "at": report.at,
            "summary": report.summary,
            "most_broken_share": report.most_broken_share,
            "broken": [asdict(rule) | {"share": rule.share} for rule in report.broken],
            "rules": [asdict(rule) | {"share": rule.share} for rule in report.rules],
        },
        option=orjson.OPT_INDENT_2,
    )
