"""How a mart is written to its staged file: the format, the SELECT that ClickHouse writes, its settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upbeat.sync.copy_binary import binary_select
from upbeat.sync.copy_text import OUTPUT_SETTINGS, source_of, text_select
from upbeat.sync.plan import Plan
from upbeat.sync.staged import FileFormat

BINARY_SETTINGS: dict[str, Any] = {
    # A third of the bytes to sign, send and read for little work.
    "output_format_compression_level": 1,
    # Rows are composed by all cores, before they are put in order: one core does that, with one value a row to carry.
    "query_plan_execute_functions_after_sorting": 0,
}


@dataclass(frozen=True, slots=True)
class FileLayout:
    """A format, ready to be written.

    Attributes:
        output: ClickHouse's name of the format.
        note: why it is not the format that was asked for.
    """

    name: FileFormat
    output: str
    select: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None


def layout(plan: Plan, types: Mapping[str, str], wanted: FileFormat | None = None) -> FileLayout:
    """The layout of a plan's file; text where a column has no binary encoding.

    Args:
        types: ClickHouse type of each column's expression, by the column's name.
        wanted: another format than the plan's.
    """
    chosen = wanted or plan.format
    if chosen == "json":
        return FileLayout("json", "JSONEachRow", json_select(plan), {"date_time_output_format": "iso"})
    if chosen == "text":
        return FileLayout("text", "TabSeparated", text_select(plan), OUTPUT_SETTINGS)
    select = binary_select(plan, types)
    if isinstance(select, str):
        return FileLayout("binary", "RawBLOB", select, BINARY_SETTINGS)
    note = f"as text, for there is no binary form of {', '.join(select)}"
    return FileLayout("text", "TabSeparated", text_select(plan), OUTPUT_SETTINGS, note)


def json_select(plan: Plan) -> str:
    """All columns by their published names, for people to read."""
    values = ", ".join(f"{column.expression} AS `{column.name}`" for column in plan.columns)
    return f"SELECT {values} FROM {source_of(plan)}"  # noqa: S608 - as `text_select`


def types_statement(plan: Plan) -> str:
    """Asks ClickHouse for the type of each column's expression."""
    database, _, table = plan.mart.partition(".")
    values = ", ".join(f"{column.expression} AS `{column.name}`" for column in plan.columns)
    return f"DESCRIBE TABLE (SELECT {values} FROM `{database}`.`{table}`)"  # noqa: S608 - as `text_select`
