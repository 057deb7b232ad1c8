"""Lines of CSV files, as people and tools write them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.score_files.lines import Line
from upbeat.authenticity.score_files.read_csv import MOST_LINES_OF_A_ROW, read_csv
from upbeat.errors import InputError


def read(text: str) -> list[Line]:
    """The rows below the header."""
    header, *rows = read_csv(io.StringIO(text, newline=""), "some.csv")
    assert header.is_header
    return rows


def good(rows: list[Line]) -> list[list[str]]:
    return [list(row.cells) for row in rows if row.problem is None]


def broken(rows: list[Line]) -> list[tuple[int, str]]:
    return [(row.number, str(row.problem)) for row in rows if row.problem]


def test_quotes_commas_and_line_breaks_within_cells() -> None:
    rows = read('handle,full_name\na,"Rao, Asha"\nb,"Asha\n""Rani""\nRao"\nc,C\n')
    assert good(rows) == [["a", "Rao, Asha"], ["b", 'Asha\n"Rani"\nRao'], ["c", "C"]]
    assert [row.number for row in rows] == [2, 3, 6]


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_the_one_of_the_header(delimiter: str) -> None:
    rows = read(f"handle{delimiter}full_name\na{delimiter}A: b\n")
    assert good(rows) == [["a", "A: b"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(end: str) -> None:
    rows = list(read_csv(io.StringIO(f"handle,n{end}a,1{end}{end}b,2", newline=""), "some.csv"))
    assert [row.cells for row in rows[1:]] == [["a", "1"], ["b", "2"]]
    assert [row.number for row in rows] == [1, 2, 4]


def test_rows_of_another_width_are_told_with_their_text() -> None:
    rows = read("handle,full_name\na,A\nb\nc,C,D\nd,D,\n")
    assert good(rows) == [["a", "A"], ["d", "D"]]
    assert broken(rows) == [(3, "1 cells where the header has 2"), (4, "3 cells where the header has 2")]
    assert [row.text for row in rows if row.problem] == ["b", "c,C,D"]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone() -> None:
    lines = [f"h{number},N{number}" for number in range(3 * MOST_LINES_OF_A_ROW)]
    lines[7] = 'h7,"N7'
    lines[-1] = 'last,"open'
    rows = read("handle,full_name\n" + "\n".join(lines))
    assert len(good(rows)) == len(lines) - 2
    assert broken(rows) == [
        (9, "a quote is opened and not closed"),
        (len(lines) + 1, "a quote is opened and not closed"),
    ]


def test_an_unclosed_quote_near_the_end_gives_back_the_good_rows_behind_it() -> None:
    rows = read('handle,full_name\na,"A\nb,B\nc,C\n')
    assert good(rows) == [["b", "B"], ["c", "C"]]
    assert broken(rows) == [(2, "a quote is opened and not closed")]


def test_a_quote_of_a_later_row_does_not_close_one_that_was_opened_by_mistake() -> None:
    rows = read('handle,full_name,n\na,"A,1\nb,"B",2\nc,"C\nD",3\n')
    assert good(rows) == [["b", "B", "2"], ["c", "C\nD", "3"]]
    assert broken(rows) == [(2, "a quote is opened and not closed")]


def test_quotes_within_a_cell_of_one_line_are_forgiven() -> None:
    assert good(read('handle,full_name\na,"Asha" Rao\nb,Asha "A" Rao\n')) == [
        ["a", "Asha Rao"],
        ["b", 'Asha "A" Rao'],
    ]


def test_bytes_that_are_no_text_cost_their_own_row() -> None:
    text = io.TextIOWrapper(
        io.BytesIO(b"handle,n\na,\xff\xfe\nb,\xc3\xa9\n"), "utf-8", "surrogateescape", newline=""
    )
    rows = list(read_csv(text, "some.csv"))[1:]
    assert good(rows) == [["b", "é"]]
    assert rows[0].problem is not None
    assert rows[0].text.encode("utf-8", "surrogateescape") == b"a,\xff\xfe"


@pytest.mark.parametrize("text", ["", "\n\n", "  \r\n"])
def test_an_empty_file_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"some\.csv: the file is empty"):
        read(text)


def test_a_header_alone_has_no_rows() -> None:
    assert read("\n\nhandle,full_name\n") == []


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=20))
def test_what_was_written_as_csv_is_read_back(table: list[tuple[str, str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("handle", "b", "c"), *table])
    out.seek(0)
    rows = list(read_csv(out, "some.csv"))[1:]
    assert [tuple(row.cells) for row in rows] == table
    assert broken(rows) == []


@given(st.text(st.sampled_from('a,"\n\r '), max_size=200))
def test_no_line_is_lost_whatever_the_quotes_do(body: str) -> None:
    rows = read("x,y\n" + body)
    told = "".join(row.text for row in rows)
    assert sorted(told.replace("\n", "").replace("\r", "")) == sorted(
        "".join(line for line in io.StringIO(body, newline="") if line.strip("\r\n"))
        .replace("\n", "")
        .replace("\r", "")
    )


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_delimiter_that_excel_names_above_the_header_counts(first: str) -> None:
    rows = read(f"{first}\r\nhandle;name,first\r\na;b,c\r\n")
    assert [(row.number, row.names, list(row.cells)) for row in rows] == [
        (3, ("handle", "name,first"), ["a", "b,c"])
    ]


def test_a_named_delimiter_without_a_header_is_told() -> None:
    with pytest.raises(InputError, match="no header"):
        read("sep=;\n")
