"""Composes the checksums by which a published table is held against its mart: the same text of a row on both sides. Pure.

A checksum does not depend on the order of rows: it is the sum of 64 bits of every row's MD5, in 256 buckets by key, so
that a difference can be traced to rows without reading all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from upbeat.sync.copy_binary import SourceType, double_of
from upbeat.sync.copy_text import TEXT
from upbeat.sync.plan import Plan, PlanColumn

# Control characters that separate values, stand for a null, separate elements, stand for a null element.
_BETWEEN, _NULL, _ELEMENTS, _NULL_ELEMENT = "\x1c", "\x1d", "\x1f", "\x1e"


_ARGUMENTS = 90


@dataclass(frozen=True, slots=True)
class RowText:
    """Expressions of a row's whole text and of its key's, on both sides.

    Attributes:
        not_compared: columns of which only the presence of a value is compared.
    """

    clickhouse: str
    clickhouse_key: str
    postgres: str
    postgres_key: str
    not_compared: list[str]


def row_text(plan: Plan, types: Mapping[str, str]) -> RowText:
    """The texts for a plan whose expressions have these ClickHouse types."""
    pairs = {column.name: _pair(column, SourceType.parse(types[column.name])) for column in plan.columns}
    not_compared = [name for name, pair in pairs.items() if pair is None]
    texts = {
        column.name: pairs[column.name] or (_present(column.expression), f"'' || ({_quoted(column)} IS NULL)")
        for column in plan.columns
    }
    clickhouse = [f"ifNull({ours}, '{_NULL}')" for ours, _ in texts.values()]
    postgres = [f"coalesce({theirs}, '{_NULL}')" for _, theirs in texts.values()]
    by_name = list(texts)
    key = [by_name.index(name) for name in plan.key]
    return RowText(
        _joined(clickhouse),
        _joined([clickhouse[i] for i in key]),
        _joined(postgres),
        _joined([postgres[i] for i in key]),
        not_compared,
    )


def _joined(values: list[str]) -> str:
    """The values' text with a sign between them, a wide row's in pieces: Postgres passes at most a hundred arguments to a function."""
    parts = [part for value in values for part in (f"'{_BETWEEN}'", value)][1:]
    pieces = [parts[start : start + _ARGUMENTS] for start in range(0, len(parts), _ARGUMENTS)]
    texts = [f"concat({', '.join(piece)}, '')" for piece in pieces]
    return texts[0] if len(texts) == 1 else f"concat({', '.join(texts)})"


def clickhouse_buckets(plan: Plan, texts: RowText) -> str:
    """One row per bucket: its number, rows, sum of checksums."""
    database, _, table = plan.mart.partition(".")
    # Names match the plan's patterns; expressions are the repository's own (so below).
    return (
        f"SELECT {_clickhouse_bucket(texts)} AS bucket, count(), sum(toInt128({_clickhouse_hash(texts)})) "  # noqa: S608
        f"FROM `{database}`.`{table}` GROUP BY bucket"
    )


def clickhouse_rows(plan: Plan, texts: RowText, bucket: int) -> str:
    """Key and checksum of every row of a bucket."""
    database, _, table = plan.mart.partition(".")
    return (
        f"SELECT {texts.clickhouse_key}, {_clickhouse_hash(texts)} FROM `{database}`.`{table}` "  # noqa: S608
        f"WHERE {_clickhouse_bucket(texts)} = {bucket}"
    )


def postgres_buckets(table: str, texts: RowText) -> str:
    """As `clickhouse_buckets`, of the published table."""
    return (
        f"SELECT {_postgres_bucket(texts)} AS bucket, count(*) AS rows, sum({_postgres_hash(texts)}) AS checksum "  # noqa: S608
        f"FROM {table} GROUP BY 1"
    )


def postgres_rows(table: str, texts: RowText, bucket: int) -> str:
    """As `clickhouse_rows`, of the published table."""
    return (
        f"SELECT {texts.postgres_key} AS key, {_postgres_hash(texts)} AS checksum FROM {table} "  # noqa: S608
        f"WHERE {_postgres_bucket(texts)} = {bucket}"
    )


def readable_key(key: str) -> str:
    """A key's text for people."""
    return ", ".join(key.split(_BETWEEN))


