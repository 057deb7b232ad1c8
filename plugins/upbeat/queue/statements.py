"""The named statements of the queue, and how lists go into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from upbeat.stores.named_sql import load_statements

_ENDING = ("finish", "expire", "reap", "cancel")
_ENDED = "{ended}"
_ID = "task.id"
_TOLD = """task.id, task.platform, task.flow, task.status, task.data, task.priority, task.retry_count, task.account_id,
        task.created_at, task.picked_at, task.scraped_at"""
_TAIL = "/* task_log */"


def _with_task_log(statements: Mapping[str, str]) -> dict[str, str]:
    """Those that end tasks in two forms: `finish` writes the events of ended tasks too, `finish_silently` does not.

    The tail stands in the file once. It has to be part of each statement: the end of a task and the event that tells of it
    are one change, and one statement costs less than two.
    """
    composed = dict(statements)
    tail = f",\n\ntold AS (\n{composed.pop('task_log')}\n)"
    for name in _ENDING:
        composed[name] = statements[name].replace(_ENDED, _TOLD).replace(_TAIL, tail)
        composed[f"{name}_silently"] = statements[name].replace(_ENDED, _ID).replace(_TAIL, "")
    return composed


SQL = _with_task_log(load_statements(Path(__file__).with_name("queries.sql")))
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
