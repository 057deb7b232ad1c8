"""Turns a compressed stream of rows into what COPY reads, with little memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from upbeat.errors import VerificationError
from upbeat.sync.copy_binary import FILE_HEADER

CHUNK_BYTES = 1 << 20


def copy_chunks(compressed: Iterable[bytes]) -> Iterator[bytes]:
    """The header of COPY's binary format, then the rows of a zstd stream, about a megabyte at a time.

    Reads `compressed` to its end, whatever the stream says, so that a checksum over it is over all of it.

    Raises:
        VerificationError: it is no zstd stream, or it is cut short.
    """
    yield FILE_HEADER
    source = _Chunks(compressed)
    # Nothing at all is how ClickHouse writes no rows.
    if not source.peek():
        return
    reader = _decompressing(source)
    try:
        while rows := reader.read(CHUNK_BYTES):
            yield rows
    except OSError as error:
        raise VerificationError(
            f"the staged file is not what its manifest says: {error}; export it again"
        ) from error
    source.drain()


def _decompressing(source: io.RawIOBase) -> Any:
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(source, mode="r"), "zstd")


class _Chunks(io.RawIOBase):
    """A file over an iterator of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def peek(self) -> bool:
        """Whether there is anything more to read."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._rest = memoryview(chunk)
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.peek():
            return 0
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def drain(self) -> None:
        for _ in self._chunks:
            pass
