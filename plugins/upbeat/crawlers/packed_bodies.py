"""Unpacks what a source sent, never to more than is wanted: a small body may unpack to a thousand times its size. Pure."""

from __future__ import annotations

import zlib

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_BARE_DEFLATE = -zlib.MAX_WBITS
_MOST_MEMBERS = 16
"""A member may hold nothing, and each copies all that follows it: a body of empty ones would keep a process busy for hours."""


def unpacked(raw: bytes, encoding: str, most: int) -> bytes | None:
    """The body of a `Content-Encoding` that was asked for; None where it is larger than `most` bytes.

    Raises:
        ValueError: the compression is broken, cut off, or another one.
    """
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"{encoding[:20]} was not asked for")
    # RFC 9110 means zlib by `deflate`; some servers send it without its head.
    is_bare = encoding == "deflate" and not _is_zlib(raw)
    body = bytearray()
    members = 0
    while raw:
        members += 1
        if members > _MOST_MEMBERS:
            raise ValueError("the compression has too many parts")
        decoder = zlib.decompressobj(_BARE_DEFLATE if is_bare else _GZIP_OR_ZLIB)
        try:
            body += decoder.decompress(raw, most - len(body) + 1)
        except zlib.error as error:
            raise ValueError("the compression is broken") from error
        if len(body) > most:
            return None
        if not decoder.eof:
            raise ValueError("the compression is cut off")
        raw = decoder.unused_data
    return bytes(body)


def _is_zlib(raw: bytes) -> bool:
    return len(raw) >= 2 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2]) % 31 == 0
