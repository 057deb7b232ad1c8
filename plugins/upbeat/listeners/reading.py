"""From the bytes of a message to what is to be written, or the reason why it cannot be. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from upbeat.errors import InputError
from upbeat.listeners.handler import Handler, Received
from upbeat.listeners.sealing import SEALED

MOST_BYTES = 8 * 1024 * 1024
_LONGEST_REASON = 500


class UnusableError(Exception):
    """The message cannot be used now or later; `str(error)` is one line, without secrets.

    `problems` are all that were found in it, each a line, where `str(error)` tells the first and their number.
    """

    def __init__(self, reason: str, problems: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.problems = tuple(problems) or (reason,)


def read(
    body: bytes,
    *,
    message_id: str | None,
    content_type: str | None,
    models: Mapping[int, type[BaseModel]],
    handler: Handler,
    received_at: datetime,
) -> tuple[Received, Any]:
    """The message, checked, and the handler's plan.

    Raises:
        UnusableError: it fits no schema, or asks for what cannot be.
    """
    opened = _opened(body, content_type, handler)
    model = _model(opened, models)
    try:
        message = model.model_validate_json(opened)
    except ValidationError as error:
        problems = problems_of(error, model, secret=handler.seal is not None)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UnusableError(one_line(f"{problems[0]}{more}"), problems) from None
    received = Received(message_name(message_id, opened), body_hash(opened), message, received_at)
    try:
        return received, handler.plan(received)
    except InputError as error:
        raise UnusableError(one_line(str(error))) from error


def message_name(message_id: str | None, body: bytes) -> str:
    """What a message is known by: its id, else a hash of its body. Raises `UnusableError` for an id that is none."""
    if not message_id:
        return f"body:{hashlib.blake2b(body, digest_size=16).hexdigest()}"
    if "\x00" in message_id:
        raise UnusableError("message_id: holds a NUL")
    return message_id


def body_hash(body: bytes) -> int:
    """64 bits, signed."""
    return int.from_bytes(hashlib.blake2b(body, digest_size=8).digest(), "big", signed=True)


def _opened(body: bytes, content_type: str | None, handler: Handler) -> bytes:
    if len(body) > MOST_BYTES:
        raise UnusableError(f"is larger than {MOST_BYTES:,} bytes")
    if content_type != SEALED or handler.seal is None:
        return body
    try:
        return handler.seal.open(body)
    except InputError as error:
        raise UnusableError(str(error)) from error


def _model(body: bytes, models: Mapping[int, type[BaseModel]]) -> type[BaseModel]:
    """The schema of the body's version."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnusableError(f"is no JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version in models:
        return models[version]
    if not isinstance(document, dict):
        raise UnusableError("is no JSON object")
    raise UnusableError(f"version: is missing or unknown: this listener takes {', '.join(map(str, models))}")


def problems_of(error: ValidationError, model: type[BaseModel], *, secret: bool) -> list[str]:
    """Each problem on one line: the place, and what is wrong. With `secret` nothing that the sender wrote is in it."""
    found = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = [str(part) for part in problem["loc"]]
        if secret:
            known = [part for part in place[:1] if part in model.model_fields]
            place = known or (["an unknown field"] if place else [])
        text = problem["msg"].removeprefix("Value error, ")
        found.append(one_line(f"{'.'.join(place)}: {text}" if place else text))
    return found


def one_line(text: str) -> str:
    """Printable and short enough for a header."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:_LONGEST_REASON]
