"""Questions in batches against the sandbox's Batch API and Postgres: planned, sent, waited for, collected; each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from tests.enrichment_batch_run import (
    GENDER,
    add_creators,
    child_that_dies,
    execute,
    rows,
    send,
    spend,
    statuses,
    step,
    wait,
    whole_run,
)

from upbeat.operations.enrichment_batches.collect import collect
from upbeat.operations.enrichment_batches.plan import plan
from upbeat.operations.enrichment_batches.submit import submit
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings


@pytest.fixture(autouse=True)
def model(settings: Settings) -> Iterator[SandboxControl]:
    """The stand-in of the language model: its batches end at once, and it counts from 0."""
    with SandboxControl(f"http://127.0.0.1:{settings.sandbox_port}", timeout=30) as control:
        control.reset_llm()
        control.reset_completions()
        control.set_llm(batch_seconds=0)
        yield control
        control.reset_llm()


def test_a_batch_tells_of_every_creator_and_nothing_stays_reserved(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 30)
    planned, found = step(settings, whole_run)

    assert (planned.planned, planned.waiting, len(planned.batches)) == (30, 0, 1)
    assert (found.answered, found.unusable, found.facts, found.problems) == (30, 0, 30, [])
    assert model.completions()["total"] == 30
    assert statuses(settings) == {"answered": 30}
    assert spend(settings) == (found.cost_nanodollars, 0)
    told = rows(settings, "SELECT profile_id, gender, is_sandbox, source FROM beat.enrichment")
    assert {row["profile_id"] for row in told} == {str(number) for number in range(30)}
    assert {(row["is_sandbox"], row["source"]) for row in told} == {(True, "openai")}
    assert len(rows(settings, "SELECT FROM beat.outbox WHERE kind = 'enrichment'")) == 30
    (batch,) = rows(settings, "SELECT status, requests, problem, collected_at FROM beat.llm_batch")
    assert (batch["status"], batch["requests"], batch["problem"]) == ("collected", 30, None)


def test_a_second_run_asks_only_what_has_changed(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 40)
    step(settings, whole_run)
    execute(
        settings,
        "UPDATE beat.instagram_account SET biography = 'new, ' || biography WHERE profile_id IN ('3', '4')",
    )
    planned, found = step(settings, whole_run)

    assert (planned.planned, planned.answered, found.answered) == (2, 38, 2)
    assert model.completions()["total"] == 42
