"""`upbeat enrich batch …` from the command line, each command a step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from tests.enrichment_batch_run import add_creators, statuses, step, wait
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings


@pytest.fixture(autouse=True)
def own_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)
    # Logs of a step go to stderr, whatever a test before this one has set.
    monkeypatch.setattr("upbeat.logs.configure_logging", lambda level: _log_to_stderr())
    yield
    structlog.reset_defaults()


def _log_to_stderr() -> None:
    structlog.configure(
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr), cache_logger_on_first_use=False
    )


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["enrich", "batch", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def test_a_dry_run_says_how_many_questions_and_at_most_what_price_and_writes_nothing(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 7)
    told = run("plan", "--kind", "base_gender", "--dry-run")

    assert told.startswith("7 questions about 7 creators would be planned, for at most $0.0")
    assert "  base_gender: 7" in told
    assert statuses(settings) == {}
    assert "nothing is planned" in run("submit")
    assert "no batches yet" in run("status")


def test_the_commands_lead_from_a_plan_to_the_price(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 7)
    (key,) = run_json("plan", "--kind", "base_gender", "--limit", "5")["batches"]
    assert run_json("submit")["sent"] == [key]
    step(settings, wait)
    status = run_json("status")
    assert [(one["batch_key"], one["has_ended"], one["done"]) for one in status["under_way"]] == [
        (key, True, 5)
    ]
    collected = run_json("collect")
    assert (collected["answered"], collected["still_open"]) == (5, [])
    assert run("collect").strip() == "nothing to collect"
    assert "collected" in run("status")


def test_a_name_that_there_is_not_is_told_with_those_that_are(settings: Settings) -> None:
    from upbeat.errors import InputError

    with pytest.raises(InputError, match="kind gender: use one of base_gender"):
        run("plan", "--kind", "gender")
