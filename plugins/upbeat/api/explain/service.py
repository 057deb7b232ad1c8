"""Explains the figures of a page. It is asked for by people and by audits, not on every read: it may take its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from upbeat.api.explain.formulas import Formula, Formulas, formulas_of
from upbeat.api.explain.origins import NOT_TOLD, SQL, Found, find
from upbeat.api.published.page import Page
from upbeat.api.published.resource import COMPUTED, Resource
from upbeat.api.state import ApiState, Connection

Row = Mapping[str, Any]


async def explain_rows(state: ApiState, resource: Resource, page: Page) -> list[dict[str, Any]]:
    """Of each row of a page its key and, by column, what each figure is made of.

    Returns:
        `{"key": {column: value}, "figures": {column: {"value", "formula", "version", "check", "inputs", "source", "observed_at",
        "raw_payloads", "raw_payload_count", "raw_payload_unknown", "model", "run"}}}`. What cannot be known is null;
        `raw_payload_unknown` says why no payload is named.
    """
    rows: list[dict[str, Any]] = orjson.loads(page.data)
    formulas = formulas_of(resource.plan_name)
    async with state.connection() as connection:
        run = await _run(connection, page.read.publication.run)
        asked = _dated(resource, rows, run)
        origins = list({formulas.columns[name].origin: None for name in resource.metrics})
        found = {origin: await find(connection, origin, asked) for origin in origins}
    return [
        {
            "key": {name: row[name] for name in resource.plan.key},
            "figures": {
                name: _figure(formulas, name, row, found[formulas.columns[name].origin][number])
                | {"check": formulas.query(name, resource.plan.key)}
                | {"computed_at": row[resource.computed] if resource.computed else None, "run": run}
                for name in resource.metrics
            },
        }
        for number, row in enumerate(rows)
    ]


def _dated(resource: Resource, rows: list[dict[str, Any]], run: Row | None) -> Sequence[Row]:
    """A table that does not say when it was computed was before it was published: what was seen later is not behind it."""
    if run is None or COMPUTED in resource.columns:
        return rows
    return [row | {COMPUTED: run["published_at"]} for row in rows]


def _figure(formulas: Formulas, name: str, row: Row, found: Found) -> dict[str, Any]:
    formula = formulas.columns[name]
    if row[name] is None and formula.origin.metric and not formula.inputs:
        # What is taken over as it was told, and was not: an older observation that told it does not count.
        found = Found(reason=NOT_TOLD)
    return {
        "value": row[name],
        "formula": formula.formula,
        "version": f"{formulas.mart}@{formulas.version}",
        "inputs": _inputs(formula, row, found),
        "source": found.source,
        "observed_at": found.observed_at,
        "raw_payloads": found.payloads,
        "raw_payload_count": found.payload_count,
        "raw_payload_unknown": found.reason,
        "model": formulas.mart,
    }


def _inputs(formula: Formula, row: Row, found: Found) -> dict[str, Any]:
    """What of the row it is computed of, and beside it what the log says was observed."""
    return {name: row[name] for name in formula.inputs} | {"observed": found.inputs if found.inputs else None}


async def _run(connection: Connection, run: int | None) -> dict[str, Any] | None:
    cursor = await connection.execute(SQL["sync_run"].encode(), {"run": run})
    row: Sequence[Any] | None = await cursor.fetchone()
    if row is None:
        return None
    run_id, published_at, source_updated_at, staged = row
    return {
        "sync_run": run_id,
        "published_at": published_at.isoformat(),
        "source_updated_at": source_updated_at.isoformat() if source_updated_at else None,
        "staged_object": staged,
    }
