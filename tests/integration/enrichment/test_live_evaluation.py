"""`upbeat prompts eval --live`: a provider on loopback stands where a real one would, and answers as no sandbox does."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result
from pydantic import SecretStr
from tests.unit.enrichment.chat_server import ChatServer, Reply, completion, serving
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.enrichment.evaluation.claims import LIVE_CLAIM
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

KEY = "sk-of-a-test-0123456789"
ANSWERS = {
    "base_gender": {"gender": "female", "confidence": 0.9, "reasoning": "a name"},
    "base_location": {"country": "IN", "city": None, "confidence": 0.8},
}


@pytest.fixture
def provider(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """Says the same of everybody. The commands are told of it by the address of their source, and run in an event loop of their own."""
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    ready = threading.Event()

    async def respond(number: int) -> Reply:
        kind = chat.bodies[number]["response_format"]["json_schema"]["name"]
        return Reply(completion(ANSWERS[kind], fingerprint="fp_0123456789"))

    chat = ChatServer(respond)

    async def serve() -> None:
        async with serving(chat):
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    assert ready.wait(240)
    urls = {"openai": f"http://127.0.0.1:{chat.port}/v1"}
    found = settings.model_copy(update={"source_urls": urls, "llm_api_key": SecretStr(KEY)})
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: found)
    yield chat
    loop.call_soon_threadsafe(ended.set)
    thread.join(240)
    loop.close()


def run(*words: str, said: str = "") -> Result:
    result = CliRunner().invoke(app, ["prompts", "eval", *words], input=said)
    assert KEY not in result.output
    return result


def evaluations(settings: Settings) -> list[Any]:
    with transaction(settings) as connection:
        return connection.execute("SELECT is_sandbox, report FROM beat.prompt_evaluation").fetchall()


def test_it_says_what_it_costs_and_asks_nothing_until_it_is_told_to(
    provider: ChatServer, settings: Settings
) -> None:
    refused = run("base_gender", "--live", "--version", "v0.01", "--limit", "3", said="n\n")
    assert refused.exit_code == 1
    assert re.search(
        r"6 questions, 6 of them not answered yet: about \$0\.00\d\d, at most \$0\.0\d\d\d with every answer repaired",
        refused.stderr,
    )
    assert "Ask the real model?" in refused.stderr
    assert (provider.bodies, evaluations(settings)) == ([], [])

    agreed = run("base_gender", "--live", "--version", "v0.01", "--limit", "3", said="y\n")
    assert agreed.exit_code == 0
    assert len(provider.bodies) == 6

    again = run("base_gender", "--live", "--version", "v0.01", "--limit", "3")
    assert "6 questions, 0 of them not answered yet: about $0.0000" in again.stderr
    assert "Ask" not in again.stderr
    assert (again.exit_code, len(provider.bodies)) == (0, 6)


@pytest.mark.parametrize(
    ("kind", "field", "old"), [("base_gender", "gender", 0.85), ("base_location", "country", 0.7)]
)
def test_figures_of_a_real_model_stand_beside_the_old_ones_and_are_kept_apart_from_the_sandbox_s(
    kind: str, field: str, old: float, provider: ChatServer, settings: Settings
) -> None:
    text = run(kind, "--live", "--yes", "--limit", "5")
    assert "about $" in text.stderr
    assert f"the old system: {field} {old:.0%} on 500 accounts" in text.stdout
    assert text.stdout.count(LIVE_CLAIM) >= 2
    assert "sandbox" not in text.stdout

    told = json.loads(run(kind, "--live", "--yes", "--limit", "5", "--json").stdout)
    assert told["old_system"] == {"field": field, "accuracy": old, "accounts": 500}
    assert (told["claim"], told["is_sandbox"]) == (LIVE_CLAIM, False)
    assert {(row["is_sandbox"], row["report"]["claim"]) for row in evaluations(settings)} == {
        (False, LIVE_CLAIM)
    }
