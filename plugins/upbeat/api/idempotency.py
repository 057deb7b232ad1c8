"""The header `Idempotency-Key`: a request that is sent again because its answer was lost has no second effect.

A key counts for the caller that sent it, for a day at least. An answer that is a problem is not kept: nothing was done, and the same key may try
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import Response

from upbeat.api.access import Caller
from upbeat.api.problems import ProblemError
from upbeat.api.state import Connection
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
KEPT = timedelta(days=1)
REPEATED = "Idempotency-Replayed"
_WAIT = "10s"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A text of your own, new for each request: a repeat with the same key gets the same answer.",
        examples=["order-4711-1"],
    ),
]


async def request_hash(request: Request) -> bytes:
    """SHA-256 of method, path, query and body: what a repeat has to have in common with the first request."""
    told = hashlib.sha256()
    for part in (request.method.encode(), request.url.path.encode(), request.scope["query_string"]):
        told.update(part + b"\0")
    told.update(await request.body())
    return told.digest()


RequestHash = Annotated[bytes, Depends(request_hash)]


async def answer_once(
    connection: Connection,
    caller: Caller,
    request_key: str | None,
    request_hash: bytes,
    make: Callable[[], Awaitable[tuple[int, Any]]],
) -> Response:
    """Do what is asked for, or tell again what was answered when it was done.

    Args:
        connection: in the transaction of the effect (`state.transaction()`).
        request_key: the header; None: nothing is remembered.
        request_hash: of `request_hash`.
        make: does it, on `connection`; gives the status and the body, which may be a pydantic model. A status of 400 or above
            is not to be given: raise the problem, so that nothing half-done is committed.

    Returns:
        The answer; a repeat carries the header `Idempotency-Replayed: true`.

    Raises:
        ProblemError: 409 for a key that another request has, or whose first request is still under way after 10 s.
    """
    if request_key is None:
        status, body = await make()
        return _json(status, encode_json(jsonable_encoder(body)))
    row: dict[str, Any] = {"key_id": caller.key_id or caller.actor, "idempotency_key": request_key}
    await _wait_for_key(connection, row)
    kept = await (await connection.execute(SQL["find_answer"], row)).fetchone()
    if kept is not None:
        if bytes(kept[0]) != request_hash:
            raise ProblemError(
                409,
                "Idempotency key reused",
                f"Idempotency-Key {request_key!r}: another request has it: send a new key with a new request",
            )
        return _json(kept[1], kept[2], {REPEATED: "true"})
    status, body = await make()
    row |= {"request_hash": request_hash, "status": status, "answer": encode_json(jsonable_encoder(body))}
    (text,) = await (await connection.execute(SQL["keep_answer"], row)).fetchone() or ("null",)
    await connection.execute(SQL["forget_answers"], {"kept": KEPT})
    return _json(status, text)


async def _wait_for_key(connection: Connection, row: dict[str, Any]) -> None:
    try:
        await connection.execute(SQL["wait_for_key"], row | {"wait": _WAIT})
    except psycopg.errors.LockNotAvailable as error:
        raise ProblemError(
            409,
            "Request under way",
            f"Idempotency-Key {row['idempotency_key']!r}: its first request is not done yet: ask again later",
            headers={"Retry-After": "5"},
        ) from error


def _json(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    # A lone body-less status (204) must not carry a body.
    content = b"" if status == 204 else text.encode()
    return Response(content, status, headers, media_type="application/json")
