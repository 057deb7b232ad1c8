"""How questions become batches: one model each, and no more requests or bytes than a batch may have. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from upbeat.enrichment.batches.lines import LONGEST_CUSTOM_ID, request_line
from upbeat.enrichment.question import Question, Subject
from upbeat.enrichment.request import request_body


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedQuestion:
    """A question that is to be asked in a batch.

    Attributes:
        question: without its messages: they are made anew when the file is written, and fifty thousand of them do not stay in memory.
        subjects: whom the answer is about, without their texts: mostly one.
        reserve: the most that it can cost, in nanodollars.
        size: of its line, in bytes; never too small.
    """

    question: Question
    subjects: tuple[Subject, ...]
    reserve: int
    size: int


def planned(
    question: Question, subject: Subject, reserve: int, *, wire_model: str, url: str
) -> PlannedQuestion:
    """A question with the size of its line."""
    line = request_line(LONGEST_CUSTOM_ID, request_body(question, wire_model=wire_model), url)
    return PlannedQuestion(
        question=replace(question, messages=()),
        subjects=(replace(subject, biography=None, captions=()),),
        reserve=reserve,
        size=len(line),
    )


def cut(
    questions: Iterable[PlannedQuestion], *, most_requests: int, most_bytes: int
) -> list[list[PlannedQuestion]]:
    """The questions in batches, each of one model, in their order. A line that alone is too large has a batch of its own."""
    batches: list[list[PlannedQuestion]] = []
    open_ones: dict[str, tuple[list[PlannedQuestion], int]] = {}
    for one in questions:
        model = one.question.key.model
        batch, size = open_ones.get(model, ([], 0))
        if not batch or len(batch) >= most_requests or size + one.size > most_bytes:
            batch, size = [], 0
            batches.append(batch)
        batch.append(one)
        open_ones[model] = batch, size + one.size
    return batches
