"""Cells of followers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from upbeat.authenticity.score_files.values import read_count, read_flag, read_handle, read_name


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("1234", 1234),
        ("1,234,567", 1234567),
        ("17.8M", 17_800_000),
        ("2k", 2000),
        ("12.0", 12),
        (12, 12),
        (12.0, 12),
        (Decimal("12.00"), 12),
        (0, 0),
        ("", None),
        ("N/A", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_a_count_is_read_and_unknown_is_no_zero(value: Any, count: int | None) -> None:
    assert read_count(value) == count


@pytest.mark.parametrize(
    "value", ["many", "1.5", "-1", -1, 1.5, True, [], float("inf"), 10**13, "٣", "1" * 5000]
)
def test_what_is_no_count_is_refused_without_quoting_it(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is no (count|whole number|number of accounts or posts)$"):
        read_count(value)


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        ("TRUE", True),
        ("0", False),
        (1, True),
        (False, False),
        ("https://x/y.jpg", True),
        ("", None),
        (None, None),
    ],
)
def test_a_flag_is_read(value: Any, flag: bool | None) -> None:
    assert read_flag(value) is flag


def test_what_is_no_flag_is_refused() -> None:
    with pytest.raises(ValueError, match="neither true nor false"):
        read_flag("perhaps")


@pytest.mark.parametrize(("value", "handle"), [("@asha", "asha"), (" asha ", "asha"), (7, "7"), ("👑", "👑")])
def test_a_handle_is_read(value: Any, handle: str) -> None:
    assert read_handle(value) == handle


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "is empty"),
        ("@", "is empty"),
        (None, "is empty"),
        ("a" * 256, "256 characters"),
        ([], "is no text"),
    ],
)
def test_what_is_no_handle_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_handle(value)


@pytest.mark.parametrize(
    ("value", "name"), [("", None), (" \t", None), (None, None), ("null", "null"), (" A ", " A ")]
)
def test_a_name_is_kept_as_written(value: Any, name: str | None) -> None:
    assert read_name(value) == name


@pytest.mark.parametrize(("value", "handle"), [(7, "7"), (7.0, "7"), (Decimal("12.00"), "12")])
def test_a_handle_that_a_tool_made_a_number_of_is_read(value: Any, handle: str) -> None:
    assert read_handle(value) == handle


@pytest.mark.parametrize("value", [1.5, float("inf"), 2.0**53, True, [], b"\xff"])
def test_a_number_that_was_no_handle_and_other_things_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^is no text$"):
        read_handle(value)


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN")])
def test_no_number_is_no_name(value: Any) -> None:
    assert read_name(value) is None
