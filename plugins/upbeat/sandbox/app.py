"""The ASGI application: `/<host name of an upstream>/<its own path>`, and the control API below `/_sandbox/`.

Written against bare ASGI, since a collector is benchmarked against it: a cached look-up is one dictionary access.
Order of a request: faults that stop it, login, limit, answer (cached until the world changes), faults that
damage the body.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from upbeat.sandbox.credential_states import CredentialStates
from upbeat.sandbox.faults import DAMAGES, Fault, Faults, damage
from upbeat.sandbox.limits import Limits, Usage
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.llm_upstream import LlmUpstream
from upbeat.sandbox.media_cdn import signed
from upbeat.sandbox.registry import find_upstreams, upstream_of
from upbeat.sandbox.request_counts import NO_ANSWER, RequestCounts, RequestKey
from upbeat.sandbox.uploads import TooLargeError, is_form, read_upload
from upbeat.sandbox.upstream import Answer, Drip, Headers, Request, Upstream, json_answer
from upbeat.sandbox.world import World

MAX_CACHED = 50_000
PIECE = 2**18
CacheKey = tuple[str, str, str, tuple[tuple[str, str], ...], str, bytes]


class Sandbox:
    """World, limits, faults and counts, and how a request goes through them."""

    def __init__(self, world: World, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.world = world
        self.llm = LanguageModel(world, clock=clock)
        self.upstreams = {
            host: found.opened(self.llm) if isinstance(found, LlmUpstream) else found
            for host, found in find_upstreams().items()
        }
        by_name = {u.name: u for u in self.upstreams.values()}
        self.limits = Limits({name: u.limit for name, u in by_name.items()}, clock)
        self.credentials = CredentialStates({name: u.credentials for name, u in by_name.items()})
        self.faults = Faults()
        self.counts = RequestCounts()
        self._cache: dict[CacheKey, Answer] = {}
        self._revision = world.revision

    def reset_llm(self) -> None:
        """The language model as at the start, and the files and batches of its APIs gone."""
        self.llm.reset()
        for upstream in self.upstreams.values():
            if isinstance(upstream, LlmUpstream):
                upstream.clear()

    def serve(self, upstream: Upstream, request: Request) -> tuple[Answer, Fault | None]:
        """The answer, and the fault that struck: `timeout` and `slow` are the caller's to act out."""
        credential = upstream.credential(request)
        handle = upstream.subject(request, self.world)
        fault = self.faults.pick(upstream.name, handle, credential) if self.faults.rules else None
        answer = self._answer(upstream, request, credential, fault)
        if fault is not None and fault.fault in DAMAGES and answer.status == 200:
            answer = _damaged(answer, fault)
        self._count(upstream, request, handle, credential, fault, answer)
        return answer, fault

    def _answer(self, upstream: Upstream, request: Request, credential: str, fault: Fault | None) -> Answer:
        kind = fault.fault if fault else ""
        if kind == "500":
            return upstream.failed()
        if kind == "401":
            return upstream.refused(request, "revoked")
        state = self.credentials.refusal(upstream.name, credential)
        if state is not None:
            return upstream.refused(request, state)
        if kind == "429":
            limit = self.limits.listed()[upstream.name]
            wait = limit.seconds if fault is None or fault.seconds is None else fault.seconds
            return upstream.throttled(Usage(limit, limit.requests or 0, wait, allowed=False))
        if (inspected := upstream.inspect(request, self.credentials)) is not None:
            return inspected
        usage = self.limits.count(upstream.name, credential, upstream.cost(request))
        if not usage.allowed:
            return upstream.throttled(usage)
        if upstream.is_stateful:
            answer = upstream.answer(request, self.world)
        else:
            answer = self._cached(upstream, request, credential)
        return answer.with_headers(upstream.usage_headers(usage))

    def _cached(self, upstream: Upstream, request: Request, credential: str) -> Answer:
        revision = self.world.revision
        if revision != self._revision or len(self._cache) > MAX_CACHED:
            self._cache.clear()
            self._revision = revision
        query = tuple(item for item in request.query.items() if item[0] not in upstream.secret_parameters)
        key = (upstream.name, request.host, request.path, query, credential, request.body)
        answer = self._cache.get(key)
        if answer is None:
            answer = upstream.answer(request, self.world)
            answer = replace(answer, body=signed(answer.body, self.world.settings["media_epoch"]))
            self._cache[key] = answer
        return answer

    def _count(
        self,
        upstream: Upstream,
        request: Request,
        handle: str,
        credential: str,
        fault: Fault | None,
        answer: Answer,
    ) -> None:
        shown = (
            credential if not credential or credential in self.credentials.known[upstream.name] else "other"
        )
        status = NO_ANSWER if fault is not None and fault.fault == "timeout" else answer.status
        self.counts.add(RequestKey(upstream.name, request.path, handle, shown, status))


