"""Bodies of the language model's stand-in against recorded ones: no path that is not there, no other type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upbeat.sandbox.app import Sandbox

from .body_shapes import Shape, problems, shape_of_all
from .llm_calls import AZURE, OPENAI, http_client, question

KEYS = {"authorization": "Bearer x", "api-key": "x"}
AZURE_CHAT = f"{AZURE}/openai/deployments/enrich/chat/completions?api-version=2024-10-21"
NEWER = {"$.choices[].message.annotations", "$.service_tier", "$.usage.prompt_tokens_details.audio_tokens"}
"""Told by the API since the recordings were made, where none has them."""


def recorded(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted((folder / "openai" / "recorded").glob("*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def completions(folder: Path, *, is_azure: bool) -> Shape:
    found = [
        pair["response"]["body"]
        for pair in recorded(folder)
        if ("azure" in pair["request"]["uri"]) is is_azure
        and isinstance(pair["response"]["body"], dict)
        and pair["response"]["body"].get("object") == "chat.completion"
    ]
    assert len(found) > 3
    shape = shape_of_all(found)
    shape.setdefault("$.choices[].message.content", set()).add("null")
    # Recorded with a reasoning model, or with none: the other is as common.
    for path in ("$.choices[].message.refusal", "$.system_fingerprint"):
        shape.setdefault(path, set()).update({"null", "string"})
    return shape


def unknown(body: Any, known: Shape) -> list[str]:
    return [line for line in problems(body, known) if line.partition(": ")[0] not in NEWER]


@pytest.mark.parametrize(
    "behaviour", [{}, {"refused_share": 1.0}, {"truncated_share": 1.0}, {"filtered_answer_share": 1.0}]
)
async def test_completions_have_recorded_keys_and_types(
    sandbox: Sandbox, shared_data: Path, behaviour: dict[str, Any]
) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed(behaviour)
    client = http_client(sandbox)
    direct = (await client.post(f"{OPENAI}/chat/completions", json=question(), headers=KEYS)).json()
    assert unknown(direct, completions(shared_data, is_azure=False)) == []
    azure = (await client.post(AZURE_CHAT, json=question(), headers=KEYS)).json()
    shapes = [completions(shared_data, is_azure=is_azure) for is_azure in (True, False)]
    both = {
        path: set().union(*(shape.get(path, set()) for shape in shapes)) for shape in shapes for path in shape
    }
    assert unknown(azure, both) == []


async def test_headers_are_those_of_the_recordings(sandbox: Sandbox, shared_data: Path) -> None:
    told = (
        await http_client(sandbox).post(f"{OPENAI}/chat/completions", json=question(), headers=KEYS)
    ).headers
    seen = [
        set(pair["response"]["headers"])
        for pair in recorded(shared_data)
        if pair["source"].startswith("test_chat_parse") and pair["response"]["status"] == 200
    ]
    assert set.intersection(*seen) <= set(told)


async def test_errors_have_the_quoted_keys(sandbox: Sandbox, shared_data: Path) -> None:
    text = (shared_data / "openai" / "openai_error_bodies.jsonl").read_text(encoding="utf-8")
    quoted = [json.loads(line) for line in text.splitlines()]
    client = http_client(sandbox)
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"requests_per_minute": 1})
    for _ in range(2):
        limited = await client.post(f"{OPENAI}/chat/completions", json=question(), headers=KEYS)
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"is_quota_used_up": True, "filtered_share": 1.0})
    used_up = await client.post(f"{OPENAI}/chat/completions", json=question(), headers=KEYS)
    for answer in (limited, used_up):
        known = shape_of_all(case["body"] for case in quoted if case["http_status"] == answer.status_code)
        assert (answer.status_code, problems(answer.json(), known)) == (429, [])
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed(
        {"is_quota_used_up": False, "requests_per_minute": None}
    )
    filtered = await client.post(AZURE_CHAT, json=question(), headers=KEYS)
    known = shape_of_all(case["body"] for case in quoted if case["http_status"] == 400)
    assert (filtered.status_code, problems(filtered.json(), known)) == (400, [])
