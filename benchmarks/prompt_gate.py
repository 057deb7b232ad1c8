"""How often does the gate of prompts err: is a version that lost five points blocked, and does one that lost nothing pass?

20 trials of each, on 2,000 rows that the sandbox labels, each with people, draws and noise of its own. Measured against the sandbox: says
nothing about a real model. A trial asks the active version, a copy of it with one more sentence that changes nothing, and the same copy
made five points worse; every request is built, answered by the sandbox's model, read and checked as ever, but without a socket between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from benchmarks.rows import Row
from upbeat.enrichment.evaluation.claims import SANDBOX_CLAIM
from upbeat.enrichment.evaluation.error_rates import at_least, discordance, error_rates, noise_of
from upbeat.enrichment.evaluation.labelled import LabelledRow, read_row
from upbeat.enrichment.evaluation.replies import questions_of, replies_to
from upbeat.enrichment.evaluation.report import evaluation
from upbeat.enrichment.evaluation.verdict import Verdict, judge
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import shipped_prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.read_completion import read_completion
from upbeat.enrichment.request import request_body
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.sandbox.llm_behaviour import AccuracyRule, Behaviour
from upbeat.sandbox.llm_labels import labelled_rows
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.llm_request import read_request
from upbeat.sandbox.world import World

KIND: Kind = "base_gender"
TRIALS, ROWS = 20, 2_000
ACCURACY, LOSS, NOISE = 0.92, 0.05, 0.3
TARGET = 19
MARK = "Work carefully (five points worse)."


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdicts on a version that lost five points and on one that lost nothing."""

    regressed: Verdict
    unchanged: Verdict


def trial(seed: int, kind: Kind = KIND, rows: int = ROWS) -> Trial:
    """One trial; a seed gives the same one."""
    model = LanguageModel(World(None))
    model.behaviour = Behaviour(
        accuracy=ACCURACY,
        accuracy_rules=(AccuracyRule(accuracy=ACCURACY - LOSS, prompt_contains=MARK),),
        seed=f"trial {seed}",
        prompt_noise=NOISE,
    )
    active = shipped_prompt(kind)
    people = [
        read_row(line, orjson.dumps(row), kind)
        for line, row in enumerate(labelled_rows(kind, rows, seed=f"trial {seed}"), start=1)
    ]
    before = _scores(model, active, people)
    verdicts = [
        judge(kind, before, _scores(model, _with(active, sentence), people)).verdict
        for sentence in (MARK, "Work carefully.")
    ]
    return Trial(*verdicts)


def _with(active: Prompt, sentence: str) -> Prompt:
    return active.model_copy(update={"version": "v9.99", "system": f"{active.system}\n{sentence}"})


def _scores(
    model: LanguageModel, prompt: Prompt, people: Sequence[LabelledRow]
) -> dict[str, list[float | None]]:
    async def answer(question: Question) -> StoredAnswer:
        body = model.complete(read_request(request_body(question)), source="openai")
        found = read_completion(body, prompt)
        return StoredAnswer(
            key=question.key,
            outcome=found.outcome,
            result=found.result,
            detail=found.detail,
            input_tokens=found.usage.input,
            output_tokens=found.usage.output,
            latency_seconds=None,
            answered_at=datetime.now(UTC),
        )

    questions = questions_of(prompt, people, model=prompt.model, is_sandbox=True)
    replies = asyncio.run(replies_to(questions, answer))
    return evaluation(
        prompt, people, replies, model=prompt.model, is_sandbox=True, labelled_set="the sandbox's"
    ).scores


def run(say: Callable[[str], None]) -> list[Row]:
    """All trials, and what was to be expected of them."""
    say(SANDBOX_CLAIM)
    found = []
    for seed in range(TRIALS):
        found.append(trial(seed))
        say(
            f"trial {seed + 1} of {TRIALS}: five points lost: {found[-1].regressed}, nothing: {found[-1].unchanged}"
        )
    blocked = sum(one.regressed != "not_worse" for one in found)
    called_worse = sum(one.regressed == "worse" for one in found)
    passed = sum(one.unchanged == "not_worse" for one in found)
    return [
        _row("five points lost: blocked", blocked, LOSS, f"{called_worse} of them as worse; "),
        _row("nothing lost: passes", passed, 0.0, ""),
    ]


def _row(what: str, hits: int, loss: float, note: str) -> Row:
    rates = error_rates(ROWS, *discordance(ACCURACY, loss, noise_of(NOISE)))
    chance = 1 - rates.not_worse if loss else rates.not_worse
    return Row(
        what=what,
        unit=f"of {TRIALS} trials",
        ours=[hits],
        peer=[],
        peer_name="",
        target=TARGET,
        note=f"{note}{KIND}, {ROWS:,} rows; computed: {chance:.4%} of trials, {TARGET} or more of {TRIALS} with a chance of "
        f"{at_least(TARGET, TRIALS, chance):.3f}. {SANDBOX_CLAIM.capitalize()}",
    )
