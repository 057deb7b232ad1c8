"""Bodies that are too large or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from upbeat.api.body_limit import BodyLimit

LENGTH = [(b"content-length", b"1")]


async def ask(
    chunks: Sequence[bytes | None],
    headers: Sequence[tuple[bytes, bytes]] = LENGTH,
    seconds: float = 30.0,
) -> tuple[int | None, Any, bytes | None, int]:
    """Status, answer, the body that the application saw, and how many chunks were left unread; None among the chunks never comes."""
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        if chunk is not None
        else None
        for number, chunk in enumerate(chunks)
    ]
    seen: list[bytes] = []
    sent: list[Message] = []

    async def receive() -> Message:
        message = waiting.pop(0) if waiting else {"type": "http.disconnect"}
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        seen.append(message.get("body", b""))
        assert message["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    await BodyLimit(app, largest=10, seconds=seconds)(scope, receive, send)
    status = sent[0]["status"] if sent else None
    return status, orjson.loads(sent[1]["body"]) if sent else None, seen[0] if seen else None, len(waiting)


async def test_a_body_in_pieces_reaches_the_application_whole() -> None:
    assert await ask([b"01234", b"56789"]) == (None, None, b"0123456789", 0)


@pytest.mark.parametrize("headers", [LENGTH, [(b"transfer-encoding", b"chunked")]])
async def test_a_body_over_the_limit_is_read_away_and_refused(headers: list[tuple[bytes, bytes]]) -> None:
    status, answer, seen, left = await ask([b"01234", b"56789", b"x", b"y" * 20], headers)

    assert (status, seen, left) == (413, None, 0)
    assert answer["detail"] == "a body may have 10 bytes: send it in smaller parts"


async def test_an_endless_body_is_not_read_for_ever() -> None:
    status, _, seen, left = await ask([b"x" * 10] * 1_000)

    assert (status, seen) == (413, None)
    assert left > 900


async def test_a_body_that_does_not_arrive_is_refused() -> None:
    status, answer, seen, _ = await ask([b"01", None], seconds=0.05)

    assert (status, seen) == (408, None)
    assert answer["detail"] == "the body did not arrive within 0.05 s: send it at once"


async def test_of_a_client_that_went_away_nothing_is_done() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("nobody asks any more")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError("nobody listens any more")

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": LENGTH}
    await BodyLimit(app, largest=10, seconds=1)(scope, receive, send)
