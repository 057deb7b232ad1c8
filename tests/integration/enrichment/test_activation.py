"""Which prompt answers, and the gate, over a real Postgres."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from upbeat.enrichment.activation import ActivePrompts, activate, activated_prompt
from upbeat.enrichment.evaluation.claims import SANDBOX_CLAIM
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import FOLDER, load_prompt
from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, connect

OLD, NEW = load_prompt("base_gender", "v0.01"), load_prompt("base_gender", "v0.02")


@pytest.fixture
def connection(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """One connection to this test's database."""
    with connect(settings, autocommit=True) as opened:
        yield opened


def evaluated(
    connection: psycopg.Connection[Any],
    verdict: str,
    *,
    candidate: Prompt = OLD,
    active: Prompt = NEW,
    rows: int = 2_000,
    is_sandbox: bool = True,
    model: str = "gpt-4.1-mini",
    compared_model: str = "gpt-4.1-mini",
) -> None:
    connection.execute(
        """INSERT INTO beat.prompt_evaluation (kind, prompt_version, prompt_fingerprint, model, is_sandbox, labelled_set, rows,
               compared_with, compared_fingerprint, compared_model, verdict, report)
           VALUES (%s, %s, %s, %s, %s, 'made up', %s, %s, %s, %s, %s, '{}')""",
        [
            candidate.kind, candidate.version, candidate.fingerprint(), model, is_sandbox, rows, active.version,
            active.fingerprint(), compared_model, verdict,
        ],
    )  # fmt: skip


def live(settings: Settings) -> Settings:
    return settings.model_copy(update={"upstream": "live"})


def test_without_an_activation_the_shipped_version_answers(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    assert ActivePrompts().get(connection, settings, "base_gender") == NEW


def test_a_version_that_is_not_worse_is_activated_and_answers(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    evaluated(connection, "not_worse")
    activate(connection, settings, OLD)
    assert ActivePrompts().get(connection, settings, "base_gender") == OLD
    assert ActivePrompts().get(connection, settings, "base_location").version == "v0.02"


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (None, r"was not evaluated against the active v0.02.*run `upbeat prompts eval base_gender --version v0.01`"),
        ("worse", rf"v0.01 is worse than the active v0.02 by evaluation \d+ on 2,000 rows \({SANDBOX_CLAIM}\).*--although-worse"),
        ("undecided", rf"is undecided by evaluation \d+ on 2,000 rows \({SANDBOX_CLAIM}\): evaluate it on more rows"),
    ],
)  # fmt: skip
def test_the_gate_is_closed_with_the_next_step_and_a_reason_opens_it(
    verdict: str | None, told: str, connection: psycopg.Connection[Any], settings: Settings
) -> None:
    if verdict is not None:
        evaluated(connection, verdict)
    with pytest.raises(InputError, match=told):
        activate(connection, settings, OLD)
    assert activated_prompt(connection, settings, "base_gender") == NEW

    activate(connection, settings, OLD, although_worse="it costs a tenth")
    assert activated_prompt(connection, settings, "base_gender") == OLD
    row = connection.execute("SELECT although_worse FROM beat.prompt_activation").fetchone()
    assert row == {"although_worse": "it costs a tenth"}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_has_to_be_one(reason: str, connection: psycopg.Connection[Any], settings: Settings) -> None:
    with pytest.raises(InputError, match="must be a reason of 1 to 500 characters"):
        activate(connection, settings, OLD, although_worse=reason)


