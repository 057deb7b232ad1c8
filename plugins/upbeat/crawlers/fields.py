"""Reads the fields of one JSON object under their known names. One bad field never costs the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from upbeat.crawlers.coercions import (
    clean_text,
    to_count,
    to_flag,
    to_handle,
    to_identifier,
    to_instant,
    to_text,
    to_text_or_empty,
)
from upbeat.records import Problem

T = TypeVar("T")
_SHOWN = 60


class FieldReader:
    """The fields of `record`; what cannot be read goes into `problems` as `<prefix><field>`.

    A path names a place (`edge_media_to_caption.edges.0.node.text`). Of several paths the first with a readable value
    wins; absent, null and "not told" values are passed over; a problem is noted only when none gives a value.
    """

    def __init__(self, record: Mapping[str, Any], problems: list[Problem], prefix: str = "") -> None:
        self.record = record
        self._problems = problems
        self._prefix = prefix

    def text(self, field: str, *paths: str) -> str | None:
        """A text; empty means not told."""
        return self._read(field, paths, to_text)

    def text_or_empty(self, field: str, *paths: str) -> str | None:
        """A text where empty is a fact."""
        return self._read(field, paths, to_text_or_empty)

    def identifier(self, field: str, *paths: str) -> str | None:
        """An id."""
        return self._read(field, paths, to_identifier)

    def handle(self, field: str, *paths: str) -> str | None:
        """A handle, normalised."""
        return self._read(field, paths, to_handle)

    def count(self, field: str, *paths: str) -> int | None:
        """A number of things."""
        return self._read(field, paths, to_count)

    def flag(self, field: str, *paths: str) -> bool | None:
        """Yes or no."""
        return self._read(field, paths, to_flag)

    def instant(self, field: str, *paths: str) -> datetime | None:
        """A time in UTC."""
        return self._read(field, paths, to_instant)

    def value(self, field: str, coerce: Callable[[Any], T | None], *paths: str) -> T | None:
        """A value of a form of its own; `coerce` raises `ValueError` for what it cannot read."""
        return self._read(field, paths, coerce)

    def note(self, field: str, message: str) -> None:
        """Note a problem that the caller found."""
        self._problems.append(Problem(f"{self._prefix}{field}", message))

    def _read(self, field: str, paths: tuple[str, ...], coerce: Callable[[Any], T | None]) -> T | None:
        problem: str | None = None
        for path in paths:
            value: Any = None
            try:
                value = _look_up(self.record, path)
                result = None if value is None else coerce(value)
            except ValueError as error:
                found = "" if value is None else f" {show(value)}:"
                problem = problem or f"{path}:{found} {error}"
                continue
            if result is not None:
                return result
        if problem is not None:
            self.note(field, problem)
        return None


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _look_up(record: Any, path: str) -> Any:
    value = record
    for step in _steps(path):
        if value is None:
            return None
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            index = int(step) if step.isdigit() else len(value)
            value = value[index] if index < len(value) else None
        else:
            raise ValueError(f"{show(value)} where an object is expected")
    return value


def show(value: Any) -> str:
    """A value in a message: its type, and what it is when that is short."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return clean_text(repr(value)[:_SHOWN])
