"""Composes the SELECT whose RawBLOB output is, byte for byte, rows of Postgres' COPY binary format. Pure.

ClickHouse encodes with all its cores, so nobody has to touch a row between the mart and COPY. What has no encoding here
with the same meaning as the text format (a text that Postgres parses, a fraction that it rounds) is said, and the plan
travels as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from upbeat.sync.copy_text import JSON, TEXT, source_of
from upbeat.sync.numeric_digits import numeric_value
from upbeat.sync.plan import Plan, PlanColumn

# What a file of this format begins with; ClickHouse writes the rows alone. A missing end mark is allowed by Postgres.
FILE_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)

_NULL = "unhex('ffffffff')"
_WRAPPED = re.compile(r"(LowCardinality|Nullable)\((.*)\)")
_INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_OIDS = {
    "boolean": 16, "bigint": 20, "smallint": 21, "integer": 23, "text": 25, "real": 700, "double precision": 701,
    "date": 1082, "numeric": 1700, "uuid": 2950, "jsonb": 3802,
}  # fmt: skip
_EPOCH_DAYS, _EPOCH_MICROSECONDS = 10_957, 946_684_800_000_000  # 2000-01-01 after 1970-01-01


@dataclass(frozen=True, slots=True)
class SourceType:
    """A ClickHouse type without its wrappers: `Nullable(Int64)` is Int64 that may be null."""

    name: str
    nullable: bool

    @classmethod
    def parse(cls, text: str) -> SourceType:
        """From ClickHouse's spelling."""
        nullable = False
        while found := _WRAPPED.fullmatch(text):
            nullable = nullable or found[1] == "Nullable"
            text = found[2]
        return cls(text, nullable)


def binary_select(plan: Plan, types: Mapping[str, str]) -> str | list[str]:
    """SELECT of all rows in the order of the key.

    Args:
        types: ClickHouse type of each column's expression, by the column's name.

    Returns:
        The statement, or the columns that have no encoding, with their types.
    """
    fields: list[str] = []
    missing: list[str] = []
    for column in plan.columns:
        encoded = field(column, types[column.name])
        if encoded is None:
            missing.append(f"{column.name} ({types[column.name]} as {column.type})")
        else:
            fields.append(encoded)
    if missing:
        return missing
    # Arguments in one concat: the row is put together once, not once per field.
    row = f"concat(unhex('{len(fields):04x}'), {', '.join(fields)})"
    # Names match the plan's patterns; expressions are the repository's own.
    return f"SELECT {row} FROM {source_of(plan)}"  # noqa: S608


def field(column: PlanColumn, source_type: str) -> str | None:
    """The expression of a column's length and bytes; None where there is none with the text format's meaning."""
    kind = SourceType.parse(source_type)
    if kind.name == "Nothing":
        return _NULL
    if column.type.endswith("[]"):
        return _array(column, kind)
    return _scalar(column.expression, column.type, kind, column.name)


def _scalar(value: str, target: str, kind: SourceType, name: str) -> str | None:
    present = f"assumeNotNull({value})" if kind.nullable else value
    encoded = _present(present, target, kind.name, name)
    if encoded is None or not kind.nullable:
        return encoded
    return f"if(isNull({value}), {_NULL}, {encoded})"


def _present(value: str, target: str, kind: str, name: str) -> str | None:
    """A value that is not null."""
    if target == "text":
        text = TEXT.format(value=value)
        return f"concat({_big_endian(f'toUInt32(length({text}))')}, {text})"
    if target == "jsonb":
        text = JSON.format(value=value)
        return f"concat({_big_endian(f'toUInt32(length({text}) + 1)')}, unhex('01'), {text})"
    if target.startswith("numeric"):
        return numeric_value(value, kind)
    if target in _INTEGER_BITS:
        return _integer(value, target, kind, name)
    return _fixed(value, target, kind, name)


