"""Lines of a CSV file. A row that cannot be taken apart costs itself alone, also where a quote was never closed."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

from upbeat.authenticity.score_files.lines import Line, distinct
from upbeat.errors import InputError

MOST_LINES_OF_A_ROW = 100
MOST_CHARACTERS_OF_A_ROW = 1_000_000
_DELIMITERS = ",;\t|"
_NO_TEXT = re.compile("[\udc80-\udcff]")


class _UnclosedQuoteError(Exception):
    """A row goes on for so long that its quote was surely opened by mistake."""


class _Supply:
    """Physical lines, one after the other; remembers those of the row that is being read, and takes lines back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.row: list[str] = []
        self.number = 0
        self._length = 0
        self.ended = False

    def __iter__(self) -> _Supply:
        return self

    def __next__(self) -> str:
        if len(self.row) >= MOST_LINES_OF_A_ROW or self._length > MOST_CHARACTERS_OF_A_ROW:
            raise _UnclosedQuoteError
        if self._returned:
            line = self._returned.popleft()
        else:
            line = next(self._lines, "")
            if not line:
                self.ended = True
                raise StopIteration
        self.row.append(line)
        self._length += len(line)
        return line

    def peek(self) -> str | None:
        """The first line with anything in it, which stays to be read."""
        for line in self._lines:
            if line.strip():
                self._returned.append(line)
                return line
            self.number += 1
        return None

    def begin_row(self) -> int:
        """Forget the row before; the number of the line that comes next."""
        self.number += len(self.row)
        self.row, self._length = [], 0
        return self.number + 1

    def keep_first_line_only(self) -> None:
        """Give all lines of the row back but its first."""
        self._returned.extendleft(reversed(self.row[1:]))
        self.row = self.row[:1]
        self.ended = False


def read_csv(lines: Iterable[str], name: str) -> Iterator[Line]:
    """The rows below the header, numbered by the line that they begin in. Blank lines are none.

    Bytes that are no text are expected as lone surrogates (`errors="surrogateescape"`).

    Raises:
        InputError: there is no header.
    """
    supply = _Supply(lines)
    first = supply.peek()
    if first is None:
        raise InputError(f"{name}: the file is empty: pass a file with a header and rows")
    delimiter = max(_DELIMITERS, key=first.count)
    header: tuple[str, ...] = ()
    for number, cells, problem in _rows(supply, delimiter):
        text = "".join(supply.row).rstrip("\r\n")
        if not header:
            if problem:
                raise InputError(f"{name} line {number}: the header: {problem}")
            header = distinct(cells)
            yield Line(number, header, is_header=True)
            continue
        problem = problem or _problem_of(cells, len(header), text)
        yield Line(number, header, cells[: len(header)], text, problem)


def _rows(supply: _Supply, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Number, cells and problem of each row."""
    csv.field_size_limit(2 * MOST_CHARACTERS_OF_A_ROW)
    reader = csv.reader(supply, delimiter=delimiter)
    while True:
        number = supply.begin_row()
        problem = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _UnclosedQuoteError:
            problem = "a quote is opened and not closed"
        except csv.Error as error:
            problem = f"not CSV: {error}"
        if problem is None and (supply.ended or len(supply.row) > 1) and _is_open(supply.row, delimiter):
            problem = "a quote is opened and not closed"
        if problem:
            # Its quote may have swallowed good rows.
            supply.keep_first_line_only()
            reader = csv.reader(supply, delimiter=delimiter)
        if cells or problem:
            yield number, cells, problem


def _is_open(row: list[str], delimiter: str) -> bool:
    """Whether a quote was opened by mistake, which the reader forgives: it is never closed, or by one that opens a cell of a later line."""
    try:
        list(csv.reader(row, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return len(row) > 1 or "unexpected end" in str(error)
    return False


def _problem_of(cells: list[str], wanted: int, text: str) -> str | None:
    if len(cells) < wanted or any(cells[wanted:]):
        return f"{len(cells)} cells where the header has {wanted}"
    if not text.isascii() and _NO_TEXT.search(text):
        return "not text in the file's encoding (UTF-8 unless --encoding says otherwise)"
    return None
