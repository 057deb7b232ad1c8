"""The shipped tables: made by the command, from believable rows only."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.sandbox.build_world import (
    CREATORS_FILE,
    HISTORY_FILE,
    SOURCE_FILE,
    TARGET,
    build,
    by_handle,
    is_plausible,
    read_snapshot,
)

ROW = {
    "platform": "instagram",
    "snapshot_month": "2022-09",
    "handle": "Some.Handle",
    "display_name": " Some Name ",
    "country": "India",
    "categories": "Music|Shows",
    "followers": "1000000",
    "avg_likes": "",
    "avg_comments": "",
    "avg_engagement": "5000.0",
}


def read(name: str) -> list[dict[str, str]]:
    with (TARGET / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_is_read() -> None:
    snapshot = read_snapshot(ROW)
    assert snapshot is not None
    assert (snapshot.handle, snapshot.full_name, snapshot.category) == ("some.handle", "Some Name", "Music")
    assert (snapshot.followers, snapshot.avg_engagement) == (1_000_000, 5000)


@pytest.mark.parametrize(
    "odd",
    [
        {"platform": "youtube"},
        {"followers": ""},
        {"avg_engagement": ""},
        {"avg_engagement": "0"},
        {"avg_engagement": "2000000"},
        {"snapshot_month": "2022-06"},
    ],
)
def test_an_odd_row_is_left_out(odd: dict[str, str]) -> None:
    assert read_snapshot({**ROW, **odd}) is None


def test_a_handle_that_contradicts_itself_is_left_out() -> None:
    one, other = read_snapshot(ROW), read_snapshot({**ROW, "followers": "1000001"})
    assert one is not None
    assert other is not None
    assert by_handle([one, one]) == {"some.handle": [one]}
    assert by_handle([one, other]) == {}


def test_a_jump_in_magnitude_is_not_plausible() -> None:
    one, ten = read_snapshot(ROW), read_snapshot({**ROW, "followers": "10000000"})
    assert one is not None
    assert ten is not None
    assert is_plausible([one, one])
    assert not is_plausible([one, ten])
    assert not is_plausible([ten, one])


def test_the_history_ends_before_the_sandboxes_present() -> None:
    creators, history = read(CREATORS_FILE), read(HISTORY_FILE)
    present = max(row["month"] for row in creators)
    assert all(row["observed_on"][:7] < present for row in history)
    assert len({(r["handle"], r["observed_on"]) for r in history}) == len(history) > 1000
    assert {r["handle"] for r in history} == {r["handle"] for r in creators}
    assert {r["observed_on"] for r in history} <= {"2022-03-31", "2022-06-30", "2022-09-30", "2022-11-30"}
    assert {(r["following"], r["media_count"]) for r in history} == {("", "")}


def test_the_shipped_tables_are_what_the_command_makes(shared_data: Path, tmp_path: Path) -> None:
    build(shared_data / "social", tmp_path)
    for name in (CREATORS_FILE, HISTORY_FILE):
        assert (tmp_path / name).read_bytes() == (TARGET / name).read_bytes()


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=SOURCE_FILE):
        build(tmp_path, tmp_path)
