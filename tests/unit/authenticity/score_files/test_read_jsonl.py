"""JSON lines."""

from __future__ import annotations

import pytest

from upbeat.authenticity.score_files.lines import Line
from upbeat.authenticity.score_files.read_jsonl import read_jsonl
from upbeat.errors import InputError


def read(*lines: bytes) -> list[Line]:
    return list(read_jsonl(lines, "some.jsonl"))


def test_objects_are_rows_and_blank_lines_are_none() -> None:
    rows = read(b'\xef\xbb\xbf{"handle": "a", "n": 1}\n', b"\n", b'{"handle": "b", "n": null}\n')
    assert [(row.number, row.names, list(row.cells)) for row in rows] == [
        (1, ("handle", "n"), ["a", 1]),
        (3, ("handle", "n"), ["b", None]),
    ]
    assert rows[0].names is rows[1].names


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"handle": "a"', "not JSON"),
        (b"3", "not a JSON object"),
        (b'{"handle": "\xff"}', "not UTF-8 text"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_line_that_is_no_object_costs_itself(line: bytes, problem: str) -> None:
    rows = read(b'{"handle": "a"}\n', line, b'{"handle": "b"}\n')
    assert [row.problem for row in rows] == [None, problem, None]
    assert rows[1].text.encode("utf-8", "surrogateescape") == line


def test_half_an_emoji_is_no_reason_to_lose_a_row() -> None:
    (row,) = read(b'{"handle": "a", "name": "x\\ud83d"}')
    assert list(row.cells) == ["a", "x\ud83d"]


@pytest.mark.parametrize("lines", [[], [b"\n", b"  \n"]])
def test_an_empty_file_is_told(lines: list[bytes]) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        read(*lines)


def test_one_array_of_objects_is_told_with_the_way_out() -> None:
    with pytest.raises(InputError, match="jq -c"):
        read(b'[{"handle": "a"},\n', b'{"handle": "b"}]\n')
