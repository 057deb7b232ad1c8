"""Holds what is published against its mart: row counts, and a checksum by key that no order of rows changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import psycopg

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync import checksum, published
from upbeat.sync.export import SourceState, ask_rows, source_state, source_types
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.runs import PublishedRun, last_published

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

EXAMPLES = 5
VerifiedStatus = Literal[
    "same", "mart moved on", "different", "never published", "gone", "cannot be verified"
]
FAULTS: frozenset[VerifiedStatus] = frozenset({"different", "gone", "cannot be verified"})


class VerifiedTable(TypedDict):
    """How a published table stands to its mart.

    `status`: "mart moved on" means that they differ and that the mart is another one than what was exported, or is being
    changed, which the next publish mends; "different" is a fault, as is "gone": published once, and the table is not there; "cannot be verified": the
    mart of a published table is missing or does not fit the plan, `examples` says how. `differing_buckets`: of 256, by key.
    `examples`: keys that differ, each with what is wrong. `not_compared`: columns of which only the presence of a value was compared.
    """

    plan: str
    mart: str
    table: str
    status: VerifiedStatus
    rows_published: int
    rows_mart: int
    differing_buckets: int
    examples: list[str]
    published_at: str | None
    exported_updated_at: str | None
    mart_updated_at: str | None
    not_compared: list[str]


def verify_published(settings: Settings, plan: Plan) -> VerifiedTable:
    """Compare `app.<table>` with its mart as it is now. A table that was never published needs no mart yet.

    Raises:
        InputError: the mart of a published table is missing, or does not fit the plan.
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    with postgres.transaction(settings) as connection:
        last = last_published(connection, plan)
        if last is None:
            return _not_compared(plan, "never published")
        if not published.exists(connection, TableName(LIVE, plan.table)):
            return _not_compared(plan, "gone")
        client = clickhouse.client(settings, comment=f"upbeat sync verify {plan.name}")
        try:
            return _compare(plan, client, connection, last)
        finally:
            client.close()


def verify_all(settings: Settings, plans: Iterable[Plan]) -> Iterator[VerifiedTable]:
    """One after another; what is wrong with one plan keeps none of the others from being looked at.

    Raises:
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    for plan in plans:
        try:
            yield verify_published(settings, plan)
        except InputError as error:
            yield _not_compared(plan, "cannot be verified", str(error))


def _compare(
    plan: Plan, client: Client, connection: psycopg.Connection[Any], last: PublishedRun
) -> VerifiedTable:
    texts = checksum.row_text(plan, source_types(plan, client))
    state = source_state(plan, client)
    ours = {
        row[0]: (row[1], row[2]) for row in ask_rows(plan, client, checksum.clickhouse_buckets(plan, texts))
    }
    theirs = _buckets(connection, plan, texts)
    examples: list[str] = []
    if differing := _differing(ours, theirs):
        bucket = differing[0]
        rows = dict(ask_rows(plan, client, checksum.clickhouse_rows(plan, texts, bucket)))
        examples = _examples(rows, _rows(connection, plan, texts, bucket))
    status: VerifiedStatus = "same"
    if differing:
        status = "mart moved on" if _has_moved_on(plan, client, state, last) else "different"
    return _report(plan, status, state, ours, theirs, examples, texts.not_compared, last)


def _has_moved_on(plan: Plan, client: Client, before: SourceState, last: PublishedRun) -> bool:
    """Whether the mart is another one than what was published, or dbt is changing it under our eyes.

    Args:
        before: its state when the comparison began.
    """
    state = source_state(plan, client)
    if state.changing or state != before:
        return True
    if (state.rows, state.updated_at) != (last["rows"], last["source_updated_at"]):
        return True
    # A mart that does not tell how new it is: ClickHouse tells when it was written.
    return plan.freshness is None and _written_since(plan, client, last["started_at"])


def _written_since(plan: Plan, client: Client, moment: str) -> bool:
    database, _, table = plan.mart.partition(".")
    # Names match the plan's patterns.
    newest = (
        "SELECT toUnixTimestamp(max(modification_time)) FROM system.parts "  # noqa: S608
        f"WHERE active AND database = '{database}' AND table = '{table}'"
    )
    written: int = ask_rows(plan, client, newest)[0][0]
    return written > datetime.fromisoformat(moment).timestamp()


def _not_compared(plan: Plan, status: VerifiedStatus, *examples: str) -> VerifiedTable:
    return VerifiedTable(
        plan=plan.name, mart=plan.mart, table=_live(plan), status=status, rows_published=0, rows_mart=0,
        differing_buckets=0, examples=list(examples), published_at=None, exported_updated_at=None,
        mart_updated_at=None, not_compared=[],
    )  # fmt: skip


def _live(plan: Plan) -> str:
    return TableName(LIVE, plan.table).text


def _buckets(
    connection: psycopg.Connection[Any], plan: Plan, texts: checksum.RowText
) -> dict[int, tuple[int, int]]:
    rows = connection.execute(checksum.postgres_buckets(_live(plan), texts).encode())
    return {row["bucket"]: (row["rows"], int(row["checksum"])) for row in rows}


def _rows(
    connection: psycopg.Connection[Any], plan: Plan, texts: checksum.RowText, bucket: int
) -> dict[str, int]:
    rows = connection.execute(checksum.postgres_rows(_live(plan), texts, bucket).encode())
    return {row["key"]: row["checksum"] for row in rows}


def _differing(ours: Mapping[int, Any], theirs: Mapping[int, Any]) -> list[int]:
    return sorted(bucket for bucket in {*ours, *theirs} if ours.get(bucket) != theirs.get(bucket))


def _examples(mart: Mapping[str, int], table: Mapping[str, int]) -> list[str]:
    """The first keys that differ, each with how."""
    found = []
    for key in sorted({*mart, *table}):
        if mart.get(key) == table.get(key):
            continue
        how = (
            "is not published" if key not in table else "is not in the mart" if key not in mart else "differs"
        )
        found.append(f"({checksum.readable_key(key)}) {how}")
    return found[:EXAMPLES]


def _report(
    plan: Plan,
    status: VerifiedStatus,
    state: SourceState,
    ours: Mapping[int, tuple[int, int]],
    theirs: Mapping[int, tuple[int, int]],
    examples: list[str],
    not_compared: list[str],
    last: PublishedRun,
) -> VerifiedTable:
    return VerifiedTable(
        plan=plan.name,
        mart=plan.mart,
        table=_live(plan),
        status=status,
        rows_published=sum(rows for rows, _ in theirs.values()),
        rows_mart=state.rows,
        differing_buckets=len(_differing(ours, theirs)),
        examples=examples,
        published_at=last["published_at"],
        exported_updated_at=last["source_updated_at"],
        mart_updated_at=state.updated_at,
        not_compared=not_compared,
    )
