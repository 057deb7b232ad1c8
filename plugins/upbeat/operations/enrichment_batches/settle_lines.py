"""Settles a piece of a batch's lines: answers, their price and what they tell of creators, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from upbeat.enrichment.batches.lines import AnswerLine, NoAnswer, read_answer
from upbeat.enrichment.completion import Completion
from upbeat.enrichment.enricher import price_of
from upbeat.enrichment.ledger import SQL as LEDGER_SQL
from upbeat.enrichment.ledger_rows import Settlement, answer_of, key_of, of_keys
from upbeat.enrichment.prices import cost_of
from upbeat.enrichment.question import QuestionKey, Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.failpoints import failpoint
from upbeat.ingestion.process import is_data_error, through_conflicts
from upbeat.operations.enrichment_batches.collected import Problems
from upbeat.operations.enrichment_batches.facts import write_facts
from upbeat.operations.enrichment_batches.questions import Prompts
from upbeat.operations.enrichment_batches.store import Batches, Connection, StoredBatch, rows
from upbeat.records import Platform

_OPEN = ("started", "lost")
"""Of a call that is held to be lost the answer is as good as of any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A call and what its line says, with those whom it is about."""

    call: dict[str, Any]
    said: Completion | NoAnswer
    subjects: tuple[Subject, ...]
    cost: int = 0

    @property
    def call_id(self) -> int:
        return int(self.call["call_id"])

    @property
    def key(self) -> QuestionKey:
        """What was asked."""
        return _key(self.call)

    def settlement(self, said: Completion) -> Settlement:
        """How the call ended."""
        return Settlement(call_id=self.call_id, completion=said, cost=self.cost, final=True)


class Settling:
    """Of one batch."""

    def __init__(self, batches: Batches, batch: StoredBatch, prompts: Prompts, problems: Problems) -> None:
        self._batches, self._batch, self._prompts, self._problems = batches, batch, prompts, problems
        self.facts = 0

    async def settle(self, lines: Sequence[AnswerLine]) -> list[Heard]:
        """Settle what is final; the malformed answers come back, still open, to be repaired. Calls that are settled already stay."""
        heard = await self._heard(lines)
        is_malformed = [isinstance(one.said, Completion) and one.said.outcome == "malformed" for one in heard]
        await self._write([one for one, repairs in zip(heard, is_malformed, strict=True) if not repairs])
        failpoint("enrichment_batch_piece_settled")
        return [one for one, repairs in zip(heard, is_malformed, strict=True) if repairs]

    async def _heard(self, lines: Sequence[AnswerLine]) -> list[Heard]:
        by_id = {line.call_id: line for line in lines}
        given = {"calls": list(by_id), "batch_key": self._batch.batch_key}
        async with self._batches.connection() as connection:
            calls = {call["call_id"]: call for call in await rows(connection, "calls_of", given)}
        for call_id in by_id.keys() - calls.keys():
            self._problems.note(f"call {call_id} is none of this batch")
        return [
            self._read(calls[id], line)
            for id, line in by_id.items()
            if id in calls and calls[id]["status"] in _OPEN
        ]

    def _read(self, call: dict[str, Any], line: AnswerLine) -> Heard:
        provider = self._batches.api.provider
        if isinstance(line.body, dict):
            provider.check_origin(line.body)
        prompt = self._prompts.get(call["kind"], call["prompt_version"])
        said = read_answer(line, prompt, provider=provider.name)
        subjects = tuple(
            Subject(platform=Platform(one["platform"]), profile_id=one["profile_id"], handle=one["handle"])
            for one in call["subjects"]
        )
        if isinstance(said, NoAnswer):
            return Heard(call=call, said=said, subjects=subjects)
        price = price_of(call["model"], self._batches.ledger)
        return Heard(call=call, said=said, subjects=subjects, cost=cost_of(said.usage, price, batch=True))

    async def _write(self, heard: Sequence[Heard]) -> None:
        """All in one transaction. What Postgres refuses is found by halving, and costs none of the others."""
        if not heard:
            return
        try:
            self.facts += await through_conflicts(lambda: self._write_at_once(heard))
        except psycopg.Error as error:
            if not is_data_error(error):
                raise
            if len(heard) > 1:
                middle = len(heard) // 2
                await self._write(heard[:middle])
                await self._write(heard[middle:])
                return
            problem = f"the database refused the answer: {error.diag.message_primary or type(error).__name__}"
            self._problems.note(f"call {heard[0].call_id}: {problem}")
            refused = replace(heard[0], said=NoAnswer(problem=problem, may_be_paid=True))
            await through_conflicts(lambda: self._write_at_once([refused]))

    async def _write_at_once(self, heard: Sequence[Heard]) -> int:
        ledger = self._batches.ledger
        answered = [(one, one.said) for one in heard if isinstance(one.said, Completion)]
        async with self._batches.connection() as connection, connection.transaction():
            await ledger.settle_within(connection, [one.settlement(said) for one, said in answered])
            facts = await self._tell(connection, [one for one, _ in answered])
            for (problem, may_be_paid), calls in _unanswered(heard).items():
                status = "lost" if may_be_paid else "failed"
                await ledger.end_within(connection, calls, status, problem)  # type: ignore[arg-type]
            failpoint("enrichment_batch_piece_written")
        return facts

    async def _tell(self, connection: Connection, heard: Sequence[Heard]) -> int:
        stored = await stored_answers(connection, [one.key for one in heard])
        told = [(subject, stored[one.key]) for one in heard if one.key in stored for subject in one.subjects]
        return await write_facts(connection, told, source=self._batches.api.provider.source)


async def stored_answers(
    connection: Connection, keys: Sequence[QuestionKey]
) -> dict[QuestionKey, StoredAnswer]:
    """What is kept under keys, as the caller's transaction sees it."""
    found = await (await connection.execute(LEDGER_SQL["answers"].encode(), of_keys(keys))).fetchall()
    return {answer.key: answer for answer in map(answer_of, found)}


def _unanswered(heard: Sequence[Heard]) -> dict[tuple[str, bool], list[int]]:
    grouped: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for one in heard:
        if isinstance(one.said, NoAnswer):
            grouped[one.said.problem, one.said.may_be_paid].append(one.call_id)
    return grouped


def _key(call: dict[str, Any]) -> QuestionKey:
    return key_of([call[name] for name in ("kind", "prompt_version", "model", "input_hash", "is_sandbox")])
