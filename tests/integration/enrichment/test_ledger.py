"""The ledger over Postgres: what is paid is written down before and found again after, and a day's budget holds."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from tests.enrichment_run import (
    assert_the_gate_agrees_with_the_calls,
    change,
    open_ledger,
    questions,
    rows,
)

from upbeat.enrichment.budget import BudgetExhaustedError
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.ledger import SQL, Ledger
from upbeat.enrichment.ledger_rows import NewCall, Settlement, of_key
from upbeat.enrichment.question import Question
from upbeat.errors import ThrottledError
from upbeat.queue.retry import decide
from upbeat.settings import Settings

ANSWER = Completion(
    outcome="answered",
    result={"gender": "female", "confidence": 0.9, "reasoning": "a \x00 mother"},
    usage=Usage(input=700, cached_input=512, output=30),
    request_id="req_1",
    latency_seconds=0.5,
)
RESERVE, COST = 500_000, 300_000
(ONE,) = questions([1])


def settled(call_id: int, completion: Completion = ANSWER, **given: Any) -> Settlement:
    return Settlement(**{"call_id": call_id, "completion": completion, "cost": COST, "final": True, **given})


async def started(ledger: Ledger, question: Question = ONE, **given: Any) -> int:
    call_id = await ledger.start(question, **{"mode": "queue", "reserve": RESERVE, **given})
    assert call_id is not None
    return call_id


def spend(settings: Settings) -> tuple[int, int]:
    found = rows(
        settings, "SELECT spent_nanodollars AS spent, reserved_nanodollars AS held FROM beat.llm_spend"
    )
    return (found[0]["spent"], found[0]["held"]) if found else (0, 0)


async def test_what_is_settled_is_found_by_its_key_and_by_no_other(settings: Settings) -> None:
    elsewhere = questions([1], version="v0.01") + questions([2]) + questions([1], kind="base_location")
    async with open_ledger(settings) as ledger:
        assert await ledger.settle(settled(await started(ledger))) == 1
        found = await ledger.answers(question.key for question in [ONE, *elsewhere, ONE])

    assert list(found) == [ONE.key]
    stored = found[ONE.key]
    assert (stored.outcome, stored.input_tokens, stored.output_tokens) == ("answered", 700, 30)
    assert stored.result == {"gender": "female", "confidence": 0.9, "reasoning": "a  mother"}
    assert spend(settings) == (COST, 0)
    assert_the_gate_agrees_with_the_calls(settings)


async def test_an_answer_of_no_use_is_kept_too(settings: Settings) -> None:
    refusal = Completion(outcome="refused", detail="the model declined", usage=Usage(input=7, output=3))
    async with open_ledger(settings) as ledger:
        await ledger.settle(settled(await started(ledger), refusal, cost=10))
        stored = (await ledger.answers([ONE.key]))[ONE.key]

        assert (stored.outcome, stored.result, stored.detail) == ("refused", None, "the model declined")
        assert await ledger.start(ONE, mode="queue", reserve=RESERVE) is None


async def test_a_question_under_way_or_answered_is_not_started_again_in_any_mode(settings: Settings) -> None:
    async with open_ledger(settings) as ledger:
        call_id = await started(ledger)
        for mode in ("queue", "batch", "evaluation"):
            assert await ledger.start(ONE, mode=mode, reserve=RESERVE) is None
        held = await ledger.holder(ONE.key)
        assert held is not None
        assert (held.call_id, held.mode, held.batch_key) == (call_id, "queue", None)
        await ledger.settle(settled(call_id))

        assert await ledger.start(ONE, mode="queue", reserve=RESERVE) is None
        assert await ledger.holder(ONE.key) is None
    assert len(rows(settings, "SELECT FROM beat.llm_call")) == 1
    assert spend(settings) == (COST, 0)


async def test_of_many_who_start_one_question_at_once_one_does(settings: Settings) -> None:
    async with open_ledger(settings) as first, open_ledger(settings) as second:
        found = await asyncio.gather(
            *(ledger.start(ONE, mode="queue", reserve=RESERVE) for ledger in [first, second] * 20)
        )
    assert len([call for call in found if call is not None]) == 1
    assert spend(settings) == (0, RESERVE)


async def test_settling_races_with_starting_and_no_answer_is_paid_twice(settings: Settings) -> None:
    async with open_ledger(settings) as first, open_ledger(settings) as second:
        for question in questions(range(100)):
            call_id = await started(first, question)
            again, _ = await asyncio.gather(
                second.start(question, mode="queue", reserve=RESERVE), first.settle(settled(call_id))
            )
            assert again is None
    assert spend(settings) == (100 * COST, 0)


async def test_a_failed_call_gives_back_what_it_reserved_and_may_be_asked_again(settings: Settings) -> None:
    async with open_ledger(settings) as ledger:
        call_id = await started(ledger)
        assert spend(settings) == (0, RESERVE)
        assert await ledger.fail(call_id, problem="OpenAI answered 503") == 1
        assert spend(settings) == (0, 0)
        assert await ledger.settle(settled(call_id)) == 0, "it has ended"

        assert await started(ledger) != call_id


async def test_a_lost_call_counts_at_most_what_it_can_have_cost_until_the_truth_is_known(
    settings: Settings,
) -> None:
    async with open_ledger(settings) as ledger:
        call_id = await started(ledger)
        assert await ledger.mark_lost() == 0, "it may well be under way"
        assert await ledger.mark_lost(older_than=0) == 1
        assert await ledger.mark_lost(older_than=0) == 0
        assert spend(settings) == (RESERVE, 0)
        assert_the_gate_agrees_with_the_calls(settings)

        assert await ledger.settle(settled(call_id)) == 1
        assert spend(settings) == (COST, 0)
        assert ONE.key in await ledger.answers([ONE.key])
    assert_the_gate_agrees_with_the_calls(settings)


async def test_settling_twice_changes_nothing(settings: Settings) -> None:
    async with open_ledger(settings) as ledger:
        call_id = await started(ledger)
        assert [await ledger.settle(settled(call_id)) for _ in range(2)] == [1, 0]
        assert await ledger.lose(call_id, problem="too late") == 0
    assert spend(settings) == (COST, 0)


async def test_a_repair_takes_the_claim_over_without_a_gap_and_both_calls_are_summed(
    settings: Settings,
) -> None:
    bad = Completion(outcome="malformed", detail="no JSON", usage=Usage(input=700, output=20))
    async with open_ledger(settings) as ledger:
        first = settled(await started(ledger), bad, cost=100, final=False)
        attempts = [ledger.start(ONE, mode="queue", reserve=RESERVE) for _ in range(5)]
        repair, *others = await asyncio.gather(
            ledger.settle_for_repair(first, ONE, mode="queue", reserve=RESERVE), *attempts
        )
        assert others == [None] * 5
        assert await ledger.answers([ONE.key]) == {}
        await ledger.settle(settled(repair, cost=150, earlier=bad.usage))
        stored = (await ledger.answers([ONE.key]))[ONE.key]

    assert (stored.input_tokens, stored.output_tokens) == (1_400, 50)
    told = rows(
        settings, "SELECT is_repair, outcome, cost_nanodollars AS cost FROM beat.llm_call ORDER BY call_id"
    )
    assert told == [
        {"is_repair": False, "outcome": "malformed", "cost": 100},
        {"is_repair": True, "outcome": "answered", "cost": 150},
    ]
    assert spend(settings) == (250, 0)


async def test_a_used_up_budget_stops_before_the_call_and_takes_no_attempt(settings: Settings) -> None:
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.0009")})
    first, second, third = questions(range(3))
    async with open_ledger(small) as ledger:
        call_id = await started(ledger, first)
        with pytest.raises(BudgetExhaustedError, match="asked again when these have ended") as busy:
            await ledger.start(second, mode="queue", reserve=RESERVE)
        assert busy.value.retry_after <= 60
        await ledger.settle(settled(call_id, cost=RESERVE))
        with pytest.raises(BudgetExhaustedError) as raised:
            await ledger.start(third, mode="queue", reserve=RESERVE)

    line = str(raised.value)
    assert "\n" not in line
    assert all(
        part in line for part in ("$0.0009", "$0.0005 are spent", "UPBEAT_LLM_DAILY_BUDGET_USD", "(UTC)")
    )
    decision = decide(raised.value, retry_count=0, max_attempts=1)
    assert decision is not None
    assert not decision.counts
    assert len(rows(settings, "SELECT FROM beat.llm_call")) == 1, "what was refused was not written"
    assert_the_gate_agrees_with_the_calls(settings)


async def test_the_budget_holds_with_many_at_once(settings: Settings) -> None:
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.0035")})
    async with open_ledger(small) as first, open_ledger(small) as second:
        found = await asyncio.gather(
            *(
                ledger.start(question, mode="queue", reserve=RESERVE)
                for ledger, question in zip([first, second] * 15, questions(range(30)), strict=True)
            ),
            return_exceptions=True,
        )
    assert len([call for call in found if isinstance(call, int)]) == 7
    assert spend(settings) == (0, 7 * RESERVE)


async def test_a_repair_that_the_budget_refuses_leaves_the_first_call_settled(settings: Settings) -> None:
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.0006")})
    bad = Completion(outcome="malformed", detail="no JSON", usage=Usage(input=700, output=20))
    async with open_ledger(small) as ledger:
        first = settled(await started(ledger), bad, final=False)
        with pytest.raises(BudgetExhaustedError):
            await ledger.settle_for_repair(first, ONE, mode="queue", reserve=RESERVE)
    assert spend(settings) == (COST, 0)
    assert_the_gate_agrees_with_the_calls(settings)


async def test_who_starts_many_does_not_wait_in_a_circle_with_who_starts_one_of_them(
    settings: Settings,
) -> None:
    """One has claimed the question and has yet to pass the gate when the other comes with the same one."""
    values: dict[str, Any] = {**of_key(ONE.key), "mode": "queue", "is_repair": False, "batch_key": None}
    values |= {"reserve": RESERVE, "budget": 10 * RESERVE}
    waits = "SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'beat.llm_call'"
    async with (
        open_ledger(settings) as ledger,
        await psycopg.AsyncConnection.connect(settings.postgres_dsn()) as connection,
    ):
        opened = await (await connection.execute(SQL["open_call"].encode(), values)).fetchone()
        assert opened is not None
        calls = [NewCall(question=question, reserve=RESERVE) for question in [ONE, *questions([2])]]
        many = asyncio.create_task(ledger.start_many(calls, mode="batch"))
        while rows(settings, waits) == [{"waiting": 0}]:  # noqa: ASYNC110 - what it waits for happens in Postgres
            await asyncio.sleep(0.01)
        admitted = await connection.execute(SQL["admit"].encode(), values | {"day": opened[1]})
        assert await admitted.fetchone() == (False, True)
        await connection.commit()
        found = await many

    assert found.held == (ONE.key,)
    assert len(found.calls) == 1
    assert spend(settings) == (0, 2 * RESERVE)


async def test_another_day_has_a_budget_of_its_own_and_the_sandbox_too(settings: Settings) -> None:
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.0005")})
    change(
        settings,
        """INSERT INTO beat.llm_spend (day, is_sandbox, spent_nanodollars)
           SELECT (now() AT TIME ZONE 'UTC')::date - number, number = 0, 500000 FROM generate_series(0, 1) AS number""",
    )
    real = questions([5])[0]
    real = Question(
        key=type(real.key)(**{**{n: getattr(real.key, n) for n in real.key.__slots__}, "is_sandbox": False}),
        prompt=real.prompt,
        messages=real.messages,
    )
    async with open_ledger(small) as ledger:
        with pytest.raises(BudgetExhaustedError, match="the sandbox budget"):
            await ledger.start(ONE, mode="queue", reserve=RESERVE)
        assert await ledger.start(real, mode="queue", reserve=RESERVE) is not None


async def test_of_many_calls_as_many_are_started_as_the_day_has_room_for(settings: Settings) -> None:
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.0040")})
    asked = questions(range(10))
    async with open_ledger(small) as ledger:
        await ledger.settle(settled(await started(ledger, asked[0])))
        await started(ledger, asked[1])
        calls = [NewCall(question=question, reserve=RESERVE) for question in asked]
        change(
            settings,
            "INSERT INTO beat.llm_batch (batch_key, source, model, is_sandbox, requests) VALUES ('b', 'openai', 'm', true, 9)",
        )
        opened = await ledger.start_many(calls, mode="batch", batch_key="b")

        # 0.0040 less 0.0003 spent and 0.0005 held: room for six; those that are answered or under way take none of it
        assert set(opened.calls) == {question.key for question in asked[2:8]}
        assert opened.held == (asked[0].key, asked[1].key)
        assert opened.refused == tuple(question.key for question in asked[8:])
        assert len(rows(settings, "SELECT FROM beat.llm_call")) == 8, "what was refused was not written"
        assert_the_gate_agrees_with_the_calls(settings)

        assert await ledger.mark_lost(older_than=0) == 1, "a batch takes its time"
        ids = list(opened.calls.values())
        assert await ledger.settle(*(settled(call_id, cost=1) for call_id in ids[:2])) == 2
        assert await ledger.fail(*ids[2:], problem="the batch expired") == 4
        assert (await ledger.start_many([], mode="batch")).calls == {}
    assert_the_gate_agrees_with_the_calls(settings)
    assert spend(settings) == (COST + RESERVE + 2, 0)


@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_repair_whose_claim_was_lost_meanwhile_is_put_back(
    settings: Settings, is_answered: bool
) -> None:
    bad = Completion(outcome="malformed", detail="no JSON", usage=Usage(input=700, output=20))
    async with open_ledger(settings) as ledger:
        slow = await started(ledger)
        assert await ledger.mark_lost(older_than=0) == 1
        other = await started(ledger)
        if is_answered:
            await ledger.settle(settled(other))
        with pytest.raises(ThrottledError, match=f"call {slow}"):
            await ledger.settle_for_repair(
                settled(slow, bad, final=False), ONE, mode="queue", reserve=RESERVE
            )
    told = rows(settings, "SELECT outcome, cost_nanodollars AS cost FROM beat.llm_call ORDER BY call_id")
    assert told[0] == {"outcome": "malformed", "cost": COST}, "what was paid is known all the same"
    assert len(told) == 2
    assert_the_gate_agrees_with_the_calls(settings)
