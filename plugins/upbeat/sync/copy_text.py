"""Composes the SELECT whose TabSeparated output is, byte for byte, what Postgres' COPY text format means. Pure.

Both formats separate by tab and newline, escape by backslash and write NULL as `\\N`; ClickHouse's `\\'` reads as `'`.
They differ in what is settled here and in `OUTPUT_SETTINGS`: times carry their offset, arrays are written in braces,
and what Postgres' UTF-8 text cannot hold (NUL, broken UTF-8, `\\u0000` in JSON) is taken out.
"""

from __future__ import annotations

from upbeat.sync.plan import Plan, PlanColumn

# Times as 2026-11-22T10:00:00.123456Z, whatever the time zone of their column.
OUTPUT_SETTINGS = {"date_time_output_format": "iso", "output_format_tsv_crlf_end_of_line": 0}

# What Postgres' text cannot hold goes: NUL, broken UTF-8.
TEXT = r"toValidUTF8(replaceAll(toString({value}), '\0', ''))"
# Pairs of backslashes are kept, so that an escaped backslash before `u0000` is not taken for the escape of NUL.
JSON = r"replaceRegexpAll(" + TEXT + r", '(\\\\\\\\)|\\\\u0000', '\\1')"
# Every element quoted: Postgres reads "1" into a number as well; without quotes NULL is a null.
_ELEMENT = (
    r"ifNull(concat('\"', replaceAll(replaceAll({text}, '\\', '\\\\'), '\"', '\\\"'), '\"'), 'NULL')".replace(
        r"\"", '"'
    )
)
_ARRAY = r"concat('{{', arrayStringConcat(arrayMap(x -> {element}, {value}), ','), '}}')"


def text_select(plan: Plan) -> str:
    """SELECT of all columns of the plan, in the order of its key: the same data gives the same bytes."""
    values = ", ".join(exported(column) for column in plan.columns)
    # Names match the plan's patterns; expressions are the repository's own.
    return f"SELECT {values} FROM {source_of(plan)}"  # noqa: S608


def source_of(plan: Plan) -> str:
    """The mart in the order of the key: the same data gives the same file."""
    sources = {column.name: column.expression for column in plan.columns}
    database, _, table = plan.mart.partition(".")
    return f"`{database}`.`{table}` ORDER BY {', '.join(sources[name] for name in plan.key)}"


def exported(column: PlanColumn) -> str:
    """The expression that writes the column's value as Postgres reads it."""
    if column.type.endswith("[]"):
        text = (JSON if column.type == "jsonb[]" else TEXT).format(value="x")
        return _ARRAY.format(element=_ELEMENT.format(text=text), value=column.expression)
    if column.type == "jsonb":
        return JSON.format(value=column.expression)
    if column.type in ("text", "uuid"):
        return TEXT.format(value=column.expression)
    return column.expression
