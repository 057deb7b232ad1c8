"""Streaming coders for HTTP bodies: what the client sends, and what it is sent."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol

import lz4.frame  # type: ignore[import-untyped]

from upbeat.embedded.clickhouse_face.errors import ClickHouseError

CANNOT_DECOMPRESS = 271


class Compressor(Protocol):
    """Bytes in, compressed bytes out, in pieces."""

    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


class _Identity:
    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Lz4Compressor:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._begun = False

    def compress(self, data: bytes) -> bytes:
        head = b"" if self._begun else self._frame.begin()
        self._begun = True
        return bytes(head + self._frame.compress(data))

    def flush(self) -> bytes:
        return self.compress(b"") + bytes(self._frame.flush())


class _BrotliCompressor:
    def __init__(self) -> None:
        self._coder: Any = _brotli().Compressor(quality=1)

    def compress(self, data: bytes) -> bytes:
        return bytes(self._coder.process(data))

    def flush(self) -> bytes:
        return bytes(self._coder.finish())


def compressor(coding: str) -> Compressor:
    """A compressor for an HTTP content coding; `""` passes bytes through."""
    if coding == "gzip":
        return zlib.compressobj(1, zlib.DEFLATED, 31)
    if coding == "deflate":
        return zlib.compressobj(1)
    if coding == "lz4":
        return _Lz4Compressor()
    if coding == "zstd":
        return _zstd().ZstdCompressor(level=1)
    if coding == "br":
        return _BrotliCompressor()
    return _Identity()


MOST_AT_ONCE = 2**20
"""Bytes that are decoded at once: a small body may unpack to any size, and is never in memory as a whole for that."""


class Decompressor:
    """Decodes a body piece by piece; a broken body is a ClickHouseError, also when it ends too early."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._coder: Any = _new_decoder(coding)
        self._fed = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode what came next, in pieces of `MOST_AT_ONCE` bytes at most. Frames may follow one another (lz4, zstd, gzip)."""
        if not self._coding:
            yield data
            return
        while data:
            if self._at_end():
                self._coder = _new_decoder(self._coding)
            piece = self._decode(data)
            self._fed = True
            yield piece
            while not self._at_end() and (piece := self._decode(self._waiting())):
                yield piece
            data = self._coder.unused_data if self._at_end() else b""

    def finish(self) -> None:
        """Raise when the body stopped in the middle of a frame."""
        if self._fed and not self._at_end():
            raise ClickHouseError(CANNOT_DECOMPRESS, f"The {self._coding} body ends too early", status=400)

    def _waiting(self) -> bytes:
        """What a decoder gave back because its piece was full; the others keep it themselves."""
        return bytes(getattr(self._coder, "unconsumed_tail", b""))

    def _at_end(self) -> bool:
        if self._coding == "br":
            return bool(self._coder.is_finished())
        return bool(self._coder.eof)

    def _decode(self, data: bytes) -> bytes:
        try:
            if self._coding == "br":
                return bytes(self._coder.process(data, output_buffer_limit=MOST_AT_ONCE))
            return bytes(self._coder.decompress(data, MOST_AT_ONCE))
        except Exception as error:
            raise ClickHouseError(
                CANNOT_DECOMPRESS, f"Cannot decompress the {self._coding} body: {error}", status=400
            ) from error


def _new_decoder(coding: str) -> Any:
    if coding == "gzip":
        return zlib.decompressobj(31)
    if coding == "deflate":
        return zlib.decompressobj()
    if coding == "lz4":
        return lz4.frame.LZ4FrameDecompressor()
    if coding == "zstd":
        return _zstd().ZstdDecompressor()
    return _brotli().Decompressor() if coding == "br" else None


def _zstd() -> Any:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    raise ClickHouseError(48, "zstd needs Python 3.14 or the package backports.zstd: use lz4 or gzip")


def _brotli() -> Any:
    try:
        return import_module("brotli")
    except ImportError:
        raise ClickHouseError(48, "br needs the package brotli: use zstd, lz4 or gzip") from None


def available(coding: str) -> bool:
    """Whether this coding can be served here."""
    try:
        _new_decoder(coding)
    except ClickHouseError:
        return False
    return True
