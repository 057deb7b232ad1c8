"""Rows of a Parquet file, read a few thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from upbeat.authenticity.score_files.lines import Line, distinct
from upbeat.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 10_000


def read_parquet(file: IO[bytes] | Path, name: str) -> Iterator[Line]:
    """The rows, numbered from 1. Texts that are none in UTF-8 come as bytes, times that no calendar has as the number stored.

    Raises:
        InputError: the file is no Parquet file, is cut off, or cannot be read from some row on.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(file)
        names = distinct(table.schema_arrow.names)
        yield Line(0, names, is_header=True)
        for batch in table.iter_batches(BATCH):
            columns: list[list[Any]] = [_cells(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Line(number, names, cells)
    except (pa.ArrowException, OSError) as error:
        where = f"cannot be read after row {number:,}" if number else "is no whole Parquet file"
        raise InputError(
            f"{name}: {where} (damaged, or cut off while it was written): write it again"
        ) from error


def _cells(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    try:
        cells = column.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError, LookupError):
        # One cell is enough for that; each on its own costs only itself.
        cells = [_cell(scalar) for scalar in column]
    # Old writers did not tell that their bytes are text.
    return cells if pa.types.is_primitive(column.type) else [_as_text(cell) for cell in cells]


def _cell(scalar: pa.Scalar) -> Any:
    import pyarrow as pa

    try:
        return scalar.as_py()
    except (pa.ArrowException, ValueError, OverflowError, LookupError):
        if hasattr(scalar, "as_buffer"):
            return scalar.as_buffer().to_pybytes()
    value = getattr(scalar, "value", None)
    if isinstance(value, pa.Scalar):
        return _cell(value)
    return value if isinstance(value, int) else None


def _as_text(cell: Any) -> Any:
    if not isinstance(cell, bytes):
        return cell
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell
