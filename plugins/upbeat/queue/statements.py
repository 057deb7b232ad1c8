"""The named statements of the queue, and how lists go into them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("queries.sql"))
CHANNEL = "upbeat_tasks"


def array_literal(values: Iterable[object | None]) -> str:
    """A Postgres array of numbers, uuids or enum labels as text; None is NULL. Not for free text: nothing is quoted.

    psycopg dumps a list element by element in Python, which costs several times more than the rest of a statement.
    """
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def text_array_literal(values: Iterable[str]) -> str:
    """A Postgres array of any texts, quoted."""
    return "{" + ",".join([_quoted(value) for value in values]) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
