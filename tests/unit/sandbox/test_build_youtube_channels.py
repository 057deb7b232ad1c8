"""The shipped channels: made by the command, from believable rows only."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from upbeat.sandbox.build_world import TARGET
from upbeat.sandbox.build_youtube_channels import (
    CHANNELS,
    CHANNELS_FILE,
    CHANNELS_HEADER,
    candidates,
    channel_rows,
    read_snapshot,
)

ROW = {
    "platform": "youtube",
    "snapshot_month": "2022-12",
    "handle": "SomeChannel",
    "display_name": " Some Name ",
    "country": "India",
    "categories": "Music & Dance|Shows",
    "followers": "1000000",
    "avg_views": "50000",
    "avg_likes": "900.4",
    "avg_comments": "80",
}
MONTHS = ("2022-06", "2022-09", "2022-11", "2022-12")


def series(**odd: str) -> list[dict[str, str]]:
    rows = [{**ROW, "snapshot_month": month} for month in MONTHS]
    return [*rows[:-1], {**rows[-1], **odd}]


def chosen(rows: list[dict[str, str]]) -> list[str]:
    return list(candidates(s for row in rows if (s := read_snapshot(row))))


def test_a_row_is_read() -> None:
    snapshot = read_snapshot(ROW)
    assert snapshot is not None
    assert (snapshot.handle, snapshot.full_name, snapshot.category) == (
        "somechannel",
        "Some Name",
        "Music & Dance",
    )
    assert (snapshot.subscribers, snapshot.avg_views, snapshot.avg_likes) == (1_000_000, 50_000, 900)


@pytest.mark.parametrize(
    "odd", [{"platform": "instagram"}, {"followers": ""}, {"handle": "✿ Kids Diana Show"}]
)
def test_an_odd_row_is_left_out(odd: dict[str, str]) -> None:
    assert read_snapshot({**ROW, **odd}) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"avg_views": ""},
        {"avg_views": "0"},
        {"avg_likes": "60000"},
        {"avg_comments": "901"},
        {"avg_views": "3000000"},
        {"followers": "10000000"},
        {"handle": "another"},
    ],
)
def test_a_channel_whose_last_month_is_not_believable_is_left_out(odd: dict[str, str]) -> None:
    assert chosen(series()) == ["somechannel"]
    assert chosen(series(**odd)) == []


def test_a_channel_that_contradicts_itself_is_left_out() -> None:
    assert chosen([*series(), {**ROW, "followers": "1000001"}]) == []


def test_the_shipped_table_is_what_the_command_makes(shared_data: Path) -> None:
    source = shared_data / "social" / "influencer_snapshots_long.csv"
    with source.open(encoding="utf-8", newline="") as file:
        made = [tuple(map(str, row)) for row in channel_rows(csv.DictReader(file))]
    with (TARGET / CHANNELS_FILE).open(encoding="utf-8", newline="") as file:
        header, *shipped = csv.reader(file)
    assert tuple(header) == CHANNELS_HEADER
    assert [tuple(row) for row in shipped] == made
    assert len(made) == CHANNELS