def _clickhouse_hash(texts: RowText) -> str:
    return f"reinterpretAsInt64(byteSwap(reinterpretAsUInt64(substring(MD5({texts.clickhouse}), 1, 8))))"


def _clickhouse_bucket(texts: RowText) -> str:
    return f"reinterpretAsUInt8(substring(MD5({texts.clickhouse_key}), 1, 1))"


def _postgres_hash(texts: RowText) -> str:
    return f"('x' || left(md5({texts.postgres}), 16))::bit(64)::bigint"


def _postgres_bucket(texts: RowText) -> str:
    return f"('x' || left(md5({texts.postgres_key}), 2))::bit(8)::int"


def _pair(column: PlanColumn, kind: SourceType) -> tuple[str, str] | None:
    """The value as text on both sides, null for null; None where the sides write it differently."""
    if kind.name == "Nothing":
        return "NULL", _quoted(column)
    if not column.type.endswith("[]"):
        return _scalar(column.expression, _quoted(column), column.type, kind.name)
    found = re.fullmatch(r"Array\((.*)\)", kind.name)
    element = column.type.removesuffix("[]")
    # Others' elements would need a function of their own in Postgres.
    if found is None or element not in ("text", "smallint", "integer", "bigint"):
        return None
    inner = _scalar("x", "", element, SourceType.parse(found[1]).name)
    if inner is None:
        return None
    elements = f"arrayMap(x -> ifNull({inner[0]}, '{_NULL_ELEMENT}'), {column.expression})"
    return (
        f"arrayStringConcat({elements}, '{_ELEMENTS}')",
        f"array_to_string({_quoted(column)}, '{_ELEMENTS}', '{_NULL_ELEMENT}')",
    )


def _quoted(column: PlanColumn) -> str:
    """A plan's names hold no quotes; some are words of SQL."""
    return f'"{column.name}"'


def _scalar(value: str, name: str, target: str, kind: str) -> tuple[str, str] | None:
    if target == "text":
        return TEXT.format(value=value), name
    if target in ("smallint", "integer", "bigint", "uuid"):
        return f"toString({value})", f"{name}::text"
    if target == "boolean":
        return f"multiIf(isNull({value}), NULL, {value}, 'true', 'false')", f"{name}::text"
    if target == "date" and kind in ("Date", "Date32"):
        return f"toString(toInt32({value}))", f"({name} - date '1970-01-01')::text"
    if target == "timestamptz" and kind.startswith("DateTime"):
        micros = f"toUnixTimestamp64Micro(toDateTime64({value}, 6))"
        return f"toString({micros})", f"(extract(epoch FROM {name}) * 1000000)::bigint::text"
    return _number(value, name, target, kind)


def _number(value: str, name: str, target: str, kind: str) -> tuple[str, str] | None:
    double = double_of(value, kind)
    if target == "double precision" and double:
        return _bits(
            double, 64
        ), f"CASE {name} WHEN 'NaN' THEN 'nan' ELSE encode(float8send({name} + 0), 'hex') END"
    if target == "real" and kind == "Float32":
        return _bits(
            value, 32
        ), f"CASE {name} WHEN 'NaN' THEN 'nan' ELSE encode(float4send({name} + 0::real), 'hex') END"
    scale = re.fullmatch(r"numeric\(\d+, ?(\d+)\)", target)
    exact = re.fullmatch(r"Decimal\(\d+, (\d+)\)|U?Int\d+", kind)
    if scale and exact and int(exact[1] or 0) <= int(scale[1]):
        whole = f"reinterpretAsInt128(toDecimal128({value}, {scale[1]}))"
        return f"toString({whole})", f"trunc({name} * 1e{scale[1]})::text"
    return None


def _bits(number: str, size: int) -> str:
    """Zero for minus zero: a merge takes them for the same, as Postgres does."""
    raw = f"reinterpretAsFixedString(byteSwap(reinterpretAsUInt{size}({_no_minus_zero(number, size)})))"
    return f"if(isNaN({number}), 'nan', lower(hex({raw})))"


def _no_minus_zero(number: str, size: int) -> str:
    return f"({number} + toFloat{size}(0))"


def _present(value: str) -> str:
    return f"if(isNull({value}), 'true', 'false')"
