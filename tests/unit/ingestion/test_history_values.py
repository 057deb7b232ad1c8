"""Cells of old exports: counts, dates, handles."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.ingestion.history_values import MOST, date_in_name, read_count, read_date, read_handle, read_text
from upbeat.records import Platform


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("17.8M", 17_800_000),
        ("1.05k", 1050),
        ("2B", 2_000_000_000),
        ("409.8 M", 409_800_000),
        ("477900000.00", 477_900_000),
        ("1,234,567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("0", 0),
        ("", None),
        ("N/A", None),
        ("N/A'", None),
        ("-", None),
    ],
)
def test_counts_are_read_as_people_write_them(cell: str, count: int | None) -> None:
    assert read_count(cell) == count


@pytest.mark.parametrize(
    "cell", ["#VALOR!", "348.5", "1.2345k", "-5", "12 apples", "1e9", "99999B", "٣٤", "M"]
)
def test_cells_that_are_no_count_are_refused_with_the_cell_named(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is (not|more)"):
        read_count(cell)


@settings(deadline=None)  # a loaded machine is no bug
@given(st.integers(0, MOST))
def test_every_count_survives_being_written_plainly_and_with_separators(count: int) -> None:
    assert read_count(str(count)) == count
    assert read_count(f"{count:,}") == count
    assert read_count(f"{count}.00") == count


@settings(deadline=None)  # a loaded machine is no bug
@given(st.integers(0, 9999))
def test_abbreviated_counts_are_exact(tenths: int) -> None:
    assert read_count(f"{tenths // 10}.{tenths % 10}M") == tenths * 100_000


@settings(deadline=None)  # a loaded machine is no bug
@given(st.text(max_size=30))
def test_no_cell_breaks_the_readers(cell: str) -> None:
    for read in (read_count, read_date, lambda text: read_handle(text, Platform.INSTAGRAM)):
        try:
            read(cell)  # type: ignore[operator]
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 - reading it is right too
    read_text(cell)
    date_in_name(cell)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("influencers_dec_2022.csv", date(2022, 12, 31)),
        ("influencers_june_2022_june_2022.csv", date(2022, 6, 30)),
        ("export-2024-02.csv", date(2024, 2, 29)),
        ("export_20221115.csv", date(2022, 11, 15)),
        ("september2021.csv", date(2021, 9, 30)),
        ("export.csv", None),
        ("marketing_2022.csv", None),
        ("decade_20223.csv", None),
    ],
)
def test_a_month_in_a_files_name_means_its_last_day(name: str, day: date | None) -> None:
    assert date_in_name(name) == day


@pytest.mark.parametrize("cell", ["2022-13", "2022-02-30", "31.12.2022", "yesterday"])
def test_days_that_are_none_are_refused(cell: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of them
        read_date(cell)


@pytest.mark.parametrize(
    "cell", ["@NatGeo", " natgeo ", "https://www.instagram.com/natgeo/", "instagram.com/NatGeo?hl=en"]
)
def test_one_creator_has_one_handle(cell: str) -> None:
    assert read_handle(cell, Platform.INSTAGRAM) == "natgeo"
