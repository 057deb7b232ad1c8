"""`upbeat parse` in this process."""

from __future__ import annotations

import json
from typing import Any

import typer
from typer.testing import CliRunner

from upbeat.cli import parse
from upbeat.errors import InputError

_ALONE = typer.Typer()
parse.register(_ALONE)


def run_parse(source: str, kind: str, body: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the objects on the lines of the output, and the line that a person is told.

    Nothing is told of what was asked for. `body` is bytes, or is written as JSON.
    """
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    result = CliRunner().invoke(_ALONE, [source, kind, "-"], input=raw)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    if isinstance(result.exception, InputError):
        return 2, lines, str(result.exception)
    return result.exit_code, lines, str(result.exception or "")


def counted(lines: list[dict[str, Any]]) -> dict[str, int]:
    """How many records and problems of each type there are."""
    told: dict[str, int] = {}
    for line in lines:
        if line["type"] != "cursor":
            told[line["type"]] = told.get(line["type"], 0) + 1
    return told


def cursor_in(lines: list[dict[str, Any]]) -> str | None:
    """The cursor of the next page."""
    return next((line["next_cursor"] for line in lines if line["type"] == "cursor"), None)
