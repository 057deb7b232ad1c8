"""Holds what is published against its mart: row counts, and a checksum by key that no order of rows changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import psycopg

from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync import checksum, published
from upbeat.sync.export import SourceState, ask_rows, source_state, source_types
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.runs import last_published

EXAMPLES = 5
VerifiedStatus = Literal["same", "mart moved on", "different", "never published"]


class VerifiedTable(TypedDict):
    """How a published table stands to its mart.

    `status`: "mart moved on" means that they differ and that the mart is newer than what was exported, which the next
    publish mends; "different" is a fault. `differing_buckets`: of 256, by key. `examples`: keys that differ, each with
    what is wrong. `not_compared`: columns of which only the presence of a value was compared.
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
    """Compare `app.<table>` with its mart as it is now.

    Raises:
        InputError: the mart is missing, or does not fit the plan.
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    client = clickhouse.client(settings, comment=f"upbeat sync verify {plan.name}")
    try:
        texts = checksum.row_text(plan, source_types(plan, client))
        state = source_state(plan, client)
        with postgres.transaction(settings) as connection:
            last = last_published(connection, plan)
            if last is None or not published.exists(connection, TableName(LIVE, plan.table)):
                return _report(plan, state, {}, {}, [], texts.not_compared, None)
            ours = {
                row[0]: (row[1], row[2])
                for row in ask_rows(plan, client, checksum.clickhouse_buckets(plan, texts))
            }
            theirs = _buckets(connection, plan, texts)
            examples: list[str] = []
            if differing := _differing(ours, theirs):
                bucket = differing[0]
                rows = dict(ask_rows(plan, client, checksum.clickhouse_rows(plan, texts, bucket)))
                examples = _examples(rows, _rows(connection, plan, texts, bucket))
        return _report(plan, state, ours, theirs, examples, texts.not_compared, dict(last))
    finally:
        client.close()


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
    state: SourceState,
    ours: Mapping[int, tuple[int, int]],
    theirs: Mapping[int, tuple[int, int]],
    examples: list[str],
    not_compared: list[str],
    last: Mapping[str, Any] | None,
) -> VerifiedTable:
    differing = _differing(ours, theirs)
    exported = last["source_updated_at"] if last else None
    status: VerifiedStatus = "same"
    if last is None:
        status = "never published"
    elif differing:
        status = "mart moved on" if state.updated_at != exported else "different"
    return VerifiedTable(
        plan=plan.name,
        mart=plan.mart,
        table=_live(plan),
        status=status,
        rows_published=sum(rows for rows, _ in theirs.values()),
        rows_mart=state.rows,
        differing_buckets=len(differing),
        examples=examples,
        published_at=last["published_at"] if last else None,
        exported_updated_at=exported,
        mart_updated_at=state.updated_at,
        not_compared=not_compared,
    )
