"""The line that the log gets for every request. It is the one line of the log whose cost counts: there are as many as requests.

Where the log is JSON, the line is rendered at once, with the same members as by structlog and a tenth of its time. Everywhere else
(a terminal, a test that listens) it goes through structlog.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

from upbeat.logs import get_logger, mask_secrets

log = get_logger("api")
_masked = lru_cache(maxsize=1024)(mask_secrets)
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def write_access_line(
    *, method: str, path: str, status: int, milliseconds: float, key_id: str | None, request_id: str
) -> None:
    """One request that was answered, or whose client went away."""
    values: dict[str, Any] = {
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": milliseconds,
        "key_id": key_id,
    }
    configured = structlog.get_config()
    if not _is_plain_json(configured["processors"][-1], configured["wrapper_class"]):
        log.info("request", **values)
        return
    values["path"] = _masked(path)
    told = {"event": "request", "level": "info", "timestamp": datetime.now(UTC), "request_id": request_id}
    sys.stderr.write(orjson.dumps({"logger_name": "api"} | values | told, option=_OPTIONS).decode())


@lru_cache(maxsize=8)
def _is_plain_json(renderer: object, wrapper: type) -> bool:
    """Whether lines of this level are written, and as JSON. Asked by what `configure_logging` sets, which may change."""
    is_json = isinstance(renderer, structlog.processors.JSONRenderer)
    return is_json and bool(log.bind().is_enabled_for(logging.INFO))
