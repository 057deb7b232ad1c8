"""Reading exports whole: our own form, and the dirty ones that users bring."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.errors import InputError
from upbeat.ingestion.history_file import HistoryFile, read_history
from upbeat.records import Platform
from upbeat.settings import REPOSITORY

HEADER = "platform,handle,observed_on,followers,following,media_count,full_name,category\n"
TODAY = date(2026, 11, 22)


def read(text: str, name: str = "history.csv", **options: object) -> HistoryFile:
    return read_history(text.encode(), name, today=TODAY, **options)  # type: ignore[arg-type]


def test_our_own_form_is_read_field_by_field() -> None:
    found = read(HEADER + "INSTAGRAM,NatGeo,2022-12-31,250000000,134,27000,National Geographic,Nature\n")
    (row,) = found.rows
    assert (row.platform, row.handle, row.observed_on) == (Platform.INSTAGRAM, "natgeo", date(2022, 12, 31))
    assert (row.followers, row.following, row.media_count) == (250_000_000, 134, 27_000)
    assert (row.full_name, row.category, row.line) == ("National Geographic", "Nature", 2)


def test_the_history_that_ships_is_read_without_a_reject() -> None:
    path = REPOSITORY / "include" / "sandbox" / "instagram_history.csv"
    found = read_history(path.read_bytes(), path.name)
    assert len(found.rows) > 500
    assert not found.rejects


def test_a_bad_line_costs_only_itself_and_is_named_with_its_reason() -> None:
    found = read(
        HEADER
        + "INSTAGRAM,natgeo,2022-12-31,#VALOR!,,,,\n"
        + "INSTAGRAM,not a handle,2022-12-31,5,,,,\n"
        + "TIKTOK,nasa,2022-12-31,5,,,,\n"
        + "INSTAGRAM,nasa,2022-31-12,5,,,,\n"
        + "INSTAGRAM,nasa,2030-01-01,5,,,,\n"
        + "INSTAGRAM,nasa,2022-12-31,,,,,\n"
        + "INSTAGRAM,nasa\n"
        + 'INSTAGRAM,"esa",2022-12-31,5,,,"two\nlines",\n'
        + "INSTAGRAM,good,2022-12-31,5,,,,\n"
    )
    assert [row.handle for row in found.rows] == ["esa", "good"]
    assert [row.line for row in found.rows] == [9, 11]
    assert [reject.line for reject in found.rejects] == [2, 3, 4, 5, 6, 7, 8]
    assert "#VALOR!" in found.rejects[0].reason
    assert all(reject.reason and "\n" not in reject.reason for reject in found.rejects)


def test_of_a_creator_told_twice_for_a_day_the_last_line_stands_and_it_is_said() -> None:
    found = read(HEADER + "INSTAGRAM,a,2022-12-31,1,,,,\nINSTAGRAM,@A,2022-12-31,2,,,,\n")
    assert [row.followers for row in found.rows] == [2]
    assert [(r.line, "line 3" in r.reason) for r in found.repeated] == [(2, True)]


def test_swapped_and_repeated_columns_are_told_apart_by_their_content() -> None:
    text = (
        'Rank,Name,Instagram Name,"Followers\n",Followers,Country,Likes avg\n'
        "1,cristiano,Cristiano Ronaldo,483.1M,483123456,India,4.5M\n"
        "2,kyliejenner,Kylie Jenner,370M,#VALOR!,United States,3.2M\n"
        "3,zendaya,Zendaya,152.2M,152200000,United States,4.8M\n"
    )
    found = read(text, "instagram_nov_2022.csv")
    assert [(r.handle, r.full_name, r.followers) for r in found.rows] == [
        ("cristiano", "Cristiano Ronaldo", 483_123_456),
        ("kyliejenner", "Kylie Jenner", 370_000_000),
        ("zendaya", "Zendaya", 152_200_000),
    ]
    assert {row.observed_on for row in found.rows} == {date(2022, 11, 30)}


@pytest.mark.parametrize(
    ("name", "text", "options", "told"),
    [
        ("tiktok_dec_2022.csv", "name,followers\nmrbeast,5\n", {}, "tiktok is not collected"),
        ("x.csv", HEADER + "INSTAGRAM,a,2022-12-31,1,,,,\n", {"platform": "tiktok"}, "is not one of"),
        ("x.csv", "", {}, "empty"),
        ("x_dec_2022.csv", "a,b\n1,2\n", {"platform": "instagram"}, "no column of handles"),
        ("x_dec_2022.csv", "handle,b\nnatgeo,2\n", {"platform": "instagram"}, "no column of followers"),
        ("x.csv", "handle,followers\nnatgeo,2\n", {"platform": "instagram"}, "--observed-on"),
        ("x_dec_2022.csv", "handle,followers\nnatgeo,2\n", {}, "--platform"),
        ("x.csv", "\x00\x01binary", {}, "not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_gets_one_line_with_the_way_out(
    name: str, text: str, options: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read(text, name, **options)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_go_before_what_the_file_tells() -> None:
    text = "handle,followers\nnatgeo,2\n"
    found = read(text, "youtube_dec_2022.csv", platform="instagram", observed_on=date(2021, 1, 2))
    assert (found.rows[0].platform, found.rows[0].observed_on) == (Platform.INSTAGRAM, date(2021, 1, 2))


def test_semicolons_byte_order_marks_and_windows_encodings_are_taken() -> None:
    row = "handle;followers;full_name\nnatgeo;5;Núñez\n"
    for body in (b"\xef\xbb\xbf" + row.encode(), row.encode("cp1252"), row.encode("utf-16")):
        found = read_history(body, "instagram_dec_2022.csv", today=TODAY)
        assert [(r.handle, r.followers, r.full_name) for r in found.rows] == [("natgeo", 5, "Núñez")]


MONTHS = {
    "social_media_influencers_instagram.csv": (date(2022, 3, 31), 997),
    "social_media_influencers_instagram_june_2022_june_2022.csv": (None, 979),
    "social_media_influencers_instagram_sep_2022.csv": (None, 983),
    "social_media_influencers_instagram_nov_2022.csv": (None, 998),
    "social_media_influencers_instagram_dec_2022.csv": (None, 991),
}


@pytest.mark.parametrize("name", MONTHS)
def test_the_dirty_instagram_exports_are_read_without_losing_a_creator(shared_data: Path, name: str) -> None:
    day, creators = MONTHS[name]
    path = shared_data / "social" / "monthly_influencers" / name
    found = read_history(path.read_bytes(), name, observed_on=day)
    assert len(found.rows) == creators
    assert not found.rejects
    assert all(row.followers and row.followers > 10_000 for row in found.rows)
    by_handle = {row.handle: row for row in found.rows}
    assert by_handle["kyliejenner"].followers is not None
    assert 300_000_000 < by_handle["kyliejenner"].followers < 400_000_000
    assert (by_handle["kyliejenner"].full_name or "").startswith("Kylie")
    assert by_handle["kyliejenner"].category == "Fashion"


@pytest.mark.parametrize("month", ["june_2022_june_2022", "sep_2022", "nov_2022", "dec_2022"])
def test_youtube_exports_give_their_channels_and_reject_display_names(shared_data: Path, month: str) -> None:
    name = f"social_media_influencers_youtube_{month}.csv"
    found = read_history((shared_data / "social" / "monthly_influencers" / name).read_bytes(), name)
    told = {row.handle: row for row in found.rows}
    assert len(found.rows) > 550
    assert 180_000_000 < (told["tseries"].followers or 0) < 260_000_000
    assert {row.platform for row in found.rows} == {Platform.YOUTUBE}
    assert found.rejects
    assert all("is not a handle" in reject.reason for reject in found.rejects)


@pytest.mark.parametrize("month", ["", "_june_2022_june_2022", "_sep_2022", "_nov_2022", "_dec_2022"])
def test_tiktok_exports_are_refused_whole(shared_data: Path, month: str) -> None:
    name = f"social_media_influencers_tiktok{month}.csv"
    with pytest.raises(InputError, match="tiktok"):
        read_history((shared_data / "social" / "monthly_influencers" / name).read_bytes(), name)


CELLS = st.text(max_size=12)


@settings(deadline=None)  # a loaded machine is no bug
@given(st.lists(st.lists(CELLS, max_size=9), max_size=12))
def test_any_table_under_our_header_gives_rows_or_rejects_for_every_line(table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    body = HEADER.encode() + out.getvalue().encode("utf-8", "ignore").replace(b"\x00", b"")
    try:
        found = read_history(body, "h.csv", today=TODAY)
    except InputError as error:
        assert "h.csv" in str(error)  # noqa: PT017 - either outcome is right; both are looked at
        return
    told = (
        sum(any(cell.strip() for cell in row) for row in csv.reader(io.StringIO(body.decode(), newline="")))
        - 1
    )
    assert len(found.rows) + len(found.rejects) + len(found.repeated) == told


@settings(deadline=None)  # a loaded machine is no bug
@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_one_line(body: bytes) -> None:
    try:
        read_history(body, "h_dec_2022.csv", platform="instagram", today=TODAY)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
