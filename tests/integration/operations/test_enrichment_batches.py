"""Questions in batches against the sandbox's Batch API and Postgres: planned, sent, waited for, collected; each of them once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from tests.enrichment_batch_run import (
    GENDER,
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
from tests.enrichment_run import answer_all, open_enricher

from upbeat.enrichment.ask import ask
from upbeat.enrichment.cost_report import cost_report
from upbeat.enrichment.prompt_files import shipped_prompt
from upbeat.enrichment.question import Subject
from upbeat.operations.enrichment_batches.collect import collect
from upbeat.operations.enrichment_batches.plan import Plan, plan
from upbeat.operations.enrichment_batches.store import open_batches
from upbeat.operations.enrichment_batches.submit import CHANGED, submit
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

NEW_POST = (
    "INSERT INTO beat.instagram_post (post_id, profile_id, handle, caption, source, observed_at, published_at) "
    "VALUES ('17', '1', 'made.up.1', 'a new film', 'test', now(), now())"
)
STEPS = (
    "enrichment_batch_written",
    "enrichment_batch_planned",
    "enrichment_batch_file_written",
    "enrichment_batch_uploaded",
    "enrichment_batch_file_noted",
    "enrichment_batch_created",
    "enrichment_batch_submitted",
    "enrichment_batch_piece_written",
    "enrichment_batch_piece_settled",
    "enrichment_batch_piece_done",
    "enrichment_batch_read",
    "enrichment_batch_collected",
)


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
    assert 0 < found.cost_nanodollars <= planned.most
    told = rows(settings, "SELECT profile_id, gender, is_sandbox, source FROM beat.enrichment")
    assert {row["profile_id"] for row in told} == {str(number) for number in range(30)}
    assert {(row["is_sandbox"], row["source"]) for row in told} == {(True, "openai")}
    assert len(rows(settings, "SELECT FROM beat.outbox WHERE kind = 'enrichment'")) == 30
    (batch,) = rows(settings, "SELECT status, requests, problem FROM beat.llm_batch")
    assert (batch["status"], batch["requests"], batch["problem"]) == ("collected", 30, None)


def test_azure_takes_batches_too_by_the_name_of_its_deployment(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 5)
    azure = settings.model_copy(
        update={"llm_provider": "azure", "llm_azure_deployments": {"gpt-4.1-mini": "enrich"}}
    )
    _, found = step(azure, whole_run)

    assert (found.answered, found.unusable) == (5, 0)
    assert {row["source"] for row in rows(settings, "SELECT source FROM beat.enrichment")} == {"azure_openai"}
    assert {row["model"] for row in rows(settings, "SELECT model FROM beat.enrichment")} == {"gpt-4.1-mini"}


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


def test_the_same_questions_cost_exactly_half_of_what_they_cost_in_the_queue(
    settings: Settings, model: SandboxControl
) -> None:
    # What the provider has cached is a matter of the moment: it would make the two runs unlike.
    model.set_llm(cache_from_tokens=1_000_000)
    add_creators(settings, 500)
    prompt = shipped_prompt("base_gender")
    asked = [
        ask(
            prompt,
            Subject(
                platform=Platform.INSTAGRAM,
                profile_id=str(number),
                handle=f"made.up.{number}",
                biography=f"Food of Pune, mom of {number}",
            ),
            model=prompt.model,
            is_sandbox=True,
        )
        for number in range(500)
    ]

    async def in_the_queue() -> None:
        async with open_enricher(settings) as enricher:
            await answer_all(enricher, asked, concurrency=10)

    asyncio.run(in_the_queue())
    execute(settings, "DELETE FROM beat.llm_answer")
    planned, found = step(settings, whole_run)

    assert (planned.planned, found.answered) == (500, 500)
    hashes = "SELECT count(DISTINCT input_hash) AS questions, count(*) AS calls FROM beat.llm_call"
    assert rows(settings, hashes) == [{"questions": 500, "calls": 1_000}]
    with transaction(settings) as connection:
        paid = {row.mode: row.paid for row in cost_report(connection, by=["mode"])}
    assert 2 * paid["batch"] == paid["queue"] > 0


@pytest.mark.parametrize("failpoint", STEPS)
def test_a_run_killed_between_any_two_steps_is_taken_up_and_sends_nothing_twice(
    failpoint: str, settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 8)
    run_that_dies(settings, failpoint)
    step(settings, whole_run)
    step(settings, whole_run)

    assert model.completions()["total"] == 8
    assert statuses(settings) == {"answered": 8}
    assert spend(settings)[1] == 0
    assert len(rows(settings, "SELECT FROM beat.enrichment")) == 8
    assert len(rows(settings, "SELECT FROM beat.outbox WHERE kind = 'enrichment'")) == 8
    assert rows(settings, "SELECT FROM beat.llm_batch WHERE collected_at IS NULL") == []


def test_what_the_days_budget_has_no_room_for_waits_for_the_next_day(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 20)
    one = step(settings, lambda batches: plan(batches, GENDER, dry_run=True)).most // 20
    poor = settings.model_copy(update={"llm_daily_budget_usd": Decimal(one * 15).scaleb(-9)})
    dry = step(poor, lambda batches: plan(batches, GENDER, dry_run=True))
    assert statuses(settings) == {}
    planned, found = step(poor, whole_run)

    assert (dry.planned, dry.waiting, dry.most) == (planned.planned, planned.waiting, planned.most)
    assert 10 <= planned.planned < 20
    assert planned.note is not None
    assert f"has room for {planned.planned} of 20 questions" in planned.note
    assert "UPBEAT_LLM_DAILY_BUDGET_USD" in planned.note
    execute(settings, "UPDATE beat.llm_spend SET day = day - 1")
    execute(settings, "UPDATE beat.llm_call SET day = day - 1")
    _, after = step(poor, whole_run)
    assert found.answered + after.answered == 20


def test_large_plans_are_cut_into_batches_within_the_settings_bounds(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 25)
    small = settings.model_copy(update={"llm_batch_requests": 10})
    planned, found = step(small, whole_run)

    assert (len(planned.batches), planned.planned, found.answered) == (3, 25, 25)
    sizes = rows(settings, "SELECT requests FROM beat.llm_batch ORDER BY requests DESC")
    assert [row["requests"] for row in sizes] == [10, 10, 5]


def test_a_private_account_and_one_without_a_word_are_not_asked_about(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 4)
    execute(settings, "UPDATE beat.instagram_account SET is_private = TRUE WHERE profile_id = '0'")
    execute(settings, "UPDATE beat.instagram_account SET biography = NULL WHERE profile_id = '1'")
    wanted = Wanted(kinds=("base_location",))
    planned, found = step(settings, lambda batches: whole_run(batches, wanted))

    assert (planned.planned, planned.without_text, found.facts) == (2, 2, 2)


def test_a_kind_that_reads_posts_rests_after_it_was_asked_though_there_is_a_new_post(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    wanted = Wanted(kinds=("categ_lang_topics",))
    step(settings, lambda batches: whole_run(batches, wanted))
    execute(settings, NEW_POST)
    rested = step(settings, lambda batches: plan(batches, wanted, dry_run=True))
    execute(settings, "UPDATE beat.enrichment SET observed_at = now() - interval '31 days'")
    due = step(settings, lambda batches: plan(batches, wanted, dry_run=True))

    assert (rested.planned, rested.rested) == (0, 3)
    assert (due.planned, due.answered) == (1, 2)


def test_a_kind_that_reads_posts_is_not_asked_again_while_a_batch_asks_it_though_there_is_a_new_post(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    wanted = Wanted(kinds=("categ_lang_topics",))
    step(settings, lambda batches: plan(batches, wanted))
    execute(settings, NEW_POST)
    again = step(settings, lambda batches: plan(batches, wanted, dry_run=True))
    assert (again.planned, again.under_way) == (0, 3)


def test_a_kind_that_reads_posts_rests_too_after_an_answer_of_no_use(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 3)
    wanted = Wanted(kinds=("categ_lang_topics",))
    model.set_llm(refused_share=1.0)
    _, found = step(settings, lambda batches: whole_run(batches, wanted))
    assert found.without_result == {"refused": 3}
    execute(settings, NEW_POST)
    rested = step(settings, lambda batches: plan(batches, wanted, dry_run=True))
    execute(settings, "UPDATE beat.llm_answer SET answered_at = now() - interval '31 days'")
    due = step(settings, lambda batches: plan(batches, wanted, dry_run=True))

    assert (rested.planned, rested.rested) == (0, 3)
    assert (due.planned, due.answered) == (1, 2)


def test_a_creator_whose_text_changes_before_it_is_sent_is_asked_about_the_new_one(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 6)
    step(settings, lambda batches: plan(batches, GENDER))
    execute(settings, "UPDATE beat.instagram_account SET biography = 'another' WHERE profile_id = '2'")
    execute(settings, "UPDATE beat.instagram_account SET is_private = TRUE WHERE profile_id = '3'")
    step(settings, submit)
    step(settings, wait)
    found = step(settings, collect)
    assert (found.answered, found.unusable) == (4, 0)
    assert statuses(settings) == {"answered": 4, "failed": 2}
    assert {
        row["problem"] for row in rows(settings, "SELECT problem FROM beat.llm_call WHERE status = 'failed'")
    } == {CHANGED}
    planned, _ = step(settings, whole_run)
    assert planned.planned == 1
    assert model.completions()["total"] == 5


def test_what_was_answered_in_the_queue_is_not_planned_and_is_told_of_the_creator(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 5)
    step(settings, whole_run)
    execute(settings, "DELETE FROM beat.enrichment")
    planned, _ = step(settings, whole_run)

    assert (planned.planned, planned.answered, planned.told_again) == (0, 5, 5)
    assert len(rows(settings, "SELECT FROM beat.enrichment")) == 5
    assert step(settings, lambda batches: plan(batches, GENDER)).told_again == 0


def test_two_that_submit_at_once_send_a_batch_once(settings: Settings, model: SandboxControl) -> None:
    add_creators(settings, 5)
    step(settings, lambda batches: plan(batches, GENDER))

    async def twice() -> None:
        async with open_batches(settings) as one, open_batches(settings) as other:
            await asyncio.gather(submit(one), submit(other))
            await submit(one)

    asyncio.run(twice())
    step(settings, wait)
    assert step(settings, collect).answered == 5
    assert model.completions()["total"] == 5


def test_of_two_that_plan_at_once_neither_takes_the_others_questions_for_a_matter_of_money(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 30)

    async def twice() -> list[Plan]:
        async with open_batches(settings) as one, open_batches(settings) as other:
            return list(await asyncio.gather(plan(one, GENDER), plan(other, GENDER)))

    plans = asyncio.run(twice())
    assert sum(one.planned for one in plans) == 30
    for one in plans:
        assert (one.waiting, one.note) == (0, None)
        assert one.planned + one.under_way == 30


def test_a_provider_that_throttles_and_stumbles_is_asked_again(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 5)
    model.add_fault("openai", "429", probability=0.4, seconds=0.1)
    try:
        patient = settings.model_copy(update={"llm_backoff_seconds": 60})
        _, found = step(patient, whole_run)
    finally:
        model.end_faults(source="openai")
    assert (found.answered, model.completions()["total"]) == (5, 5)


def test_a_question_under_way_in_a_batch_is_not_planned_again(
    settings: Settings, model: SandboxControl
) -> None:
    add_creators(settings, 5)
    step(settings, send)
    again = step(settings, lambda batches: plan(batches, GENDER))
    assert (again.planned, again.under_way, again.batches) == (0, 5, [])
