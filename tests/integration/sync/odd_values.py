"""A mart with a column of every type that a plan may publish, and the values that formats disagree about."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from upbeat.sync.plan import Plan

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

SMILE = "😀"
# name: (Postgres type, ClickHouse type, ClickHouse literals, values in Postgres)
CASES: dict[str, tuple[str, str, list[str], list[Any]]] = {
    "odd_text": (
        "text",
        "Nullable(String)",
        [
            r"'a\tb\nc\r\\d\b\f\v'",
            r"'it\'s \"q\"'",
            r"'\\N'",
            r"'\\.'",
            r"'N\0UL\0'",
            "''",
            "NULL",
            f"'{SMILE}'",
        ],
        ["a\tb\nc\r\\d\b\f\v", 'it\'s "q"', "\\N", "\\.", "NUL", "", None, SMILE],
    ),
    "broken_text": (
        "text",
        "String",
        [r"unhex('41FF42')", r"unhex('EDA080')", r"unhex('F09F98')"],
        ["A\ufffdB", "\ufffd", "\ufffd"],
    ),
    "low_card": ("text", "LowCardinality(Nullable(String))", ["'x'", "NULL"], ["x", None]),
    "enum": ("text", "Enum8('a' = 1, 'b' = 2)", ["'b'"], ["b"]),
    "big": ("bigint", "Nullable(Int64)", ["-9223372036854775808", "NULL"], [-(2**63), None]),
    "unsigned": ("numeric(20, 0)", "UInt64", ["18446744073709551615"], [Decimal(2**64 - 1)]),
    "small": ("smallint", "Int16", ["-32768"], [-32768]),
    "double": (
        "double precision",
        "Nullable(Float64)",
        ["0.1", "1e300", "-0.5", "inf", "-inf", "NULL"],
        [0.1, 1e300, -0.5, math.inf, -math.inf, None],
    ),
    "price": ("numeric(12, 4)", "Decimal(12, 4)", ["-1234.5678"], [Decimal("-1234.5678")]),
    "flag": ("boolean", "Nullable(Bool)", ["true", "false", "NULL"], [True, False, None]),
    "flag_number": ("boolean", "UInt8", ["1", "0"], [True, False]),
    "day": ("date", "Nullable(Date32)", ["'1969-07-20'", "NULL"], [date(1969, 7, 20), None]),
    "moment": (
        "timestamptz",
        "Nullable(DateTime64(6, 'Asia/Kolkata'))",
        ["'2026-11-22 10:00:00.123456'", "NULL"],
        [datetime(2026, 11, 22, 4, 30, 0, 123456, tzinfo=UTC), None],
    ),
    "second": (
        "timestamptz",
        "DateTime('America/New_York')",
        ["'2026-07-01 00:00:00'"],
        [datetime(2026, 7, 1, 4, tzinfo=UTC)],
    ),
    "identifier": (
        "uuid",
        "UUID",
        ["'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"],
        [UUID("61f0c404-5cb3-11e7-907b-a6006ad3dba0")],
    ),
    "words": (
        "text[]",
        "Array(Nullable(String))",
        [r"['a\"b', 'c\\d', NULL, 'NULL', '', 'x,{y}\t']", "[]", r"['n\0ul']"],
        [['a"b', "c\\d", None, "NULL", "", "x,{y}\t"], [], ["nul"]],
    ),
    "numbers": ("bigint[]", "Array(Int64)", ["[1, -2]", "[]"], [[1, -2], []]),
    "document": (
        "jsonb",
        "String",
        [
            r"""'{"a": "tab\\t \\"q\\" \\u00e9", "b": [1, null]}'""",
            r"""'{"n": "x\\u0000y", "kept": "\\\\\\\\u0000"}'""",
        ],
        [{"a": 'tab\t "q" é', "b": [1, None]}, {"n": "xy", "kept": "\\\\u0000"}],
    ),
}


def odd_plan(board: Board, file_format: str) -> Plan:
    """Creates the mart and fills it; the plan that publishes it as `app.odd`."""
    rows = max(len(case[2]) for case in CASES.values())
    columns = ", ".join(f"{column} {case[1]}" for column, case in CASES.items())
    board.client.command(
        f"CREATE TABLE {board.database}.odd (id Int64, {columns}) ENGINE = MergeTree ORDER BY id"
    )
    for row in range(rows):
        values = ", ".join(case[2][row % len(case[2])] for case in CASES.values())
        board.client.command(f"INSERT INTO {board.database}.odd SELECT {row}, {values}")
    return Plan.model_validate(
        {
            "name": "odd",
            "mart": f"{board.database}.odd",
            "table": "odd",
            "key": ["id"],
            "format": file_format,
            "columns": [
                {"name": "id", "type": "bigint"},
                *({"name": column, "type": case[0], "nullable": True} for column, case in CASES.items()),
            ],
        }
    )
