"""Lines out of pieces of bytes, wherever the pieces end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.batches.file_lines import lines_of


def read(content: bytes, sizes: list[int], longest: int = 10_000) -> list[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        place = 0
        for size in sizes:
            yield content[place : place + size]
            place += size
        yield content[place:]

    async def run() -> list[bytes]:
        return [line async for line in lines_of(pieces(), longest)]

    return asyncio.run(run())


@given(st.lists(st.binary(max_size=12)), st.lists(st.integers(0, 9)), st.booleans())
def test_lines_come_out_the_same_however_the_file_is_cut(
    parts: list[bytes], sizes: list[int], ends: bool
) -> None:
    content = b"\n".join(parts) + (b"\n" if ends else b"")
    assert read(content, sizes) == [line for line in content.split(b"\n") if line.strip()]


def test_a_separator_of_unicode_ends_no_line() -> None:
    text = '{"text": "one\u2028two\u0085three"}'.encode()
    assert read(text + b"\n{}\n", [5]) == [text, b"{}"]


def test_of_a_line_that_is_too_long_the_beginning_comes_once_and_the_next_line_is_whole() -> None:
    found = read(b"a\n" + 100 * b"x" + b"\nb\n", [10] * 20, longest=20)
    assert [found[0], found[-1], len(found)] == [b"a", b"b", 3]
    assert set(found[1]) == {ord("x")}
    assert len(found[1]) <= 20
