"""What `GET /v1/profiles/{platform}/{profile_id}` answers, for the OpenAPI."""

from __future__ import annotations

from typing import Any

from upbeat.api.profiles.service import PARTS, READ
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.openapi import FRESHNESS, row_schema

_TEXT = {"type": ["string", "null"]}
_READ = {
    "type": "object",
    "title": "ReadByModel",
    "description": "What was read of the account; without a model, what it states itself.",
    "properties": {
        "value": _TEXT,
        "source": _TEXT,
        "confidence": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "model": _TEXT,
        "prompt_version": _TEXT,
        "observed_at": {"type": ["string", "null"], "format": "date-time"},
    },
    "required": ["value", "confidence", "model", "prompt_version", "observed_at"],
}
_ENRICHMENT = {
    "type": "object",
    "title": "Enrichment",
    "properties": dict.fromkeys(READ, _READ)
    | {"topics": {"type": ["array", "null"], "items": {"type": "string"}}, "is_sandbox": {"type": "boolean"}},
}


def profile_responses() -> dict[int | str, dict[str, Any]]:
    """The answers of one profile."""
    parts = {part: row_schema(RESOURCES[name]) for part, name in PARTS.items()}
    quality = parts.pop("audience_quality")
    data = {
        "type": "object",
        "title": "profile",
        "properties": {
            "account": {
                "type": "object",
                "title": "account",
                "description": "The columns of app.instagram_account or app.youtube_account.",
            },
            "enrichment": _ENRICHMENT,
            "audience_quality": {"anyOf": [quality, {"type": "null"}]},
            **{part: {"type": ["array", "null"], "items": row} for part, row in parts.items()},
        },
        "required": ["account", "enrichment", *PARTS],
    }
    answer = {
        "type": "object",
        "title": "profile_answer",
        "properties": {
            "data": data,
            "freshness": {
                "type": "object",
                "title": "profile_freshness",
                "properties": {
                    part: {"anyOf": [FRESHNESS, {"type": "null"}]} for part in ("account", *PARTS)
                },
            },
            "explanations": {"description": "Of each row of each part, with `explain=true` only."},
        },
        "required": ["data", "freshness"],
    }
    return {200: {"description": "The profile.", "content": {"application/json": {"schema": answer}}}}
