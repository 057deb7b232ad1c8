"""The ASGI application: routes, login, and the fate of one request."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import MutableMapping
from typing import Any

from upbeat.embedded.clickhouse_face.answer import Answer, Send, StreamBroken
from upbeat.embedded.clickhouse_face.body import Body, ClientGone, Receive
from upbeat.embedded.clickhouse_face.compression import available
from upbeat.embedded.clickhouse_face.errors import AUTHENTICATION_FAILED, ClickHouseError
from upbeat.embedded.clickhouse_face.queries import Queries
from upbeat.embedded.clickhouse_face.request import FaceRequest, Login, parse_login, parse_request
from upbeat.logs import get_logger

logger = get_logger("clickhouse_face")

_ALIVE = {"/ping": b"Ok.\n", "/replicas_status": b"Ok.\n"}
DRAIN_BYTES = 64 << 20


class App:
    """ClickHouse's HTTP interface for one user over `queries`."""

    def __init__(self, queries: Queries, login: Login) -> None:
        self._queries = queries
        self._login = login

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["path"]
        if path in _ALIVE:
            await _plain(send, 200, _ALIVE[path])
        elif path != "/":
            await _plain(
                send, 404, f"There is no handle {path[:200]}\n\nUse / or /ping for health checks.\n".encode()
            )
        elif scope["method"] not in ("GET", "POST", "HEAD", "PUT"):
            await _plain(send, 405, b"Use GET or POST\n")
        elif scope["method"] in ("GET", "HEAD") and not scope["query_string"]:
            await _plain(send, 200, b"Ok.\n")
        else:
            await self._query(scope, headers, receive, send)

    async def _query(
        self, scope: MutableMapping[str, Any], headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        started = time.monotonic()
        answer = Answer(send, query_id="", coding="", headers=self._headers())
        body = Body(receive, "")
        try:
            self._check_login(parse_login(scope["query_string"], headers))
            request = parse_request(scope["method"], scope["query_string"], headers)
            body = Body(receive, request.body_coding)
            answer = self._answer(send, request)
            await self._queries.serve(request, body, answer)
        except ClickHouseError as error:
            logger.warning(
                "query_failed",
                code=error.code,
                message=error.message[:500],
                seconds=round(time.monotonic() - started, 3),
            )
            await self._fail(body, answer, error)
        except ClientGone:
            logger.info("client_gone", seconds=round(time.monotonic() - started, 3))
        except (StreamBroken, asyncio.CancelledError):
            raise
        except Exception as error:
            logger.exception("request_failed")
            await self._fail(body, answer, ClickHouseError(1002, f"{type(error).__name__}: {error}"))

    async def _fail(self, body: Body, answer: Answer, error: ClickHouseError) -> None:
        try:
            if not answer.begun and not body.complete:
                await body.drain(DRAIN_BYTES)
            await answer.fail(error, self._queries.engine.version)
        except ClientGone:
            return

    def _answer(self, send: Send, request: FaceRequest) -> Answer:
        coding = request.answer_coding if available(request.answer_coding) else ""
        return Answer(send, query_id=self._queries.query_id(request), coding=coding, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        engine = self._queries.engine
        return {"X-ClickHouse-Server-Display-Name": engine.host, "X-ClickHouse-Timezone": engine.timezone}

    def _check_login(self, login: Login) -> None:
        user_matches = hmac.compare_digest(_bytes(login.user), _bytes(self._login.user))
        password_matches = hmac.compare_digest(_bytes(login.password), _bytes(self._login.password))
        if user_matches and password_matches:
            return
        raise ClickHouseError(
            AUTHENTICATION_FAILED,
            f"{login.user or 'default'}: Authentication failed: password is incorrect, "
            "or there is no user with such name.",
            status=403 if login.user or login.password else 401,
        )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


async def _plain(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/html; charset=UTF-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
