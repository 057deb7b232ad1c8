"""A picture that comes packed is unpacked up to the limit and no further."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from upbeat.assets.errors import AssetRefusedError
from upbeat.assets.fetch import read_bounded
from upbeat.errors import BackOffError


def read(body: bytes, encoding: str, most: int) -> bytes:
    async def whole() -> bytes:
        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 65_536):
                yield body[start : start + 65_536]

        response = httpx.Response(200, content=pieces(), headers={"content-encoding": encoding})
        return await read_bounded(response, most)

    return asyncio.run(whole())


def test_a_small_answer_that_unpacks_to_very_much_is_left_at_the_limit() -> None:
    bomb = gzip.compress(bytes(300_000_000))
    tracemalloc.start()
    with pytest.raises(AssetRefusedError, match="larger than 1000000 bytes"):
        read(bomb, "gzip", 1_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_what_follows_a_packed_picture_without_end_is_not_read() -> None:
    given: list[int] = []

    async def whole() -> bytes:
        async def pieces() -> AsyncIterator[bytes]:
            yield gzip.compress(b"picture")
            for number in range(1_000):
                given.append(number)
                yield bytes(65_536)

        response = httpx.Response(200, content=pieces(), headers={"content-encoding": "gzip"})
        return await read_bounded(response, 1_000)

    assert (asyncio.run(whole()), given) == (b"picture", [])


def test_what_is_packed_comes_out_whole_or_is_refused() -> None:
    assert read(gzip.compress(b"picture"), "gzip", 1_000) == b"picture"
    with pytest.raises(BackOffError, match="cut off"):
        read(gzip.compress(b"picture" * 99)[:-9], "gzip", 1_000)
    with pytest.raises(AssetRefusedError, match="not asked for"):
        read(b"x", "br", 1_000)
