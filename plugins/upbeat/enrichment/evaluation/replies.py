"""Asks a version of a prompt about labelled rows: through whatever answers questions, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from upbeat.enrichment.ask import ask
from upbeat.enrichment.evaluation.labelled import LabelledRow
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.errors import DropError, InputError

CONCURRENCY = 10

Answer = Callable[[Question], Awaitable[StoredAnswer]]
"""Gives the answer to a question: `Enricher.answer` in the mode `evaluation`, in which an answer that was paid for is used again."""

Progress = Callable[[int, int], None]
"""Told how many of how many rows are answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of one row. `outcome` is a completion's, or `failed` for a request that the provider refuses for good."""

    outcome: str
    result: dict[str, Any] | None = None
    detail: str | None = None


def questions_of(
    prompt: Prompt, rows: Sequence[LabelledRow], *, model: str, is_sandbox: bool
) -> list[Question]:
    """The question about each row."""
    return [ask(prompt, row.subject, model=model, is_sandbox=is_sandbox) for row in rows]


async def replies_to(
    questions: Sequence[Question],
    answer: Answer,
    *,
    concurrency: int = CONCURRENCY,
    progress: Progress = lambda done, of: None,
) -> list[Reply]:
    """The replies, in the order of the questions.

    Raises:
        InputError: the provider refuses all of them, as it does where the model's name is wrong: nothing was measured.
        UpbeatError: what `answer` raises, but for `DropError`, of the first question that fails. No other is begun, and those that are
            under way come to their end: they are paid for. What was answered is in the ledger: run it again, and it goes on.
    """
    found: list[Reply | None] = [None] * len(questions)
    left = iter(enumerate(questions))
    done, failed = 0, False

    async def work() -> None:
        nonlocal done, failed
        while not failed and (one := next(left, None)) is not None:
            place, question = one
            try:
                found[place] = await _reply(question, answer)
            except Exception:
                failed = True
                raise
            done += 1
            progress(done, len(questions))

    workers = [asyncio.create_task(work()) for _ in range(min(concurrency, len(questions)))]
    ends = await asyncio.gather(*workers, return_exceptions=True)
    for error in ends:
        if isinstance(error, BaseException):
            raise error
    replies = [reply for reply in found if reply is not None]
    if replies and all(reply.outcome == "failed" for reply in replies):
        name, detail = questions[0].prompt.name, replies[0].detail
        raise InputError(f"{name}: all {len(replies):,} requests were refused: {detail}")
    return replies


async def _reply(question: Question, answer: Answer) -> Reply:
    try:
        found = await answer(question)
    except DropError as error:
        return Reply(outcome="failed", detail=str(error))
    return Reply(outcome=found.outcome, result=found.result, detail=found.detail)