def _damaged(answer: Answer, fault: Fault) -> Answer:
    """The answer as the fault wants it; a file can be cut, but has no fields."""
    if answer.file is None:
        return replace(answer, body=damage(answer.body, fault))
    if fault.fault != "broken_body":
        return answer
    answer.file.seek(0)
    return replace(answer, body=damage(answer.file.read(), fault), file=None)


class SandboxApp:
    """The ASGI side of `Sandbox`; what begins with `/_sandbox/` goes to the control API."""

    def __init__(self, sandbox: Sandbox, control: ASGIApp) -> None:
        self._sandbox = sandbox
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; other scopes are ignored."""
        if scope["type"] != "http":
            return
        host, _, path = scope["path"][1:].partition("/")
        if host == "_sandbox":
            await self._control(scope, receive, send)
            return
        upstream = upstream_of(host, self._sandbox.upstreams)
        if upstream is None:
            await _send(
                send, json_answer({"error": f"{host or '/'}: the sandbox stands in for no such host"}, 404)
            )
            return
        request = _read_request(scope, host, "/" + path)
        if request.method == "POST":
            try:
                request = await _with_body(request, scope, receive, upstream)
            except TooLargeError:
                await _send(
                    send, json_answer({"error": f"body: larger than {upstream.max_upload} bytes"}, 413)
                )
                return
        await self._serve(upstream, request, receive, send)

    async def _serve(self, upstream: Upstream, request: Request, receive: Receive, send: Send) -> None:
        if request.method not in upstream.methods:
            await _send(send, json_answer({"error": f"{request.method}: not supported by the sandbox"}, 405))
            return
        answer, fault = self._sandbox.serve(upstream, request)
        if fault is not None and fault.seconds is not None and fault.fault in ("timeout", "slow"):
            if await _gone_within(receive, fault.seconds):
                return
            if fault.fault == "timeout":
                answer = Answer(504, b"")
        if answer.delay and await _gone_within(receive, answer.delay):
            return
        if answer.drip is not None:
            await _send_drip(receive, send, answer, answer.drip)
            return
        await _send(send, answer)


def _read_request(scope: Scope, host: str, path: str) -> Request:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, query, dict(scope["headers"]), host=host)


async def _with_body(request: Request, scope: Scope, receive: Receive, upstream: Upstream) -> Request:
    """The request with what it brought. Raises `TooLargeError` for an upload beyond the API's bound."""
    if upstream.max_upload and is_form(scope):
        return replace(request, upload=await read_upload(scope, receive, upstream.max_upload))
    return replace(request, body=await _read_body(receive, upstream.max_body))


async def _read_body(receive: Receive, most: int) -> bytes:
    """The whole body of a POST; nothing beyond `most` bytes is kept."""
    body = b""
    while True:
        message = await receive()
        body = (body + message.get("body", b""))[:most]
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return body


async def _gone_within(receive: Receive, seconds: float) -> bool:
    """Wait; True when the client hung up meanwhile."""

    async def hung_up() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(hung_up(), seconds)
    except TimeoutError:
        return False
    return True


_JSON: Headers = ((b"content-type", b"application/json; charset=UTF-8"),)


async def _send(send: Send, answer: Answer) -> None:
    if answer.file is not None:
        await _send_file(send, answer, answer.file)
        return
    length = (b"content-length", str(len(answer.body)).encode())
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": [*_JSON, length, *answer.headers]}
    )
    await send({"type": "http.response.body", "body": answer.body})


async def _send_drip(receive: Receive, send: Send, answer: Answer, drip: Drip) -> None:
    """Piece by piece, until all is sent or the client hangs up."""
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    for _ in range(drip.times):
        await send({"type": "http.response.body", "body": drip.piece, "more_body": True})
        if await _gone_within(receive, drip.seconds):
            return
    await send({"type": "http.response.body", "body": b""})


async def _send_file(send: Send, answer: Answer, file: BinaryIO) -> None:
    """A file in pieces; others may read it meanwhile, so the place is kept here."""
    size = file.seek(0, os.SEEK_END)
    length = (b"content-length", str(size).encode())
    await send({"type": "http.response.start", "status": answer.status, "headers": [length, *answer.headers]})
    place = 0
    while place < size:
        file.seek(place)
        piece = file.read(PIECE)
        place += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
