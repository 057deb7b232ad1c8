"""Malformed answers of a batch are repaired at once, by calls of their own at the full price: they are few, and the next batch is a day away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.enricher import Enricher
from upbeat.enrichment.question import Question
from upbeat.errors import BackOffError, DropError, ThrottledError
from upbeat.logs import get_logger
from upbeat.operations.enrichment_batches.facts import write_facts
from upbeat.operations.enrichment_batches.questions import Prompts, questions_of
from upbeat.operations.enrichment_batches.settle_lines import Heard, stored_answers
from upbeat.operations.enrichment_batches.store import Batches, StoredBatch

CONCURRENCY = 10
"""Two processes of five, as the flows of enrichment."""

log = get_logger("operations.enrichment_batches")


class Repairs:
    """Of one batch."""

    def __init__(self, batches: Batches, batch: StoredBatch, prompts: Prompts, enricher: Enricher) -> None:
        self._batches, self._batch, self._prompts = batches, batch, prompts
        self._enricher = enricher
        self.facts = 0

    async def repair(self, malformed: Sequence[Heard]) -> None:
        """Ask once more. One that cannot be repaired now is settled as malformed without an answer: the next plan asks it anew.

        Raises:
            AccessRefusedError: the provider refuses the key; calls that are open stay for the next time.
            StoreUnavailableError: Postgres does not answer.
        """
        if not malformed:
            return
        async with self._batches.connection() as connection:
            calls = [one.call | _first_subject(one) for one in malformed]
            questions = await questions_of(connection, self._prompts, calls)
        limit = asyncio.Semaphore(CONCURRENCY)

        async def work(one: Heard) -> None:
            async with limit:
                await self._repair(one, questions.get(one.call_id))

        ended = await asyncio.gather(*map(work, malformed), return_exceptions=True)
        await self._tell(malformed)
        for error in ended:
            if isinstance(error, BaseException):
                raise error

    async def _repair(self, one: Heard, question: Question | None) -> None:
        assert isinstance(one.said, Completion)
        settlement = one.settlement(one.said)
        if question is None:
            await self._batches.ledger.settle(replace(settlement, final=False))
            return
        try:
            await self._enricher.repair(settlement, question, "queue")
        except (BackOffError, DropError, ThrottledError) as error:
            log.warning("a malformed answer is not repaired now", call=one.call_id, problem=str(error))

    async def _tell(self, malformed: Sequence[Heard]) -> None:
        async with self._batches.connection() as connection, connection.transaction():
            stored = await stored_answers(connection, [one.key for one in malformed])
            told = [
                (subject, stored[one.key])
                for one in malformed
                if one.key in stored
                for subject in one.subjects
            ]
            self.facts += await write_facts(connection, told, source=self._batches.api.provider.source)


def _first_subject(one: Heard) -> dict[str, str | None]:
    if not one.subjects:
        return {"platform": None, "profile_id": None}
    first = min(one.subjects, key=lambda subject: (subject.platform, subject.profile_id))
    return {"platform": first.platform.value, "profile_id": first.profile_id}
