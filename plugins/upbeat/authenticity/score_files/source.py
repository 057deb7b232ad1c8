"""Opens an input: which form it has, and its lines."""

from __future__ import annotations

import gzip
import io
import os
import re
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from upbeat.authenticity.score_files.lines import Line
from upbeat.authenticity.score_files.read_csv import read_csv
from upbeat.authenticity.score_files.read_jsonl import read_jsonl
from upbeat.authenticity.score_files.read_parquet import read_parquet
from upbeat.errors import InputError

FORMATS = ("csv", "jsonl", "parquet")
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_Line = TypeVar("_Line", str, bytes)
STDIN = "-"
MOST_BYTES_OF_A_LINE = 8 * 2**20
"""A longer line is read in pieces, none of which will be a good row: memory stays bounded."""
_GZIP_MARK = b"\x1f\x8b"
_DAMAGED_GZIP = "is no whole gzip file (damaged, or cut off while it was written): pack it again"
_COPIED_AT_ONCE = 2**20
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def format_of(path: str, asked: str | None, option: str = "--format") -> str:
    """The form of a file: what is asked for, else what its suffix says (`.csv`, `.csv.gz`).

    Raises:
        InputError: neither tells a form that is known.
    """
    if asked is not None:
        if asked not in FORMATS:
            raise InputError(f"{option} {asked}: is not known: use one of {', '.join(FORMATS)}")
        return asked
    known = _SUFFIXES.get(Path(path.lower().removesuffix(".gz")).suffix)
    if known is None:
        named = "stdin" if path == STDIN else path
        raise InputError(f"{named}: no suffix tells its form: pass {option} csv, jsonl or parquet")
    return known


@dataclass(frozen=True, slots=True)
class Source:
    """An input that is open.

    Attributes:
        lines: its lines; reading them raises `InputError` where the file is none of its form.
        position: the share of it that was read, 0 to 1; None where that is unknown.
    """

    lines: Iterator[Line]
    position: Callable[[], float | None]


@contextmanager
def open_source(path: str, form: str, encoding: str) -> Iterator[Source]:
    """A file, or stdin for `-`; what is packed with gzip is unpacked, whatever its name.

    Raises:
        InputError: it cannot be opened, or is plainly of another form.
    """
    name = "stdin" if path == STDIN else Path(path).name
    with _opened(path) as packed:
        file = _unpacked(packed)
        if form == "parquet":
            seekable = file if file is packed and file.seekable() else _copied(file, name)
            yield Source(read_parquet(seekable, name), lambda: None)
            return
        start = _start_of_text(file, name)
        if form == "jsonl":
            lines = iter(lambda: file.readline(MOST_BYTES_OF_A_LINE), b"")
            yield Source(read_jsonl(_readable(lines, name), name), _position(packed))
            return
        with _text(file, start, encoding) as text:
            yield Source(read_csv(_lines_of(text, name), name), _position(packed))


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with ExitStack() as opened:
        try:
            file = opened.enter_context(Path(path).open("rb"))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}: pass a file that can be read") from error
        yield file


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    is_packed = isinstance(file, io.BufferedReader) and file.peek(2).startswith(_GZIP_MARK)
    return io.BufferedReader(gzip.GzipFile(fileobj=file)) if is_packed else file


def _readable(lines: Iterator[_Line], name: str) -> Iterator[_Line]:
    """The lines; what breaks off while they are read is told of the input, not of an output."""
    try:
        yield from lines
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name}: {_DAMAGED_GZIP}") from error
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}: pass a file that can be read") from error


def _copied(file: IO[bytes], name: str) -> IO[bytes]:
    """Parquet is read from its end: what comes through a pipe or is packed is kept in a file first."""
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the last reference to it
    kept.writelines(_readable(iter(lambda: file.read(_COPIED_AT_ONCE), b""), name))
    kept.seek(0)
    return kept


def _start_of_text(file: IO[bytes], name: str) -> bytes:
    """The first bytes of what should be text, which stay to be read."""
    try:
        start = file.peek(1024)[:1024] if isinstance(file, io.BufferedReader) else b""
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name}: {_DAMAGED_GZIP}") from error
    if start.startswith(b"PAR1"):
        raise InputError(f"{name}: is a Parquet file: pass --format parquet")
    # Below the header one costs its row alone, or nothing.
    if b"\x00" in re.split(b"[\r\n]", start, maxsplit=1)[0] and not start.startswith(_UTF_16_MARKS):
        raise InputError(f"{name}: is no text file: pass CSV, JSON lines or Parquet")
    return start


@contextmanager
def _text(file: IO[bytes], start: bytes, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file as text; bytes that are none stay recognisable, so that only their row is lost."""
    chosen = "utf-16" if start.startswith(_UTF_16_MARKS) else encoding
    if chosen.lower() in ("utf-8", "utf8"):
        chosen = "utf-8-sig"
    try:
        text = io.TextIOWrapper(file, encoding=chosen, errors="surrogateescape", newline="")
    except LookupError as error:
        raise InputError(f"--encoding {encoding}: is not known: use utf-8, utf-16 or cp1252") from error
    try:
        yield text
    finally:
        text.detach()


def _lines_of(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    try:
        yield from _readable(iter(lambda: text.readline(MOST_BYTES_OF_A_LINE), ""), name)
    except UnicodeError as error:
        # Only of encodings whose characters have two bytes and more: there a broken one leaves no line to set aside.
        raise InputError(f"{name}: is no whole {text.encoding} text: save it as UTF-8") from error


def _position(file: IO[bytes]) -> Callable[[], float | None]:
    if not file.seekable():
        return lambda: None
    size = os.fstat(file.fileno()).st_size
    return lambda: file.tell() / size if size else 1.0
