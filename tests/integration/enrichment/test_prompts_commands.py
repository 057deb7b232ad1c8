"""`upbeat prompts …` against the stack's Postgres and the sandbox's language model."""

from __future__ import annotations

import asyncio
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.enrichment.ask import ask
from upbeat.enrichment.budget import BudgetExhaustedError
from upbeat.enrichment.evaluation.claims import SANDBOX_CLAIM
from upbeat.enrichment.prompt_files import FOLDER, shipped_prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.subjects import find_creator
from upbeat.errors import InputError
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.llm_labels import labelled_rows
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

ROWS = 300


@pytest.fixture(autouse=True)
def told_settings(settings: Settings, model: SandboxControl, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands ask for the settings of this test."""
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Rows that the sandbox labels, and a bad one."""
    path = tmp_path / "labelled.jsonl"
    lines = [orjson.dumps(row) for row in labelled_rows("base_gender", ROWS, seed="commands")]
    path.write_bytes(b"\n".join([*lines, b"{"]))
    return path


def run(*words: str) -> str:
    return CliRunner().invoke(app, ["prompts", *words], catch_exceptions=False).stdout


def told(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_a_worse_version_is_evaluated_refused_and_activated_with_a_reason(
    model: SandboxControl, labelled: Path
) -> None:
    model.add_accuracy(0.6, prompt_contains="You label social media creators.")
    found = told("eval", "base_gender", "--version", "v0.01", "--file", str(labelled))
    assert (found["claim"], found["is_sandbox"], found["rows"]) == (SANDBOX_CLAIM, True, ROWS)
    assert found["problems"] == [f"line {ROWS + 1}: is no JSON"]
    assert found["comparison"]["verdict"] == "worse"
    assert found["spent"]["new_calls"] == ROWS
    assert abs(found["fields"][0]["accuracy"]["value"] - 0.6) < 0.12

    refused = rf"v0.01 is worse than the active v0.02 by evaluation \d+ on 300 rows \({SANDBOX_CLAIM}\)"
    with pytest.raises(InputError, match=refused):
        run("activate", "base_gender", "v0.01")
    assert {row["version"] for row in told("list") if row["is_active"]} == {"v0.02"}
    assert "answers from now on in the sandbox, and there alone" in run(
        "activate", "base_gender", "v0.01", "--although-worse", "a trial"
    )
    rows = {row["version"]: row for row in told("list") if row["kind"] == "base_gender"}
    assert (rows["v0.01"]["is_active"], rows["v0.02"]["is_active"]) == (True, False)
    assert rows["v0.01"]["last_evaluation"]["claim"] == SANDBOX_CLAIM

    with pytest.raises(InputError, match=r"v0.01 is active already"):
        run("activate", "base_gender", "v0.01", "--although-worse", "again")

    compared = told("compare", "base_gender", "v0.01", "v0.02")
    assert (compared["comparison"]["verdict"], compared["claim"]) == ("not_worse", SANDBOX_CLAIM)


def test_a_version_that_was_not_evaluated_or_not_on_enough_rows_is_not_activated_without_a_reason(
    model: SandboxControl, labelled: Path
) -> None:
    with pytest.raises(
        InputError, match=r"not evaluated against the active v0.02 with gpt-4.1-mini: run `upbeat"
    ):
        run("activate", "base_gender", "v0.01")
    run("eval", "base_gender", "--version", "v0.01", "--file", str(labelled), "--limit", "30")
    with pytest.raises(InputError, match=r"is undecided by evaluation \d+ on 30 rows"):
        run("activate", "base_gender", "v0.01")
    activated = told("activate", "base_gender", "v0.01", "--although-worse", "a trial")
    assert (activated["version"], activated["is_sandbox"]) == ("v0.01", True)


def test_a_version_that_is_not_worse_is_activated_without_a_word(
    model: SandboxControl, labelled: Path
) -> None:
    model.set_llm(prompt_noise=0)
    found = told("eval", "base_gender", "--version", "v0.01", "--file", str(labelled), "--limit", "120")
    assert found["comparison"]["line"] == "not worse: a loss of 3% is excluded on every field"
    assert "answers from now on" in run("activate", "base_gender", "v0.01")

    run("eval", "base_gender", "--version", "v0.02", "--file", str(labelled), "--limit", "30")
    lines = [line for line in run("list").splitlines() if line.startswith("base_gender")]
    assert lines[0].startswith("base_gender          v0.01 active   not worse against v0.02 on 120 rows")
    assert lines[1].startswith("base_gender          v0.02          ")


def test_a_kind_whose_active_version_cannot_be_told_is_listed_with_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "prompts"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr("upbeat.enrichment.prompt_files.FOLDER", folder)
    edited = folder / "base_gender" / "v0.02.yaml"
    edited.write_text(edited.read_text(encoding="utf-8").replace("You ", "You always "), encoding="utf-8")
    problems = {(row["kind"], row["version"]): row["problem"] for row in told("list")}
    assert "is not the text that active.yaml states" in problems.pop(("base_gender", "v0.02"))
    assert set(problems.values()) == {None}

    edited.unlink()
    rows = [row for row in told("list") if row["kind"] == "base_gender"]
    assert [(row["version"], row["is_active"]) for row in rows] == [("v0.01", False)]
    assert "base_gender has no version 'v0.02'" in rows[0]["problem"]


def test_an_evaluation_that_is_run_again_pays_nothing(model: SandboxControl, labelled: Path) -> None:
    run("eval", "base_gender", "--file", str(labelled), "--limit", "40", "--against", "v0.01")
    served = model.completions()["total"]
    assert served == 80
    text = run("eval", "base_gender", "--file", str(labelled), "--limit", "40", "--against", "v0.01")
    assert model.completions()["total"] == served
    assert text.count("$0.0000 of it now (the sandbox's prices: no money was spent)") == 2
    rows = [line for line in text.splitlines() if line.startswith("gender   ")]
    assert [SANDBOX_CLAIM in line for line in rows] == [True, True]
    assert "verdict: undecided: too few rows" in text


def test_refusals_and_schema_failures_are_reported_and_the_run_goes_on(
    model: SandboxControl, labelled: Path
) -> None:
    model.set_llm(refused_share=0.1, malformed_share=0.2, malformed_repairs_share=0.3)
    found = told("eval", "base_gender", "--version", "v0.02", "--file", str(labelled))
    assert sum(found["outcomes"].values()) == ROWS
    assert found["outcomes"]["refused"] > 0
    assert found["schema_failures"] == found["outcomes"]["malformed"] > 0
    assert found["spent"]["repairs"] > found["schema_failures"]
    assert found["comparison"] is None


def test_where_every_request_is_refused_nothing_is_kept_that_could_open_the_gate(
    settings: Settings, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = settings.model_copy(update={"llm_prices": {"gpt-9": settings.llm_price("gpt-4.1-mini")}})
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: priced)
    with pytest.raises(InputError, match=r"base_gender v0.02: all 20 requests were refused: .*gpt-9"):
        run(
            "eval",
            "base_gender",
            "--version",
            "v0.01",
            "--file",
            str(labelled),
            "--limit",
            "20",
            "--model",
            "gpt-9",
        )
    assert all(row["last_evaluation"] is None for row in told("list"))


def test_the_day_s_budget_ends_a_run_which_goes_on_later_and_pays_nothing_twice(
    settings: Settings, model: SandboxControl, labelled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "eval", "base_gender", "--file", str(labelled), "--limit", "40", "--version", "v0.02"
    poor = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.008")})
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: poor)
    with pytest.raises(BudgetExhaustedError, match="budget"):
        run(*words)
    first = model.completions()["total"]
    assert 0 < first < 40
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)
    found = told(*words)
    assert (found["rows"], found["spent"]["calls"], found["spent"]["new_calls"]) == (40, 40, 40 - first)
    assert model.completions()["total"] == 40


@pytest.mark.parametrize(
    "kind", ["base_location", "categ_lang_topics", "audience_age_gender", "audience_cities"]
)
def test_the_shipped_rows_of_every_kind_are_evaluated(kind: str) -> None:
    text = run("eval", kind, "--limit", "12")
    assert SANDBOX_CLAIM in text
    assert "kept as evaluation" in text


def test_what_was_not_evaluated_is_not_compared() -> None:
    with pytest.raises(
        InputError, match=r"run `upbeat prompts eval base_gender --version v0.02 --against v0.01`"
    ):
        run("compare", "base_gender", "v0.01", "v0.02")


def test_under_live_nothing_is_asked_without_a_word_and_a_key(
    settings: Settings, model: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = settings.model_copy(update={"upstream": "live"})
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: real)
    with pytest.raises(InputError, match="add --live"):
        run("eval", "base_gender")
    with pytest.raises(InputError, match="UPBEAT_LLM_API_KEY is not set"):
        run("eval", "base_gender", "--live")
    with pytest.raises(InputError, match="add --yes"):
        run("eval", "base_gender", "--live", "--json")
    assert model.completions()["total"] == 0


def test_messages_are_shown_masked_and_a_prompt_with_its_fingerprint(settings: Settings) -> None:
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at) "
            "VALUES ('1', 'made.up', 'write to me@example.com', 'test', now())"
        )
    text = run("show", "base_gender", "--for", "Made.Up")
    assert "<profile>" in text
    assert "me@example.com" not in text
    assert "fingerprint" in run("show", "base_gender", "v0.01")
    with pytest.raises(InputError, match="no collected account"):
        run("show", "base_gender", "--for", "nobody")


