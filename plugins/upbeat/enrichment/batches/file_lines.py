"""Lines out of a stream of bytes. JSON may hold U+2028 and its like as they are: a line ends at a line feed and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator

LONGEST_LINE = 4 * 2**20
"""Bytes; an answer is some kilobytes. Of a longer line the beginning comes out: it is no JSON, and is told as that."""


async def lines_of(pieces: AsyncIterator[bytes], longest: int = LONGEST_LINE) -> AsyncIterator[bytes]:
    """Each line without its end; blank ones are left out, and a last one without an end is one, too."""
    held, is_skipping = bytearray(), False
    async for piece in pieces:
        held += piece
        *whole, rest = held.split(b"\n")
        held = bytearray(rest)
        for line in whole:
            if line.strip() and not is_skipping:
                yield bytes(line[:longest])
            is_skipping = False
        if len(held) > longest:
            if not is_skipping:
                yield bytes(held[:longest])
            held, is_skipping = bytearray(), True
    if held.strip() and not is_skipping:
        yield bytes(held)
