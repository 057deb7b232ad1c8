"""Rows of a Parquet file, read a few thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from upbeat.authenticity.score_files.lines import Line
from upbeat.errors import InputError

BATCH = 10_000


def read_parquet(file: IO[bytes] | Path, name: str) -> Iterator[Line]:
    """The rows, numbered from 1.

    Raises:
        InputError: the file is no Parquet file, is cut off, or cannot be read from some row on.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(file)
        names = tuple(table.schema_arrow.names)
        yield Line(0, names, is_header=True)
        for batch in table.iter_batches(BATCH):
            columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Line(number, names, cells)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        where = f"cannot be read after row {number:,}" if number else "is no whole Parquet file"
        raise InputError(
            f"{name}: {where} (damaged, or cut off while it was written): write it again"
        ) from error