def test_what_is_shown_is_what_a_worker_sends_and_nothing_of_a_private_account(settings: Settings) -> None:
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.instagram_account (profile_id, handle, biography, is_private, source, observed_at) "
            "VALUES ('1', 'closed', 'Mine alone', true, 'test', now())"
        )
        connection.execute(
            "INSERT INTO beat.youtube_account (profile_id, handle, biography, source, observed_at) "
            "VALUES ('UC1', 'cook', 'Recipes', 'test', now())"
        )
        connection.execute(
            "INSERT INTO beat.youtube_post (post_id, profile_id, handle, title, caption, published_at, source, observed_at) "
            "VALUES ('v1', 'UC1', 'cook', 'Dosa', 'How to', now(), 'test', now())"
        )

    async def sent() -> Question:
        prompt = shipped_prompt("categ_lang_topics")
        async with await psycopg.AsyncConnection.connect(settings.postgres_dsn()) as opened:
            creator = await find_creator(
                opened, Platform.YOUTUBE, {"handle": "cook"}, captions=prompt.limits.captions
            )
        return ask(prompt, creator.subject, model=prompt.model, is_sandbox=True)

    shown = told("show", "categ_lang_topics", "--for", "@Cook")
    assert shown["messages"] == list(asyncio.run(sent()).messages)
    with pytest.raises(InputError, match="private account: nothing of it is sent"):
        run("show", "base_gender", "--for", "closed")


def test_the_list_says_which_version_the_settings_put_before_the_active_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings.model_copy(update={"llm_prompt_versions": {"base_gender": "v0.01"}})
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: chosen)
    result = CliRunner().invoke(app, ["prompts", "list"], catch_exceptions=False)
    assert "UPBEAT_LLM_PROMPT_VERSIONS names v0.01 for base_gender, which goes before" in result.stderr
