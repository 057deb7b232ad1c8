"""What ClickHouse writes is what Postgres reads by COPY, in both formats: every type, every odd value."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from tests.integration.sync.odd_values import CASES, odd_plan

from upbeat.sync.plan import PlanColumn

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


@pytest.mark.parametrize("file_format", ["binary", "text"])
def test_every_type_and_odd_value_arrives_as_it_was(board: Board, file_format: str) -> None:
    board.plan = odd_plan(board, file_format)
    rows = max(len(case[2]) for case in CASES.values())
    report = board.publish()
    assert (report["rows"], report["format"], report["note"]) == (rows, file_format, None)
    published = board.query("SELECT * FROM app.odd ORDER BY id")
    for column, case in CASES.items():
        expected = [case[3][row % len(case[3])] for row in range(rows)]
        assert [row[column] for row in published] == expected, column


@pytest.mark.parametrize(
    ("column", "value", "published"),
    [
        # ClickHouse's text of a Float32 is what Postgres' text format would read.
        ({"type": "double precision", "source": "toFloat32(0.1)"}, "", 0.1),
        ({"type": "numeric(6, 2)", "source": "toDecimal64('-1.005', 3)"}, "", Decimal("-1.01")),
        ({"type": "numeric(38, 6)", "source": "toDecimal128('-12345678901234567890.000001', 6)"}, "",
         Decimal("-12345678901234567890.000001")),
        ({"type": "numeric(4, 0)", "source": "toInt8(-128)"}, "", Decimal(-128)),
        ({"type": "numeric(12, 4)[]", "source": "[toDecimal64('0.0001', 4), -20000]"}, "",
         [Decimal("0.0001"), Decimal(-20000)]),
        ({"type": "boolean[]", "source": "[true, NULL]"}, "", [True, None]),
        ({"type": "smallint[]", "source": "[toInt64(7), -7]"}, "", [7, -7]),
        ({"type": "date[]", "source": "[toDate('2026-02-03')]"}, "", [date(2026, 2, 3)]),
        ({"type": "jsonb[]", "source": "['{\"a\": 1}', NULL]"}, "", [{"a": 1}, None]),
        ({"type": "text[]", "source": "[]"}, "", []),
        ({"type": "real", "source": "toFloat32(1.5)"}, "", 1.5),
        ({"type": "text", "source": "NULL", "nullable": True}, "", None),
        ({"type": "timestamptz", "source": "toDateTime64('1969-12-31 23:59:59.5', 3, 'UTC')"}, "",
         datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC)),
        # No binary form: Postgres parses or rounds.
        ({"type": "numeric(6, 2)", "source": "toFloat64(1.005)"}, "numeric(6, 2)", Decimal("1.01")),
        ({"type": "bigint", "source": "toString(7)"}, "bigint", 7),
        ({"type": "uuid", "source": "'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"}, "uuid",
         UUID("61f0c404-5cb3-11e7-907b-a6006ad3dba0")),
    ],
)  # fmt: skip
def test_both_formats_publish_the_same_value_and_what_has_no_binary_form_goes_as_text(
    board: Board, column: dict[str, Any], value: str, published: Any
) -> None:
    board.fill(3)
    added = PlanColumn.model_validate({"name": "added", **column})
    board.plan = board.plan.model_copy(update={"columns": (*board.plan.columns, added)})
    report = board.publish()
    assert report["format"] == ("text" if value else "binary"), report["note"]
    assert (report["note"] is None) == (value == "")
    assert f" as {value})" in (report["note"] or " as )")
    seen = board.query("SELECT added FROM app.leaderboard")
    assert [row["added"] for row in seen] == [published] * 3
    board.plan = board.plan.model_copy(update={"format": "text"})
    board.publish()
    assert board.query("SELECT added FROM app.leaderboard") == seen


def test_not_a_number_stays_one(board: Board) -> None:
    board.client.command(
        f"ALTER TABLE {board.database}.mart_leaderboard UPDATE avg_likes = nan WHERE profile_id = '1' SETTINGS mutations_sync = 1"
    )
    board.publish()
    value = board.query("SELECT avg_likes FROM app.leaderboard WHERE profile_id = '1'")[0]["avg_likes"]
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("file_format", "problem"),
    [
        ("binary", "leaderboard: huge: a value is out of range for bigint; what was published stays"),
        ("text", r"18446744073709551615.* is out of range .*line 1, column huge"),
    ],
)
def test_a_count_beyond_bigint_is_refused_with_its_column(
    board: Board, file_format: str, problem: str
) -> None:
    from upbeat.errors import VerificationError

    total = board.plan.columns[0].model_copy(
        update={"name": "huge", "type": "bigint", "source": "toUInt64(-1)"}
    )
    board.plan = board.plan.model_copy(
        update={"columns": (*board.plan.columns, total), "format": file_format}
    )
    with pytest.raises(VerificationError, match=problem):
        board.publish()
