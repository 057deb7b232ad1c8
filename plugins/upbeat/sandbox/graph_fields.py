"""The field expressions of Graph API requests: `name.argument(value){name,…},…`, nested.

Grammar (Graph API reference, "Field expansion"):

    fields = field ("," field)*
    field  = name ("." name "(" value ")")* ["{" fields "}"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

MAX_DEPTH = 8
_NAME_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


class FieldSyntaxError(ValueError):
    """The expression breaks the grammar; `at` is the offset of the first letter that does not fit."""

    def __init__(self, expected: str, at: int) -> None:
        super().__init__(f"Expected {expected}")
        self.expected = expected
        self.at = at


@dataclass(frozen=True, slots=True)
class Field:
    """One field that is asked for, its arguments, and the fields asked for below it."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, letter: str) -> bool:
        if self.peek() != letter:
            return False
        self.at += 1
        return True

    def expect(self, letter: str) -> None:
        if not self.take(letter):
            raise FieldSyntaxError(f'"{letter}"', self.at)

    def name(self) -> str:
        start = self.at
        while self.peek() in _NAME_LETTERS and self.peek():
            self.at += 1
        if start == self.at:
            raise FieldSyntaxError("name", start)
        return self.text[start : self.at]

    def value(self) -> str:
        end = self.text.find(")", self.at)
        if end < 0:
            raise FieldSyntaxError('")"', len(self.text))
        value, self.at = self.text[self.at : end], end
        return value


def _read_field(reader: _Reader, depth: int) -> Field:
    name = reader.name()
    arguments: dict[str, str] = {}
    fields: tuple[Field, ...] = ()
    while reader.take("."):
        argument = reader.name()
        reader.expect("(")
        arguments[argument] = reader.value()
        reader.expect(")")
    if reader.take("{"):
        fields = _read_fields(reader, depth + 1)
        reader.expect("}")
    return Field(name, arguments, fields)


def _read_fields(reader: _Reader, depth: int) -> tuple[Field, ...]:
    if depth > MAX_DEPTH:
        raise FieldSyntaxError("fewer levels", reader.at)
    fields = [_read_field(reader, depth)]
    while reader.take(","):
        fields.append(_read_field(reader, depth))
    return tuple(fields)


@lru_cache(maxsize=4096)
def parse_fields(expression: str) -> tuple[Field, ...]:
    """The fields of an expression. Raises `FieldSyntaxError`."""
    reader = _Reader(expression)
    fields = _read_fields(reader, 0)
    if reader.peek():
        raise FieldSyntaxError("end of string", reader.at)
    return fields


def format_fields(fields: tuple[Field, ...]) -> str:
    """The expression of these fields: `parse_fields(format_fields(f)) == f`."""
    return ",".join(_format_field(f) for f in fields)


def _format_field(field: Field) -> str:
    arguments = "".join(f".{name}({value})" for name, value in field.arguments.items())
    return f"{field.name}{arguments}" + (f"{{{format_fields(field.fields)}}}" if field.fields else "")
