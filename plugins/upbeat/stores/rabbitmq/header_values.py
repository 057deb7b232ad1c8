"""Mends how pika reads and writes the values of headers: some that AMQP allows make it raise, which ends the connection.

The message is then delivered to the next connection, which ends as well. Other systems do send such values: a timestamp in
milliseconds is a year that `datetime` does not know.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pika import data

_FLOATS = {b"d": struct.Struct(">d"), b"f": struct.Struct(">f")}
_SECONDS = struct.Struct(">Q")
_LARGEST = 2**63 - 1

_Decode = Callable[[bytes, int], tuple[Any, int]]
_Encode = Callable[[list[bytes], Any], int]


def install() -> None:
    """Have pika read and write values this way. Harmless when it does already."""
    if not isinstance(data.decode_value, _Decoder):
        data.decode_value = _Decoder(data.decode_value)
        data.encode_value = _Encoder(data.encode_value)


class _Decoder:
    """Floats, of which pika makes whole numbers, and times beyond Python's: seconds, or None where they are no int64."""

    def __init__(self, decode: _Decode) -> None:
        self._others = decode

    def __call__(self, encoded: bytes, offset: int) -> tuple[Any, int]:
        """The value that begins at `offset` with its type, and the offset behind it."""
        kind = bytes(encoded[offset : offset + 1])
        if (number := _FLOATS.get(kind)) is not None:
            return number.unpack_from(encoded, offset + 1)[0], offset + 1 + number.size
        try:
            return self._others(encoded, offset)
        except (ValueError, OverflowError, OSError):
            if kind != b"T":
                raise
        seconds = _SECONDS.unpack_from(encoded, offset + 1)[0]
        return seconds if seconds <= _LARGEST else None, offset + 1 + _SECONDS.size


class _Encoder:
    """Floats, which pika refuses: what came with one could not go to an error queue."""

    def __init__(self, encode: _Encode) -> None:
        self._others = encode

    def __call__(self, pieces: list[bytes], value: Any) -> int:
        """Append the value with its type; how many bytes that are."""
        if not isinstance(value, float):
            return self._others(pieces, value)
        pieces.append(b"d" + _FLOATS[b"d"].pack(value))
        return len(pieces[-1])
