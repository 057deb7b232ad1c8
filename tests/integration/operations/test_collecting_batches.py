"""What comes back from the provider in every way that it should not: kept what is there, given back what is not, asked again once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.enrichment_batch_run import (
    add_creators,
    execute,
    rows,
    run_that_dies,
    send,
    spend,
    statuses,
    step,
    wait,
    whole_run,
)

from upbeat.enrichment.batches.api import BatchApi
from upbeat.errors import BackOffError
from upbeat.operations.enrichment_batches import look as looking
from upbeat.operations.enrichment_batches.collect import collect
from upbeat.operations.enrichment_batches.collected import Collected
from upbeat.operations.enrichment_batches.store import Batches
from upbeat.operations.enrichment_batches.submit import give_up
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

REOPEN = "UPDATE beat.llm_batch SET collected_at = NULL, status = 'completed'"


@dataclass
class Doctored(BatchApi):
    """The provider, whose files are changed on the way and stay when they are deleted."""

    change: Callable[[list[bytes]], Iterable[bytes]] = field(default=lambda lines: lines)

    async def lines(self, file_id: str) -> AsyncIterator[bytes]:
        for line in self.change([line async for line in super().lines(file_id)]):
            yield line

    async def delete(self, file_id: str) -> None:
        """It stays."""
        raise BackOffError("away", source="openai")


def collect_doctored(
    settings: Settings, change: Callable[[list[bytes]], Iterable[bytes]] = lambda lines: lines
) -> Collected:
    async def run(batches: Batches) -> Collected:
        api = Doctored(
            batches.api.provider, batches.api.timeout_seconds, batches.api.budget_seconds, change=change
        )
        async with api:
            return await collect(replace(batches, api=api))

    return step(settings, run)


def state(settings: Settings) -> list[list[dict[str, Any]]]:
    """All that collecting writes, times included."""
    return [
        rows(settings, f"SELECT * FROM beat.{table} ORDER BY {key}")
        for table, key in (
            ("llm_call", "call_id"),
            ("llm_answer", "input_hash"),
            ("enrichment", "profile_id"),
            ("outbox", "id"),
            ("llm_spend", "day"),
        )
    ]


def test_collecting_twice_changes_nothing(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 10)
    step(settings, send)
    first = collect_doctored(settings)
    before = state(settings)
    execute(settings, REOPEN)
    second = collect_doctored(settings)

    assert (first.answered, second.answered, second.facts, second.problems) == (10, 10, 0, [])
    assert state(settings) == before


def test_lines_that_are_none_are_kept_as_problems_and_cost_the_others_nothing(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 10)
    step(settings, send)

    def spoilt(lines: list[bytes]) -> list[bytes]:
        strange = lines[0].replace(b'"call-', b'"order-')
        unknown = lines[0].replace(b'"call-', b'"call-9999')
        return [b"<html>", strange, unknown, b"[]", *lines[:7], lines[3], lines[7][: len(lines[7]) // 2]]

    found = collect_doctored(settings, spoilt)

    assert (found.answered, found.to_ask_again, found.facts) == (7, 3, 7)
    assert statuses(settings) == {"answered": 7, "lost": 3}, "what the file does not tell may have been paid"
    (batch,) = rows(settings, "SELECT status, problem FROM beat.llm_batch")
    assert batch["status"] == "collected"
    for told in ("line 1 of the output file is no JSON", "none of ours", "answers call", "and 1 more"):
        assert told in batch["problem"]
    assert spend(settings)[1] == 0
    again, _ = step(settings, whole_run)
    assert again.planned == 3


def test_an_answer_that_comes_after_its_call_was_held_to_be_lost_is_taken(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 6)
    step(settings, send)
    collect_doctored(settings, lambda lines: lines[:4])
    assert statuses(settings) == {"answered": 4, "lost": 2}
    execute(settings, REOPEN)
    assert collect_doctored(settings).answered == 6
    assert statuses(settings) == {"answered": 6}
    paid = rows(settings, "SELECT sum(cost_nanodollars)::bigint AS paid FROM beat.llm_call")[0]["paid"]
    assert spend(settings) == (paid, 0)


@pytest.mark.parametrize(("fate", "answered"), [("expired", 5), ("failed", 0)])
def test_of_a_batch_that_ended_early_what_was_done_is_kept_and_the_rest_is_planned_again(
    fate: str, answered: int, settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 10)
    model.set_llm(batch_fate=fate)
    _, found = step(settings, whole_run)
    assert (found.answered, found.to_ask_again) == (answered, 10 - answered)
    assert spend(settings) == (found.cost_nanodollars, 0)
    assert statuses(settings).get("failed") == 10 - answered

    model.set_llm(batch_fate="completed")
    planned, found = step(settings, whole_run)
    assert (planned.planned, found.answered) == (10 - answered, 10 - answered)
    assert model.completions()["total"] == 10


def test_a_batch_that_failed_says_why(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 2)
    model.set_llm(batch_fate="failed")
    step(settings, whole_run)
    (batch,) = rows(settings, "SELECT problem FROM beat.llm_batch")
    assert batch["problem"] == "internal_error: The batch failed because it was told to."


def test_of_a_cancelled_batch_what_was_done_is_kept(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 60)
    model.set_llm(batch_seconds=2)

    async def cancel(batches: Batches) -> None:
        (batch,) = await batches.open()
        assert batch.provider_id is not None
        await batches.api.cancel(batch.provider_id)
        await wait(batches)

    async def sent_and_cancelled(batches: Batches) -> None:
        from tests.enrichment_batch_run import GENDER

        from upbeat.operations.enrichment_batches.plan import plan
        from upbeat.operations.enrichment_batches.submit import submit

        await plan(batches, GENDER)
        await submit(batches)
        await cancel(batches)

    step(settings, sent_and_cancelled)
    found = step(settings, collect)
    assert found.answered + found.to_ask_again == 60
    assert found.to_ask_again > 0
    assert spend(settings) == (found.cost_nanodollars, 0)
    assert statuses(settings).get("lost") is None


def test_lines_of_the_error_file_are_given_back_and_planned_again(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 40)
    model.set_llm(batch_error_share=0.5)
    _, found = step(settings, whole_run)
    assert 5 < found.to_ask_again < 35
    assert (found.answered + found.to_ask_again, found.facts) == (40, found.answered)
    assert spend(settings) == (found.cost_nanodollars, 0)
    problems = {
        row["problem"] for row in rows(settings, "SELECT problem FROM beat.llm_call WHERE status = 'failed'")
    }
    assert problems == {"OpenAI did not execute it (server_error)", "OpenAI answered 500"}

    model.set_llm(batch_error_share=0.0)
    planned, found = step(settings, whole_run)
    assert planned.planned == found.answered


def test_a_malformed_answer_is_repaired_once_by_a_call_of_its_own(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 6)
    model.set_llm(malformed_share=1.0)
    _, found = step(settings, whole_run)

    assert (found.answered, found.repaired, found.facts) == (6, 6, 6)
    assert model.completions()["total"] == 12
    modes = rows(
        settings, "SELECT mode, is_repair, count(*) AS calls FROM beat.llm_call GROUP BY 1, 2 ORDER BY 1"
    )
    assert [(row["mode"], row["is_repair"], row["calls"]) for row in modes] == [
        ("batch", False, 6),
        ("queue", True, 6),
    ]


def test_an_answer_that_is_malformed_after_its_repair_is_kept_and_not_asked_again(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 4)
    model.set_llm(malformed_share=1.0, malformed_repairs_share=1.0)
    _, found = step(settings, whole_run)
    assert (found.without_result, found.facts) == ({"malformed": 4}, 0)
    planned, _ = step(settings, whole_run)
    assert (planned.planned, planned.answered) == (0, 4)


def test_a_run_killed_in_a_repair_asks_that_question_once_more(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    model.set_llm(malformed_share=1.0)
    run_that_dies(settings, "llm_repair_started")
    model.set_llm(malformed_share=0.0)
    step(settings, whole_run)
    execute(
        settings, "UPDATE beat.llm_call SET started_at = now() - interval '1 hour' WHERE status = 'started'"
    )
    step(settings, lambda batches: batches.ledger.mark_lost())
    step(settings, whole_run)

    assert len(rows(settings, "SELECT FROM beat.enrichment")) == 3
    assert spend(settings)[1] == 0


@pytest.mark.parametrize(
    ("share", "outcome"),
    [("refused_share", "refused"), ("filtered_share", "filtered"), ("truncated_share", "truncated")],
)
def test_an_answer_without_a_result_is_kept_as_what_it_is(
    share: str, outcome: str, settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    model.set_llm(**{share: 1.0})
    _, found = step(settings, whole_run)
    assert found.without_result == {outcome: 3}
    assert step(settings, whole_run)[0].planned == 0


def test_files_that_are_gone_at_the_provider_end_the_batch_with_a_problem(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    step(settings, send)

    async def lose(batches: Batches) -> None:
        (batch,) = await batches.open()
        assert batch.output_file_id is not None
        await batches.api.delete(batch.output_file_id)

    step(settings, lose)
    found = step(settings, collect)
    assert (found.answered, found.to_ask_again) == (0, 3)
    assert "cannot be read" in rows(settings, "SELECT problem FROM beat.llm_batch")[0]["problem"]
    assert spend(settings)[1] == 0


async def files(batches: Batches) -> int:
    client = batches.api._connected()
    return len([one async for one in client.files.list()])


def test_nothing_stays_with_the_provider(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 3)
    before = step(settings, files)
    step(settings, whole_run)
    assert step(settings, files) == before


@pytest.mark.parametrize("failpoint", ["enrichment_batch_read", "enrichment_batch_collected"])
def test_files_of_a_run_that_was_killed_before_it_deleted_them_are_deleted_by_the_next(
    failpoint: str, settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    before = step(settings, files)
    run_that_dies(settings, failpoint)
    assert step(settings, files) > before
    step(settings, collect)
    assert step(settings, files) == before


def test_a_provider_that_is_away_when_files_are_deleted_costs_no_count_and_they_are_deleted_later(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    before = step(settings, files)
    step(settings, send)
    assert collect_doctored(settings).answered == 3
    assert step(settings, files) > before
    assert step(settings, collect).batches == []
    assert step(settings, files) == before


def test_the_file_of_a_batch_that_was_never_made_does_not_stay_either(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    before = step(settings, files)
    run_that_dies(settings, "enrichment_batch_file_noted")
    (batch,) = rows(settings, "SELECT batch_key FROM beat.llm_batch")
    step(settings, lambda batches: give_up(batches, batch["batch_key"], "the provider refuses it"))
    assert step(settings, files) == before + 1
    step(settings, collect)
    assert step(settings, files) == before


def test_a_batch_that_the_provider_does_not_know_any_more_may_have_been_paid_for(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    step(settings, send)
    reserved = spend(settings)[1]
    execute(settings, "UPDATE beat.llm_batch SET provider_id = 'batch_of_another_key', output_file_id = NULL")
    (progress,) = step(settings, looking.look)
    assert (progress.has_ended, progress.status) == (True, "gone")
    found = step(settings, collect)

    assert (found.answered, found.to_ask_again) == (0, 3)
    assert statuses(settings) == {"lost": 3}
    assert spend(settings) == (reserved, 0), "the provider may have done all of it"
    assert (
        "refuses the request for good (404"
        in rows(settings, "SELECT problem FROM beat.llm_batch")[0]["problem"]
    )
