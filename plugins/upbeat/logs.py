"""Structured logs: one line per event, JSON when not on a terminal, secrets masked before they are written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"(token|secret|password|passwd|api_?key|rapidapi_key|authorization|credentials)$", re.I
)
_SECRET_IN_TEXT = re.compile(
    r"(?i)((?:access_token|input_token|api_?key|key|password|secret)=)[^&\s\"']+|(://[^:/@\s]*:)[^/\s\"']+(@)"
    r"|(\bupb_[a-z0-9]+_)[A-Za-z0-9]+"
)


def mask_secrets(text: str) -> str:
    """Replace secrets in URLs, DSNs and query strings, and those of API keys, by `***`; whose key it is stays."""
    return _SECRET_IN_TEXT.sub(lambda m: f"{m[1] or m[2] or m[4]}***{m[3] or ''}", text)


def _mask_processor(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def _masked(name: str, value: Any) -> Any:
    if value is not None and _SECRET_NAMES.search(name):
        return "***"
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, dict):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item) for item in value]
    return value


def configure_logging(level: str = "INFO", *, json: bool | None = None) -> None:
    """Send logs to stderr. `json=None` writes JSON unless stderr is a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask_processor,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """A logger whose lines carry `logger_name=name` (`logger` is an argument of structlog's own)."""
    return structlog.get_logger(logger_name=name)
