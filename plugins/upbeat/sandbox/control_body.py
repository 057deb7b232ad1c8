"""Bodies of requests to the control API."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from upbeat.errors import InputError


async def read_body(request: Request, allowed: set[str] | None = None) -> dict[str, Any]:
    """The JSON object of a request. Raises `InputError` for anything else, and for names not in `allowed`."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise InputError("body: must be sent as application/json")
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise InputError(f"body: not JSON ({error})") from error
    if not isinstance(body, dict):
        raise InputError("body: must be a JSON object")
    if allowed is not None and not set(body) <= allowed:
        raise InputError(f"{sorted(set(body) - allowed)[0]}: unknown: there is {', '.join(sorted(allowed))}")
    return body