def test_evaluations_of_another_text_model_or_opponent_do_not_count(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    edited = OLD.model_copy(update={"system": "another text"})
    evaluated(connection, "not_worse", candidate=edited)
    evaluated(connection, "not_worse", active=edited)
    evaluated(connection, "not_worse", model="gpt-4.1")
    evaluated(connection, "not_worse", compared_model="gpt-4.1-nano")
    with pytest.raises(InputError, match="was not evaluated"):
        activate(connection, settings, OLD)


def test_a_smaller_set_does_not_overrule_a_larger_one(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    evaluated(connection, "worse", rows=5_000)
    evaluated(connection, "not_worse", rows=500)
    with pytest.raises(InputError, match=r"worse than the active v0.02 by evaluation 1 on 5,000 rows"):
        activate(connection, settings, OLD)


def test_the_sandbox_opens_no_gate_for_a_real_model(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    evaluated(connection, "not_worse")
    with pytest.raises(InputError, match=r"the sandbox's figures do not count.*--live`"):
        activate(connection, live(settings), OLD)
    activate(connection, settings, OLD)
    assert activated_prompt(connection, settings, "base_gender") == OLD
    assert activated_prompt(connection, live(settings), "base_gender") == NEW

    evaluated(connection, "not_worse", is_sandbox=False)
    activate(connection, live(settings), OLD)
    assert activated_prompt(connection, live(settings), "base_gender") == OLD


def test_a_setting_passes_the_same_gate(connection: psycopg.Connection[Any], settings: Settings) -> None:
    chosen = settings.model_copy(update={"llm_prompt_versions": {"base_gender": "v0.01"}})
    with pytest.raises(
        InputError, match=r"^UPBEAT_LLM_PROMPT_VERSIONS: base_gender v0.01 as it is now was not evaluated"
    ):
        ActivePrompts().get(connection, chosen, "base_gender")
    evaluated(connection, "not_worse")
    assert ActivePrompts().get(connection, chosen, "base_gender") == OLD
    named = settings.model_copy(update={"llm_prompt_versions": {"base_gender": "v0.02"}})
    assert ActivePrompts().get(connection, named, "base_gender") == NEW


def test_a_file_that_was_edited_after_its_activation_is_refused(
    connection: psycopg.Connection[Any], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "prompts"
    shutil.copytree(FOLDER, folder)
    evaluated(connection, "not_worse")
    activate(connection, settings, OLD, folder=folder)
    path = folder / "base_gender" / "v0.01.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("You label", "You always label"), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"base_gender v0.01 was edited since it was activated"):
        ActivePrompts(folder=folder).get(connection, settings, "base_gender")
    edited = load_prompt("base_gender", "v0.01", folder)
    activate(connection, settings, edited, although_worse="only a word", folder=folder)
    assert ActivePrompts(folder=folder).get(connection, settings, "base_gender") == edited


def test_what_is_active_cannot_be_activated_again(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    with pytest.raises(InputError, match=r"base_gender v0.02 is active already"):
        activate(connection, settings, NEW, although_worse="why not")


def test_a_shipped_file_that_was_edited_is_refused_until_a_person_says_why(
    connection: psycopg.Connection[Any], settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "prompts"
    shutil.copytree(FOLDER, folder)
    path = folder / "base_gender" / "v0.02.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("You ", "You always "), encoding="utf-8")
    with pytest.raises(InputError, match=r"base_gender v0.02 is not the text that active.yaml states"):
        ActivePrompts(folder=folder).get(connection, settings, "base_gender")
    edited = load_prompt("base_gender", "v0.02", folder)
    activate(connection, settings, edited, although_worse="only a word", folder=folder)
    assert ActivePrompts(folder=folder).get(connection, settings, "base_gender") == edited


async def test_a_running_worker_follows_within_a_minute(
    connection: psycopg.Connection[Any], settings: Settings
) -> None:
    clock = [0.0]
    prompts = ActivePrompts(now=lambda: clock[0])
    async with async_pool(settings) as pool, pool.connection() as asynchronous:
        assert await prompts.get_async(asynchronous, settings, "base_gender") == NEW
        activate(connection, settings, OLD, although_worse="a trial")
        clock[0] = 59.0
        assert await prompts.get_async(asynchronous, settings, "base_gender") == NEW
        clock[0] = 60.0
        assert await prompts.get_async(asynchronous, settings, "base_gender") == OLD
