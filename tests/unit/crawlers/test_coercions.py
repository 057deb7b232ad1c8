"""Values as sources write them: by table, and by what must hold for any value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.crawlers.coercions import (
    MAX_COUNT,
    clean_text,
    to_amount,
    to_count,
    to_flag,
    to_handle,
    to_identifier,
    to_instant,
    to_integer,
    to_text,
)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**301)
    | st.floats()
    | st.text(alphabet=st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (0, 0),
        (274988955, 274988955),
        ("1234", 1234),
        ("1,234", 1234),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("12,34,567", 1234567),
        ("1,23,456", 123456),
        ("1 234", 1234),
        ("1\u00a0234\u00a0567", 1234567),
        ("12.5K", 12500),
        ("12,5k", 12500),
        ("12.345K", 12345),
        ("1,234K", 1_234_000),
        ("17.8M", 17_800_000),
        ("17.8 m", 17_800_000),
        ("1.2B", 1_200_000_000),
        ("3 lakh", 300_000),
        (" 7 ", 7),
        ("+7", 7),
        (1234.0, 1234),
        ("", None),
        ("-", None),
        ("N/A", None),
        (-1, None),
        ("-1", None),
        (MAX_COUNT, MAX_COUNT),
    ],
)
def test_counts_are_read_however_they_are_written(value: Any, count: int | None) -> None:
    assert to_count(value) == count


@pytest.mark.parametrize(
    "value",
    [
        "#VALOR!",
        "not what it was",
        "12.5X",
        "1,23",
        "1.5",
        1.5,
        float("nan"),
        float("inf"),
        True,
        -2,
        "-7",
        MAX_COUNT + 1,
        "99999999999B",
        {},
        [],
        "1,234.5",
    ],
)
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a"):
        to_count(value)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (1775048403, datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)),
        (1775048403000, datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)),
        (1775048403000000, datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)),
        ("1775048403", datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)),
        ("2026-04-01T13:00:03Z", datetime(2026, 4, 1, 13, 0, 3, tzinfo=UTC)),
        ("2021-08-17T19:00:42+0000", datetime(2021, 8, 17, 19, 0, 42, tzinfo=UTC)),
        ("2021-08-17T21:00:42+02:00", datetime(2021, 8, 17, 19, 0, 42, tzinfo=UTC)),
        ("2021-08-17 19:00:42", datetime(2021, 8, 17, 19, 0, 42, tzinfo=UTC)),
        ("20210817", datetime(2021, 8, 17, tzinfo=UTC)),
        (0, None),
        ("", None),
    ],
)
def test_times_are_read_as_epoch_or_iso(value: Any, instant: datetime | None) -> None:
    assert to_instant(value) == instant


@pytest.mark.parametrize(
    "value", [True, "yesterday", 17, -5, 10**20, float("nan"), "1850-01-01", [], "9999-12-31"]
)
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        to_instant(value)


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), (0, False), (1, True), ("true", True), ("False", False), ("0", False), ("", None)],
)
def test_flags_are_read_however_they_are_written(value: Any, flag: bool | None) -> None:
    assert to_flag(value) is flag


@pytest.mark.parametrize("value", [2, "perhaps", {}, None])
def test_what_is_no_flag_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected true or false"):
        to_flag(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("\ud83c\udf0e", "🌎"),
        ("  नमस्ते  ", "नमस्ते"),
        (7, "7"),
        ("", None),
        ("\x00", None),
    ],
)
def test_texts_lose_what_postgres_refuses_and_nothing_else(value: Any, text: str | None) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize("value", [3.87e18, 2.0**53, 1.5, float("inf"), float("nan"), -5.0])
def test_an_id_that_was_a_float_is_refused_where_its_digits_are_lost(value: float) -> None:
    with pytest.raises(ValueError, match="expected a"):
        to_identifier(value)
    assert to_identifier(2.0**53 - 1) == "9007199254740991"


@pytest.mark.parametrize(
    ("value", "handle"), [("@NatGeo", "natgeo"), (12345, "12345"), (" a.b_c ", "a.b_c"), ("", None)]
)
def test_handles_are_normalised(value: Any, handle: str | None) -> None:
    assert to_handle(value) == handle


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("12.50", "12.50"),
        (" -3 ", "-3"),
        ("+0.000001", "0.000001"),
        (Decimal("99999999999999.9998"), "99999999999999.9998"),
        (Decimal("1E+3"), "1000"),
        (7, "7"),
        ("", None),
        ("n/a", None),
    ],
)
def test_amounts_keep_their_digits(value: Any, amount: str | None) -> None:
    assert to_amount(value) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "value",
    [12.5, True, "1,200.00", "1e5", "$5", 10**14, 10**400, Decimal("1e999999"), Decimal("1e-30"), [1]],
)
def test_what_is_no_amount_or_has_lost_digits_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected an amount"):
        to_amount(value)


@given(st.decimals(-(10**13), 10**13, places=4))
def test_an_amount_survives_being_written(amount: Decimal) -> None:
    assert to_amount(f"{amount:f}") == to_amount(amount) == amount


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (-3, -3),
        ("-12", -12),
        (" +4 ", 4),
        (0, 0),
        ("-", None),
        (12.0, 12),
        ("12.0", 12),
        (Decimal("-3.00"), -3),
    ],
)
def test_whole_numbers_may_be_below_zero(value: Any, number: int | None) -> None:
    assert to_integer(value) == number


@pytest.mark.parametrize(
    "value", [1.5, True, "1.5", "many", Decimal("1e99999"), float("inf"), 2**63, "9" * 19, None]
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a whole number"):
        to_integer(value)


@given(ANYTHING)
def test_no_value_ever_raises_anything_but_a_value_error(value: Any) -> None:
    for coerce in (
        to_count, to_flag, to_instant, to_text, to_identifier, to_handle, to_amount, to_integer,
    ):  # fmt: skip
        try:
            result = coerce(value)
        except ValueError:
            continue
        if isinstance(result, str):
            result.encode("utf-8")
            assert "\x00" not in result
        if coerce is to_count and result is not None:
            assert 0 <= result <= MAX_COUNT


@given(st.integers(0, MAX_COUNT))
def test_a_count_survives_every_way_of_writing_it(count: int) -> None:
    assert to_count(count) == to_count(str(count)) == to_count(f"{count:,}") == count


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_be_stored_and_stays_clean(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode() == clean_text(cleaned)
