"""Questions that are answered once: by the sandbox's model over HTTP, with the ledger in Postgres."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal

import pytest
from tests.enrichment_chaos import enriching_process
from tests.enrichment_run import (
    answer_all,
    assert_the_gate_agrees_with_the_calls,
    open_enricher,
    open_ledger,
    questions,
    rows,
)

from upbeat.enrichment.budget import BudgetExhaustedError
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.enricher import Asks, Enricher
from upbeat.enrichment.ledger_rows import NewCall
from upbeat.enrichment.question import Question
from upbeat.errors import (
    AccessRefusedError,
    BackOffError,
    DropError,
    InputError,
    StoreUnavailableError,
    ThrottledError,
    UnansweredError,
)
from upbeat.queue.retry import decide
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

CONCURRENCY = 10
(ONE,) = questions([1])


async def answered(settings: Settings, asked: list[Question]) -> int:
    """Answers all; how many completions the model was paid for meanwhile."""
    async with open_enricher(settings) as enricher:
        found = await answer_all(enricher, asked, concurrency=CONCURRENCY)
    assert set(found) == {question.key for question in asked}
    return len(found)


class Counting:
    """A client that notes how many calls were under way at most; none ends before `full` of them were."""

    def __init__(self, full: int) -> None:
        self.now = self.most = 0
        self._full = full
        self._was_full = asyncio.Event()

    async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now >= self._full:
            self._was_full.set()
        await asyncio.wait_for(self._was_full.wait(), 60)
        await asyncio.sleep(0.02)
        self.now -= 1
        return Completion(outcome="answered", result={"gender": "mixed"}, usage=Usage(input=10, output=2))


class Failing:
    """A client whose calls end in these errors, one after another, and then in an answer."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)

    async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
        if self.errors:
            raise self.errors.pop(0)
        return Completion(outcome="answered", result={"gender": "mixed"}, usage=Usage(input=10, output=2))


def statuses(settings: Settings) -> list[str]:
    return [row["status"] for row in rows(settings, "SELECT status FROM beat.llm_call ORDER BY call_id")]


async def test_a_question_is_paid_for_once_whoever_asks_it_how_often(
    settings: Settings, model: SandboxControl
) -> None:
    model.set_llm(latency_seconds=0.2)
    async with open_enricher(settings) as first, open_enricher(settings) as second:
        found = await asyncio.gather(*(enricher.answer(ONE) for enricher in [first, second] * 4))
        again = await second.answer(ONE)

    assert {answer.answered_at for answer in found} == {again.answered_at}
    assert again.outcome == "answered"
    assert model.completions()["total"] == 1
    assert_the_gate_agrees_with_the_calls(settings)


def test_processes_that_ask_the_same_questions_pay_for_each_once(
    settings: Settings, model: SandboxControl
) -> None:
    model.set_llm(latency_seconds=0.01)
    processes = [enriching_process(settings, count=100, concurrency=5) for _ in range(2)]
    for process in processes:
        assert process.wait(timeout=240) == 0, process.communicate()

    assert rows(settings, "SELECT count(*) AS stored FROM beat.llm_answer") == [{"stored": 100}]
    assert model.completions()["total"] == 100
    assert statuses(settings) == ["answered"] * 100


async def weekly_runs(settings: Settings, model: SandboxControl, creators: int) -> None:
    first = questions(range(creators))
    changed = questions(range(0, creators, 20), biography="and of one more")
    await answered(settings, first)
    assert model.completions()["total"] == creators
    model.reset_completions()

    await answered(settings, [*changed, *(q for n, q in enumerate(first) if n % 20)])
    assert model.completions()["total"] == creators * 5 // 100
    model.reset_completions()

    await answered(settings, [*first, *changed])
    assert model.completions()["total"] == 0
    assert_the_gate_agrees_with_the_calls(settings)


@pytest.mark.timeout(400)
async def test_a_second_weekly_run_with_five_per_cent_changed_biographies_sends_five_per_cent(
    settings: Settings, model: SandboxControl
) -> None:
    await weekly_runs(settings, model, 400)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_second_weekly_run_over_ten_thousand_creators_sends_five_hundred(
    settings: Settings, model: SandboxControl
) -> None:
    await weekly_runs(settings, model, 10_000)


async def valid_share(settings: Settings, model: SandboxControl, count: int) -> tuple[float, int]:
    """Of so many answers the share that fits the schema after at most one repair, and how many were repaired."""
    model.set_llm(malformed_share=0.02, malformed_repairs_share=0.02)
    await answered(settings, questions(range(count)))
    outcomes = Counter(row["outcome"] for row in rows(settings, "SELECT outcome FROM beat.llm_answer"))
    repairs = rows(settings, "SELECT count(*) AS repairs FROM beat.llm_call WHERE is_repair")[0]["repairs"]
    assert outcomes.total() == count
    assert model.completions()["total"] == count + repairs
    most = "SELECT max(calls) AS most FROM (SELECT count(*) AS calls FROM beat.llm_call GROUP BY input_hash) AS asked"
    assert rows(settings, most) == [{"most": 2}]
    assert_the_gate_agrees_with_the_calls(settings)
    return outcomes["answered"] / count, repairs


