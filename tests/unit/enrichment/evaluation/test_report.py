"""What an evaluation reports."""

from __future__ import annotations

import asyncio
import random

import pytest

from upbeat.enrichment.evaluation.calibration import calibration
from upbeat.enrichment.evaluation.claims import SANDBOX_CLAIM
from upbeat.enrichment.evaluation.labelled import LabelledRow
from upbeat.enrichment.evaluation.replies import Reply, replies_to
from upbeat.enrichment.evaluation.report import Evaluation, evaluation
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Subject
from upbeat.records import Platform

PROMPT = load_prompt("base_location", "v0.02")


def row(country: str | None, city: str | None) -> LabelledRow:
    subject = Subject(platform=Platform.INSTAGRAM, profile_id="1", handle="made.up")
    return LabelledRow(1, subject, {"country": country, "city": city})


def answered(country: str | None, city: str | None, confidence: float = 0.9) -> Reply:
    return Reply(outcome="answered", result={"country": country, "city": city, "confidence": confidence})


def report(*, is_sandbox: bool = True) -> Evaluation:
    rows = [row("IN", "pune"), row("IN", "pune"), row(None, None), row("IN", "mumbai"), row("GB", "london")]
    replies = [
        answered("IN", "Pune"),
        answered("IN", None),
        answered(None, None),
        answered("US", "Bombay"),
        Reply(outcome="malformed", detail="the answer is no JSON"),
    ]
    return evaluation(
        PROMPT, rows, replies, model="gpt-4.1-mini", is_sandbox=is_sandbox, labelled_set="made up"
    )


def test_unknown_answers_are_counted_apart() -> None:
    country, city = report().fields
    assert (country.coverage.value, country.accuracy.value) == (3 / 5, 3 / 5)
    assert country.of_answered is not None
    assert country.of_answered.value == 2 / 3
    assert (city.coverage.value, city.accuracy.value) == (2 / 5, 3 / 5)
    assert city.of_answered is not None
    assert city.of_answered.value == 1


def test_outcomes_and_schema_failures_are_counted() -> None:
    found = report()
    assert found.outcomes == {"answered": 4, "malformed": 1}
    assert found.schema_failures == 1
    assert found.scores["country"] == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_the_sandbox_s_figures_say_so_and_stand_beside_no_old_ones() -> None:
    told = report().as_report()
    assert told["claim"] == SANDBOX_CLAIM
    assert told["old_system"] is None
    live = report(is_sandbox=False).as_report()
    assert live["old_system"] == {"field": "country", "accuracy": 0.7, "accounts": 500}
    assert "sandbox" not in live["claim"]


def test_a_true_confidence_has_a_small_error_and_a_boastful_one_a_large() -> None:
    drawn = random.Random(7)
    levels = [drawn.choice((0.5, 0.7, 0.9)) for _ in range(3_000)]
    outcomes = [drawn.random() < level for level in levels]
    true = calibration(list(zip(levels, outcomes, strict=True)))
    boastful = calibration([(0.99, outcome) for outcome in outcomes])
    assert true is not None
    assert boastful is not None
    assert true.expected_error.value < 0.05
    assert boastful.expected_error.value == pytest.approx(0.99 - sum(outcomes) / 3_000)
    assert boastful.brier > true.brier
    assert sum(part.found.rows for part in true.bins) == 3_000


def test_few_answers_make_no_table_of_calibration() -> None:
    assert calibration([(0.9, True)] * 9) is None


async def test_the_first_error_ends_the_run_and_no_other_question_is_begun() -> None:
    asked = []

    async def answer(question: object) -> object:
        asked.append(question)
        await asyncio.sleep(0)
        raise RuntimeError("away")

    with pytest.raises(RuntimeError, match="away"):
        await replies_to([1, 2, 3, 4], answer, concurrency=2)  # type: ignore[list-item, arg-type]
    assert asked == [1, 2]


async def test_what_is_under_way_when_another_question_fails_is_paid_for_and_comes_to_its_end() -> None:
    asked, ended = [], []

    async def answer(question: object) -> object:
        asked.append(question)
        await asyncio.sleep(0)
        if question == 1:
            raise RuntimeError("the budget is used up")
        await asyncio.sleep(0.01)
        ended.append(question)
        return Reply(outcome="answered")

    with pytest.raises(RuntimeError, match="used up"):
        await replies_to([1, 2, 3, 4], answer, concurrency=2)  # type: ignore[list-item, arg-type]
    assert (asked, ended) == ([1, 2], [2])
