"""Writers of scored rows. A file appears under its name when it is whole: what breaks off leaves nothing behind."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

from upbeat.errors import InputError

ROWS_OF_A_GROUP = 50_000
"""Of Parquet: smaller groups are read slowly, larger ones are held in memory."""


class Writer(Protocol):
    """Takes rows in the order of its columns."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Write what is still held; the stream below stays open."""


@contextmanager
def open_output(path: Path | None, form: str, columns: Sequence[str]) -> Iterator[Writer]:
    """A writer to a file, or to stdout for None.

    Raises:
        InputError: the file cannot be written.
    """
    with _stream(path) as stream:
        writer: Writer = _WRITERS[form](stream, columns)
        yield writer
        writer.close()


@contextmanager
def whole_file(path: Path, option: str) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block ends well, and is removed when it does not.

    Raises:
        InputError: it cannot be written; names the option that asked for it.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise InputError(
            f"{option} {path}: {error.strerror or error}: pass a file that can be written"
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextmanager
def _stream(path: Path | None) -> Iterator[IO[bytes]]:
    if path is not None:
        with whole_file(path, "--output") as file:
            yield file
        return
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


class _CsvWriter:
    def __init__(self, stream: IO[bytes], columns: Sequence[str]) -> None:
        # Half an emoji has no form in UTF-8.
        self._text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self._writer.writerows([_csv_cell(value) for value in row] for row in rows)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _JsonLinesWriter:
    def __init__(self, stream: IO[bytes], columns: Sequence[str]) -> None:
        self._stream, self._columns = stream, tuple(columns)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            self._stream.write(_json(dict(zip(self._columns, row, strict=True))) + b"\n")

    def close(self) -> None:
        self._stream.flush()


class _ParquetWriter:
    def __init__(self, stream: IO[bytes], columns: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            bool: pa.bool_(),
            int: pa.int64(),
            float: pa.float64(),
            str: pa.string(),
        }
        self._pa = pa
        self._kinds = [_KINDS.get(name, str) for name in columns]
        self._schema = pa.schema(
            [pa.field(name, types[kind]) for name, kind in zip(columns, self._kinds, strict=True)]
        )
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._waiting: list[Any] = []

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        arrays = [
            self._pa.array(map(_text, values) if kind is str else values, type=field.type)
            for values, kind, field in zip(zip(*rows, strict=True), self._kinds, self._schema, strict=True)
        ]
        self._waiting.append(self._pa.record_batch(arrays, schema=self._schema))
        if sum(batch.num_rows for batch in self._waiting) >= ROWS_OF_A_GROUP:
            self._write_group()

    def close(self) -> None:
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(self._pa.Table.from_batches(self._waiting))
            self._waiting.clear()


_WRITERS: dict[str, Callable[[IO[bytes], Sequence[str]], Writer]] = {
    "csv": _CsvWriter,
    "jsonl": _JsonLinesWriter,
    "parquet": _ParquetWriter,
}
_KINDS = {
    "score": float, "lang_flag": bool, "digits": int, "digits_flag": bool, "special_char_flag": bool,
    "similarity": float, "is_known_name": bool, "model_probability": float,
}  # fmt: skip
"""Types of our columns in Parquet; all others are texts, values that are none as JSON."""


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json(value).decode() if isinstance(value, list | dict) else value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else _json(value).decode()
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        # A lone surrogate somewhere, or an integer of more than 64 bits.
        import json

        return json.dumps(value, ensure_ascii=True, default=str).encode()
