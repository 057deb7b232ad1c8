"""The engine's error texts, and the trailer that clickhouse-connect reads."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.transform import extract_exception_with_tag
from hypothesis import given
from hypothesis import strategies as st

from upbeat.embedded.clickhouse_face.errors import ClickHouseError, from_engine, trailer


@pytest.mark.parametrize(
    ("text", "code", "name", "message"),
    [
        ("Code: 47. DB::Exception: Unknown `x`. (UNKNOWN_IDENTIFIER)", 47, "UNKNOWN_IDENTIFIER", "Unknown `x`."),
        (
            "Streaming insert finish failed: Code: 27. DB::Exception: Cannot parse (at row 2)\n: (X_Y) (version 26.9.2.1)",
            27, "X_Y", "Cannot parse (at row 2)\n:",
        ),
        (
            "Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format. (U_F) (version 26.9.2.1). (U_F) (version 26.9.2.1)",
            73, "U_F", "Unknown format.",
        ),
        ("something else", 1002, "UNKNOWN_EXCEPTION", "something else"),
    ],
)  # fmt: skip
def test_code_name_and_message_are_read(text: str, code: int, name: str, message: str) -> None:
    error = from_engine(RuntimeError(text))
    assert (error.code, error.name, error.message) == (code, name, message)


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_the_trailer_is_read_by_clickhouse_connect(message: str) -> None:
    error = ClickHouseError(395, message.strip() + "boom")
    found = extract_exception_with_tag(
        b"rows" + trailer(error, "0123456789abcdef", "26.9"), "0123456789abcdef"
    )
    assert found is not None
    assert found.startswith("Code: 395. DB::Exception: ")
    assert "boom" in found
