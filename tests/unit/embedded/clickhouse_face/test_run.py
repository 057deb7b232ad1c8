"""Waiting for the next piece of an answer while its client may go away."""

from __future__ import annotations

import asyncio

import pytest

from upbeat.embedded.clickhouse_face.body import ClientGone
from upbeat.embedded.clickhouse_face.run import unless_gone


async def _piece() -> bytes:
    return b"rows"


def test_a_client_that_is_gone_is_seen_although_the_next_piece_is_ready() -> None:
    """A query that computes faster than its rows are sent would otherwise run to its end for nobody."""

    async def serve() -> None:
        gone = asyncio.create_task(asyncio.sleep(0))
        await gone
        with pytest.raises(ClientGone):
            await unless_gone(gone, _piece())

    asyncio.run(serve())


def test_pieces_arrive_while_the_client_is_there_and_a_wait_ends_when_it_leaves() -> None:
    async def serve() -> None:
        gone = asyncio.get_running_loop().create_future()
        assert await unless_gone(gone, _piece()) == b"rows"
        never = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, gone.set_result, None)

        async def no_piece() -> bytes:
            await never.wait()
            return b""

        with pytest.raises(ClientGone):
            await unless_gone(gone, no_piece())

    asyncio.run(serve())
