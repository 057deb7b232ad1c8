"""Lines of a file of JSON lines: one object a line. A line that is none costs itself alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from upbeat.authenticity.score_files.lines import Line
from upbeat.errors import InputError


def read_jsonl(lines: Iterable[bytes], name: str) -> Iterator[Line]:
    """The objects, numbered by their lines. Blank lines are none.

    Raises:
        InputError: the file holds nothing, or begins as one array of objects.
    """
    names_seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    empty = True
    for number, line in enumerate(lines, start=1):
        body = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if not body:
            continue
        if empty and body.startswith(b"["):
            raise InputError(
                f"{name}: is one JSON array: write one object a line (`jq -c '.[]' FILE | upbeat score - --format jsonl`)"
            )
        empty = False
        try:
            values = _object(body)
        except ValueError as error:
            yield Line(number, text=body.decode("utf-8", "surrogateescape"), problem=str(error))
            continue
        names = tuple(values)
        # One tuple for all lines with these names, as for the rows of a table.
        yield Line(number, names_seen.setdefault(names, names), list(values.values()))
    if empty:
        raise InputError(f"{name}: the file is empty: pass one JSON object a line")


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _with_lone_surrogates(body)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _with_lone_surrogates(body: bytes) -> Any:
    """Half an emoji, cut off as `\\ud83d`, is no reason to lose a follower: only the stricter reader refuses it."""
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