def _fixed(value: str, target: str, kind: str, name: str) -> str | None:
    scale = re.fullmatch(r"DateTime64\((\d)(, .*)?\)", kind)
    if target == "uuid" and kind == "UUID":
        return f"concat(unhex('00000010'), UUIDStringToNum(toString({value})))"
    if target == "boolean" and kind in ("Bool", "UInt8"):
        wrong = _refuse(f"toUInt8({value}) > 1", f"{name}: a value is no boolean")
        return f"concat(unhex('00000001'), reinterpretAsFixedString(toUInt8(toUInt8({value}) + {wrong})))"
    if target == "date" and kind in ("Date", "Date32"):
        return _sized(4, f"toInt32(toInt32({value}) - {_EPOCH_DAYS})")
    if target == "timestamptz" and re.fullmatch(r"DateTime(\(.*\))?", kind):
        return _sized(8, f"toInt64(toUnixTimestamp({value})) * 1000000 - {_EPOCH_MICROSECONDS}")
    if target == "timestamptz" and scale and int(scale[1]) <= 6:
        return _sized(8, f"toUnixTimestamp64Micro({value}) - {_EPOCH_MICROSECONDS}")
    if target == "real" and kind == "Float32":
        return _sized(4, f"reinterpretAsUInt32({value})")
    if target == "double precision" and (number := double_of(value, kind)):
        return _sized(8, f"reinterpretAsUInt64({number})")
    return None


def _integer(value: str, target: str, kind: str, name: str) -> str | None:
    found = re.fullmatch(r"(U?)Int(8|16|32|64)", kind)
    if found is None:
        return None
    bits, room = int(found[2]), _INTEGER_BITS[target]
    most = 2 ** (room - 1) - 1
    if bits + (found[1] == "U") > room:
        beyond = f"{value} > {most}" if found[1] else f"{value} > {most} OR {value} < {-most - 1}"
        value = f"{value} + {_refuse(beyond, f'{name}: a value is out of range for {target}')}"
    return _sized(room // 8, f"toInt{room}({value})")


def double_of(value: str, kind: str) -> str | None:
    """The ClickHouse expression of a number as a double; None for what Postgres reads otherwise."""
    if kind == "Float64":
        return value
    if re.fullmatch(r"U?Int(8|16|32|64)", kind):
        return f"toFloat64({value})"
    # The nearest double to the number as it is written, as Postgres reads it from text.
    return f"toFloat64(toString({value}))" if kind == "Float32" or kind.startswith("Decimal(") else None


def _array(column: PlanColumn, kind: SourceType) -> str | None:
    found = re.fullmatch(r"Array\((.*)\)", kind.name)
    if found is None or kind.nullable:
        return None
    value, target = column.expression, column.type.removesuffix("[]")
    inner = SourceType.parse(found[1])
    element = _NULL if inner.name == "Nothing" else _scalar("x", target, inner, column.name)
    if element is None or inner.name.startswith("Array("):
        return None
    oid = f"{_OIDS[target.partition('(')[0]]:08x}"
    has_null = f"toUInt32(arrayExists(x -> isNull(x), {value}))"
    elements = f"arrayStringConcat(arrayMap(x -> {element}, {value}))"
    sizes = f"{_big_endian(f'toUInt32(length({value}))')}, unhex('00000001')"
    body = f"concat(unhex('00000001'), {_big_endian(has_null)}, unhex('{oid}'), {sizes}, {elements})"
    whole = f"if(empty({value}), unhex('0000000000000000{oid}'), {body})"
    return f"concat({_big_endian(f'toUInt32(length({whole}))')}, {whole})"


def _sized(size: int, number: str) -> str:
    return f"concat(unhex('{size:08x}'), {_big_endian(number)})"


def _big_endian(number: str) -> str:
    return f"reinterpretAsFixedString(byteSwap({number}))"


def _refuse(condition: str, problem: str) -> str:
    """0, or the end of the export with these words: a number that wraps round would be published as another one."""
    return f"throwIf({condition}, '{problem}')"
