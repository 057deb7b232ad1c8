"""Evaluations in Postgres: kept whole, found again for lists and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from upbeat.enrichment.evaluation.report import Evaluation, Spent
from upbeat.enrichment.evaluation.verdict import Comparison, judge
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.question import Question
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
Connection = psycopg.Connection[Any]


def last_call(connection: Connection) -> int:
    """The id of the newest call."""
    return int(_one(connection, "last_call")["last"])


def spent_on(connection: Connection, questions: Sequence[Question], *, after: int) -> Spent:
    """What the questions' answers cost; those of calls after `after` count as new. The questions are of one version and model."""
    if not questions:
        return Spent()
    key = questions[0].key
    row = _one(
        connection,
        "spent_on",
        kind=key.kind,
        version=key.prompt_version,
        model=key.model,
        is_sandbox=key.is_sandbox,
        hashes=[question.key.input_hash for question in questions],
        after=after,
    )
    return Spent(**{name: int(value) for name, value in row.items()})


def keep(
    connection: Connection,
    found: Evaluation,
    *,
    against: Evaluation | None = None,
    comparison: Comparison | None = None,
) -> int:
    """Store an evaluation; its id."""
    row = _one(
        connection,
        "add_evaluation",
        kind=found.kind,
        version=found.version,
        fingerprint=found.fingerprint,
        model=found.model,
        is_sandbox=found.is_sandbox,
        labelled_set=found.labelled_set,
        rows=found.rows,
        against=against.version if against else None,
        against_fingerprint=against.fingerprint if against else None,
        against_model=against.model if against else None,
        verdict=comparison.verdict if comparison else "not_compared",
        report=encode_json(found.as_report(comparison, against)),
    )
    return int(row["evaluation_id"])


def last_evaluations(connection: Connection) -> list[dict[str, Any]]:
    """The newest evaluation of each text, model and side, without its report."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SQL["last_evaluations"].encode()).fetchall()


def compared(connection: Connection, first: Prompt, second: Prompt) -> dict[str, Any] | None:
    """How `second` did against `first` on rows on which both were evaluated as they are now; None where there are none.

    Returns:
        The two reports (`first`, `second`) and the `comparison`.
    """
    values = {"kind": first.kind, "first": first.fingerprint(), "second": second.fingerprint()}
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL["evaluated_alike"].encode(), values).fetchone()
    if row is None:
        return None
    return {**row, "comparison": judge(first.kind, row["first"]["scores"], row["second"]["scores"])}


def _one(connection: Connection, statement: str, **values: Any) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL[statement].encode(), values).fetchone()
    assert row is not None, statement
    return row