@pytest.mark.timeout(400)
async def test_with_two_per_cent_malformed_answers_999_of_1000_are_valid_after_one_repair(
    settings: Settings, model: SandboxControl
) -> None:
    valid, repairs = await valid_share(settings, model, 500)
    assert repairs >= 4
    assert valid >= 0.999


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_of_six_thousand_answers_999_of_1000_are_valid_after_one_repair(
    settings: Settings, model: SandboxControl
) -> None:
    valid, repairs = await valid_share(settings, model, 6_000)
    assert repairs >= 80
    assert valid >= 0.999


async def test_an_answer_that_a_repair_did_not_mend_is_kept_and_not_asked_again(
    settings: Settings, model: SandboxControl
) -> None:
    model.set_llm(malformed_share=1.0, malformed_repairs_share=1.0)
    async with open_enricher(settings) as enricher:
        found = await enricher.answer(ONE)
        assert await enricher.answer(ONE) == found

    assert (found.outcome, found.result) == ("malformed", None)
    assert found.detail
    assert model.completions()["total"] == 2
    calls = rows(
        settings, "SELECT sum(input_tokens)::int AS i, sum(output_tokens)::int AS o FROM beat.llm_call"
    )
    assert calls == [{"i": found.input_tokens, "o": found.output_tokens}]


@pytest.mark.parametrize("share", ["refused_share", "filtered_share", "truncated_share"])
async def test_what_is_no_answer_is_no_reason_to_ask_again(
    share: str, settings: Settings, model: SandboxControl
) -> None:
    model.set_llm(**{share: 1.0})
    async with open_enricher(settings) as enricher:
        found = [await enricher.answer(ONE) for _ in range(2)]

    assert {answer.outcome for answer in found} == {share.removesuffix("_share")}
    assert statuses(settings) == ["answered"]


async def test_no_more_calls_are_under_way_than_a_process_may_have(settings: Settings) -> None:
    client = Counting(full=3)
    async with open_ledger(settings) as ledger:
        enricher = Enricher(client, ledger, calls=asyncio.Semaphore(3))
        asked = questions(range(12))
        found = await answer_all(enricher, asked, concurrency=8)
    assert len(found) == len(asked)
    assert client.most == 3


async def test_a_question_that_a_batch_asks_is_left_to_it(settings: Settings) -> None:
    async with open_ledger(settings) as ledger:
        await ledger.start_many([NewCall(question=ONE, reserve=1)], mode="batch")
        call = rows(settings, "SELECT call_id FROM beat.llm_call")[0]["call_id"]
        batch = "WITH made AS (INSERT INTO beat.llm_batch (batch_key, source, model, is_sandbox, requests) VALUES ('b7', 'openai', 'm', true, 1) RETURNING 1) "
        rows(settings, f"{batch} SELECT * FROM made")
        rows(settings, "UPDATE beat.llm_call SET batch_key = 'b7' WHERE call_id = %s RETURNING 1", call)
        with pytest.raises(ThrottledError, match="batch b7 asks this question already"):
            await Enricher(Failing(), ledger).answer(ONE)


async def test_a_question_of_a_process_that_is_gone_is_asked_once_its_lease_has_ended(
    settings: Settings,
) -> None:
    short = settings.model_copy(update={"llm_timeout_seconds": 0.1, "llm_backoff_seconds": 0.1})
    async with open_ledger(short, margin_seconds=0.1) as ledger:
        await ledger.start(ONE, mode="queue", reserve=1_000)
        assert (await Enricher(Failing(), ledger).answer(ONE)).outcome == "answered"
    assert statuses(settings) == ["lost", "answered"]
    assert_the_gate_agrees_with_the_calls(settings)


async def test_a_question_that_another_worker_is_long_about_is_put_back(settings: Settings) -> None:
    clock = iter(range(0, 1_000, 3))

    async def at_once(_: float) -> None: ...

    async with open_ledger(settings) as ledger:
        await ledger.start(ONE, mode="queue", reserve=1_000)
        with pytest.raises(ThrottledError, match="another worker asks this question") as raised:
            await Enricher(Failing(), ledger, at_once, lambda: next(clock)).answer(ONE)
    assert 1 <= raised.value.retry_after <= settings.llm_timeout_seconds


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BackOffError("OpenAI answered 503"), "failed"),
        (DropError("OpenAI refuses the request for good"), "failed"),
        (AccessRefusedError("OpenAI refuses the key"), "failed"),
        (UnansweredError("OpenAI did not answer within 60 s"), "lost"),
        (InputError("a real model answers where the sandbox should"), "lost"),
        (RuntimeError("anything"), "lost"),
    ],
)
async def test_a_call_without_an_answer_counts_unless_nothing_was_paid(
    error: Exception, status: str, settings: Settings
) -> None:
    async with open_ledger(settings) as ledger:
        enricher = Enricher(Failing(error), ledger)
        with pytest.raises(type(error)):
            await enricher.answer(ONE)
        assert statuses(settings) == [status]
        assert (await enricher.answer(ONE)).outcome == "answered"
    assert statuses(settings) == [status, "answered"]
    assert_the_gate_agrees_with_the_calls(settings)


