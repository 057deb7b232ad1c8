"""The tasks of enrich_creators, one after another as Airflow runs them, with the wait in a trigger that may be killed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from tests.enrichment_batch_run import add_creators, rows, spend, step, wait
from tests.integration.operations.conftest import model  # noqa: F401 - a fixture

from upbeat.operations.enrichment_batches.store import Batches
from upbeat.operators import enrichment_batches
from upbeat.operators.enrichment_batches import (
    CheckEnrichmentOperator,
    CollectEnrichmentOperator,
    PlanEnrichmentOperator,
    SubmitEnrichmentOperator,
    WaitForEnrichmentOperator,
)
from upbeat.operators.enrichment_trigger import EnrichmentBatchesTrigger
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

RUN = {"run_id": "manual__2026-03-01"}


@pytest.fixture(autouse=True)
def own_settings(settings: Settings, connections: None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The tasks' settings, and the triggerer's, are this test's; a look each twentieth of a second."""
    quick = settings.model_copy(update={"llm_batch_poll_seconds": 0.05})
    monkeypatch.setattr(enrichment_batches, "settings_from_connections", lambda **_: quick)
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: quick)
    return quick


def plan(**given: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"platforms": ["instagram"], "kinds": ["base_gender"], "limit": None, **given}
    return PlanEnrichmentOperator(task_id="plan", **values).execute(RUN)


def submit() -> dict[str, list[str]]:
    return SubmitEnrichmentOperator(task_id="submit").execute(RUN)


def deferred() -> TaskDeferred:
    with pytest.raises(TaskDeferred) as told:
        WaitForEnrichmentOperator(task_id="wait").execute(RUN)
    return told.value


def kept(trigger: Any) -> EnrichmentBatchesTrigger:
    """The trigger as another process makes it of what the first one wrote down."""
    path, arguments = trigger.serialize()
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)(**arguments)


def end_early() -> None:
    """Has the provider end all that is under way: cancelled, its questions are given back."""

    async def cancel(batches: Batches) -> None:
        for batch in await batches.open():
            assert batch.provider_id is not None
            await batches.api.cancel(batch.provider_id)

    step(enrichment_batches.settings_from_connections(), cancel)


async def event_of(trigger: EnrichmentBatchesTrigger) -> dict[str, Any]:
    async for event in trigger.run():
        return dict(event.payload)
    raise AssertionError("no event")


def test_the_tasks_lead_from_a_plan_to_what_is_known_of_creators(
    settings: Settings,
    model: SandboxControl,  # noqa: F811
) -> None:
    add_creators(settings, 12)
    model.set_llm(batch_seconds=3)
    assert plan(limit=10)["planned"] == 10
    keys = submit()["sent"]
    held = deferred()
    event = asyncio.run(event_of(kept(held.trigger)))
    resumed = WaitForEnrichmentOperator(task_id="wait").resume(RUN, event, **(held.kwargs or {}))
    told = CollectEnrichmentOperator(task_id="collect", keys=resumed).execute(RUN)

    assert resumed == keys == told["batches"]
    assert (event, told["answered"], told["facts"]) == ({}, 10, 10)
    assert CheckEnrichmentOperator(task_id="check", told=told).execute(RUN).startswith("0 of 10 questions")
    assert len(rows(settings, "SELECT FROM beat.enrichment")) == 10
    again = CollectEnrichmentOperator(task_id="collect", keys=resumed).execute(RUN)
    assert (again["answered"], again["facts"]) == (10, 0), "a task that is run again tells the same"


def test_the_wait_goes_on_in_another_triggerer_when_the_first_is_killed(
    settings: Settings,
    model: SandboxControl,  # noqa: F811
) -> None:
    add_creators(settings, 3)
    model.set_llm(batch_seconds=600)
    plan()
    submit()
    held = deferred()

    async def killed_and_taken_over() -> dict[str, Any]:
        first = asyncio.create_task(event_of(kept(held.trigger)))
        await asyncio.sleep(0.1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(event_of(kept(held.trigger)))
        await asyncio.to_thread(end_early)
        return await second

    assert asyncio.run(killed_and_taken_over()) == {}


def test_a_batch_that_takes_too_long_fails_with_a_clear_line_and_is_the_next_runs(
    settings: Settings,
    model: SandboxControl,  # noqa: F811
) -> None:
    add_creators(settings, 3)
    model.set_llm(batch_seconds=600)
    plan()
    keys = submit()["sent"]
    held = deferred()
    late = kept(held.trigger)
    late.until = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    event = asyncio.run(event_of(late))
    with pytest.raises(
        AirflowFailException, match=r"1 of 1 batches have not ended .* the next run goes on with them"
    ):
        WaitForEnrichmentOperator(task_id="wait").resume(RUN, event, **(held.kwargs or {}))

    assert CollectEnrichmentOperator(task_id="collect", keys=None).execute(RUN)["asked"] == 0
    assert (plan()["planned"], submit()["sent"]) == (0, [])
    next_wait = deferred()
    end_early()
    assert asyncio.run(event_of(kept(next_wait.trigger))) == {}
    told = CollectEnrichmentOperator(task_id="collect", keys=None).execute(RUN)
    assert (told["batches"], told["to_ask_again"]) == (keys, 3)


def test_a_refused_key_ends_the_wait_with_its_line(settings: Settings, model: SandboxControl) -> None:  # noqa: F811
    add_creators(settings, 1)
    model.set_llm(batch_seconds=600)
    plan()
    submit()
    held = deferred()
    model.add_fault("openai", "401")
    try:
        event = asyncio.run(event_of(kept(held.trigger)))
    finally:
        model.end_faults(source="openai")
    with pytest.raises(AirflowFailException, match="UPBEAT_LLM_API_KEY"):
        WaitForEnrichmentOperator(task_id="wait").resume(RUN, event, **(held.kwargs or {}))


def test_nothing_to_wait_for_is_not_waited_for(settings: Settings, model: SandboxControl) -> None:  # noqa: F811
    assert WaitForEnrichmentOperator(task_id="wait").execute(RUN) == []
    told = CollectEnrichmentOperator(task_id="collect", keys=[]).execute(RUN)
    assert CheckEnrichmentOperator(task_id="check", told=told).execute(RUN).startswith("0 of 0")


def test_more_than_five_per_cent_without_a_usable_answer_fail_the_check_with_the_numbers(
    settings: Settings,
    model: SandboxControl,  # noqa: F811
) -> None:
    add_creators(settings, 10)
    model.set_llm(refused_share=1.0)
    plan()
    submit()
    step(settings, wait)
    told = CollectEnrichmentOperator(task_id="collect", keys=None).execute(RUN)
    with pytest.raises(
        AirflowFailException, match=r"10 of 10 questions have no usable answer \(10 refused\): above 5%"
    ):
        CheckEnrichmentOperator(task_id="check", told=told).execute(RUN)
    assert spend(settings)[1] == 0


def test_a_name_that_there_is_not_fails_the_plan_for_good(settings: Settings) -> None:
    with pytest.raises(AirflowFailException, match="kind gender: use one of"):
        plan(kinds=["gender"])
