"""Scrape requests: the frame is checked here, the parameters by the flow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from upbeat.listeners.messages.scrape_request import EXAMPLE, ScrapeRequestV1


def request(**fields: Any) -> ScrapeRequestV1:
    return ScrapeRequestV1.model_validate_json(json.dumps({**EXAMPLE, **fields}))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"version": None}, "version"),
        ({"flow": None}, "flow"),
        ({"params": [1]}, "params"),
        ({"priority": "5"}, "priority"),
        ({"priority": True}, "priority"),
        ({"priority": 1_000_001}, "priority"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"idempotency_key": "a\x00"}, "NUL"),
        ({"account_id": ""}, "account_id"),
        ({"expires_at": "2030-01-01T00:00:00"}, "expires_at"),
        ({"handle": "natgeo"}, "handle"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        request(**fields)


def test_only_flow_and_params_are_needed() -> None:
    least = '{"version": 1, "flow": "youtube.trending_videos", "params": {}}'
    assert ScrapeRequestV1.model_validate_json(least).priority is None