class Repairing:
    """A client whose answers are malformed, and whose repairs end in these errors, one after another, and then in an answer."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)

    async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
        if repair is None:
            return Completion(outcome="malformed", detail="no JSON", usage=Usage(input=10, output=2))
        if self.errors:
            raise self.errors.pop(0)
        return Completion(outcome="answered", result={"gender": "mixed"}, usage=Usage(input=20, output=2))


@pytest.mark.parametrize(
    ("error", "status"), [(BackOffError("503"), "failed"), (UnansweredError("not within 60 s"), "lost")]
)
async def test_a_question_whose_repair_did_not_go_through_begins_anew_as_often_as_its_task_has_attempts(
    error: BackOffError, status: str, settings: Settings
) -> None:
    async with open_ledger(settings) as ledger:
        enricher, attempts = Enricher(Repairing(*[error] * 9), ledger), 0
        while True:
            with pytest.raises(type(error)) as raised:
                await enricher.answer(ONE)
            attempts += 1
            decision = decide(raised.value, retry_count=attempts - 1, max_attempts=settings.task_max_attempts)
            if decision is None:
                break
            assert decision.counts
    assert attempts == settings.task_max_attempts
    assert statuses(settings) == ["answered", status] * attempts, "each is in the report"
    assert_the_gate_agrees_with_the_calls(settings)


async def test_a_task_that_is_cancelled_while_it_waits_for_an_answer_leaves_its_call_counted(
    settings: Settings,
) -> None:
    asked = asyncio.Event()

    class Silent:
        async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("it never answers")

    async with open_ledger(settings) as ledger:
        task = asyncio.create_task(Enricher(Silent(), ledger).answer(ONE))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert statuses(settings) == ["lost"]


async def test_a_task_that_is_cancelled_before_its_call_is_sent_leaves_none_open(settings: Settings) -> None:
    written = asyncio.Event()

    async with open_ledger(settings) as ledger:
        start = ledger.start

        async def slowly(*call: object, **how: object) -> int | None:
            call_id = await start(*call, **how)  # type: ignore[arg-type]
            written.set()
            await asyncio.sleep(0.05)
            return call_id

        ledger.start = slowly  # type: ignore[method-assign]
        task = asyncio.create_task(Enricher(Failing(AssertionError()), ledger).answer(ONE))
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert statuses(settings) == ["failed"]


async def test_an_answer_is_held_while_postgres_is_away(settings: Settings) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with open_ledger(settings) as ledger:
        settle, refusals = ledger.settle, 3

        async def sometimes(*settlements: object) -> int:
            nonlocal refusals
            refusals -= 1
            if refusals >= 0:
                raise StoreUnavailableError("Postgres does not answer")
            return await settle(*settlements)  # type: ignore[arg-type]

        ledger.settle = sometimes  # type: ignore[method-assign]
        assert (await Enricher(Failing(), ledger, sleep).answer(ONE)).outcome == "answered"
    assert slept == [0.25, 0.5, 1.0]
    assert statuses(settings) == ["answered"]


async def test_a_run_stops_when_the_budget_is_used_up_and_goes_on_with_a_higher_one(
    settings: Settings, model: SandboxControl
) -> None:
    asked = questions(range(30))
    small = settings.model_copy(update={"llm_daily_budget_usd": Decimal("0.008")})
    with pytest.RaisesGroup(BudgetExhaustedError, allow_unwrapped=False, flatten_subgroups=True):
        async with open_enricher(small) as enricher:
            await answer_all(enricher, asked, concurrency=1)
    paid = model.completions()["total"]
    assert 0 < paid < 30
    assert rows(settings, "SELECT spent_nanodollars <= 8000000 AS holds FROM beat.llm_spend") == [
        {"holds": True}
    ]

    await answered(settings, asked)
    assert model.completions()["total"] == 30


async def test_a_model_without_a_price_is_not_asked(settings: Settings) -> None:
    (unpriced,) = questions([1], model="gpt-of-tomorrow")
    client: Asks = Failing()
    async with open_ledger(settings) as ledger:
        with pytest.raises(InputError, match=r"gpt-of-tomorrow.*UPBEAT_LLM_PRICES"):
            await Enricher(client, ledger).answer(unpriced)
    assert statuses(settings) == []
