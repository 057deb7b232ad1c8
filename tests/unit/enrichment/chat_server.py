"""A real HTTP server on loopback that speaks as a provider of chat completions: a test writes its answers one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from upbeat.settings import Settings


@dataclass(frozen=True)
class Reply:
    """One answer; `body` may be bytes that are no JSON. `drip`: it goes out byte by byte, so many seconds apart."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0

    def encode(self) -> bytes:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        lines = [
            f"HTTP/1.1 {self.status} X",
            "content-type: application/json",
            f"content-length: {len(content)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class ChatServer:
    """`respond(number)` gives the answer to the request of this number, from 0 on; None closes the connection instead."""

    respond: Callable[[int], Awaitable[Reply | None]]
    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    under_way: int = 0
    most_under_way: int = 0
    handlers: set[asyncio.Task[Any]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        handler = asyncio.current_task()
        assert handler is not None
        self.handlers.add(handler)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the end of the connection, or of the test
        finally:
            self.open_connections -= 1
            writer.close()
            self.handlers.discard(handler)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line for line in head.lower().splitlines() if line.startswith("content-length:"))
        self.bodies.append(json.loads(await reader.readexactly(int(length.split(":")[1]))))
        self.heads.append(head)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            reply = await self.respond(len(self.heads) - 1)
        finally:
            self.under_way -= 1
        if reply is None:
            return False
        sent = reply.encode()
        for piece in (bytes([byte]) for byte in sent) if reply.drip else (sent,):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(reply.drip)
        return True

    def settings(self, **given: Any) -> Settings:
        """Settings under which the client finds this server in the sandbox's place."""
        return Settings.model_validate({"upstream": "sandbox", "sandbox_port": self.port, **given})

    def live_settings(self, **given: Any) -> Settings:
        """Settings of a real provider, who is here."""
        urls = dict.fromkeys(("openai", "azure_openai"), f"http://127.0.0.1:{self.port}/v1")
        return Settings.model_validate(
            {"upstream": "live", "source_urls": urls, "llm_api_key": "sk-of-a-test-0123456789", **given}
        )


@asynccontextmanager
async def chat_server(*replies: Reply | None, delay: float = 0.0) -> AsyncIterator[ChatServer]:
    """Serve until the block ends; the last of the replies stands for all further requests."""

    async def respond(number: int) -> Reply | None:
        await asyncio.sleep(delay)
        return replies[min(number, len(replies) - 1)]

    async with serving(ChatServer(respond)) as server:
        yield server


@asynccontextmanager
async def serving(chat: ChatServer) -> AsyncIterator[ChatServer]:
    """Serve on a free port until the block ends."""
    server = await asyncio.start_server(chat.serve, "127.0.0.1", 0)
    chat.port = server.sockets[0].getsockname()[1]
    try:
        yield chat
    finally:
        server.close()
        handlers = list(chat.handlers)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers)


def completion(
    content: Any, *, finish: str = "stop", fingerprint: str | None = "fp_sandbox", **message: Any
) -> dict[str, Any]:
    """A completion's body in the shape of the API; `content` that is no text is written as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None, **message},
                "logprobs": None,
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": 700,
            "completion_tokens": 30,
            "total_tokens": 730,
            "prompt_tokens_details": {"cached_tokens": 512},
        },
        "system_fingerprint": fingerprint,
    }
