"""Reads the answers of batches that have ended: settled, told of their creators, repaired where that may help.

A piece of lines is settled in one transaction with what it tells. A second time, or after a kill at any point, only what was left is done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from upbeat.enrichment.batches.lines import AnswerLine, UnreadableLineError, read_line
from upbeat.enrichment.client import ChatClient
from upbeat.enrichment.enricher import Enricher
from upbeat.errors import AccessRefusedError, BackOffError, DropError
from upbeat.failpoints import failpoint
from upbeat.logs import get_logger
from upbeat.operations.enrichment_batches.collected import Collected, Problems, collected_of
from upbeat.operations.enrichment_batches.look import GONE, READABLE
from upbeat.operations.enrichment_batches.questions import Prompts
from upbeat.operations.enrichment_batches.repair import Repairs
from upbeat.operations.enrichment_batches.settle_lines import Settling
from upbeat.operations.enrichment_batches.store import Batches, StoredBatch, rows
from upbeat.operations.enrichment_batches.submit import CHANGED

PIECE = 500
"""Lines that are settled together; what is in memory at a time."""

NO_LINE = "the provider's files have no answer to it"

log = get_logger("operations.enrichment_batches")


async def collect(batches: Batches, also: Sequence[str] = ()) -> Collected:
    """Read all batches that have ended; those that have not are left for the next time.

    Args:
        also: keys of batches whose questions are counted, too, where they are collected: by a run that was killed before it could tell.

    Raises:
        BackOffError: the provider is overloaded, away, or broke off in the middle of a file: the next run goes on.
        AccessRefusedError: it refuses the key.
        InputError: answers of the sandbox come from what should be a real model, or the other way round.
        StoreUnavailableError: Postgres does not answer.
    """
    keys, facts, problems = set(also), 0, list[str]()
    async with ChatClient.from_settings(batches.settings) as client:
        for ended in await batches.open():
            if ended.status not in READABLE:
                continue
            async with batches.moving(ended.batch_key) as batch:
                if batch is None or batch.status not in READABLE:
                    continue
                one = _Collecting(batches, batch, Enricher(client, batches.ledger))
                await one.run()
                keys.add(batch.batch_key)
                facts += one.facts
                problems += one.problems.shown
    await _delete_files(batches)
    given = {"batch_keys": sorted(keys), "changed": CHANGED}
    async with batches.connection() as connection:
        outcomes = await rows(connection, "outcomes", given)
    return collected_of(outcomes, sorted(keys), facts=facts, problems=problems)


async def _delete_files(batches: Batches) -> None:
    """What was sent and what came back does not stay with the provider: neither of these batches nor what an earlier run left there."""
    provider = batches.api.provider
    given = {"source": provider.source, "is_sandbox": provider.is_sandbox}
    async with batches.connection() as connection:
        left = await rows(connection, "files_left", given)
    try:
        for batch in left:
            for name in ("input_file_id", "output_file_id", "error_file_id"):
                if batch[name] is not None:
                    await batches.api.delete(batch[name])
            await batches.execute("note_files_deleted", {"batch_key": batch["batch_key"]})
    except (BackOffError, AccessRefusedError) as error:
        log.warning("files stay with the provider till the next collection", problem=str(error))


class _Collecting:
    """One batch, from its first line to the end of its row."""

    def __init__(self, batches: Batches, batch: StoredBatch, enricher: Enricher) -> None:
        self._batches, self._batch = batches, batch
        self.problems = Problems()
        prompts = Prompts()
        self._settling = Settling(batches, batch, prompts, self.problems)
        self._repairs = Repairs(batches, batch, prompts, enricher)
        self._is_whole = True

    @property
    def facts(self) -> int:
        """That were told of creators."""
        return self._settling.facts + self._repairs.facts

    async def run(self) -> None:
        batch = self._batch
        for name, file_id in (("output", batch.output_file_id), ("error", batch.error_file_id)):
            if file_id is not None:
                await self._read(name, file_id)
        await self._end_unanswered()
        failpoint("enrichment_batch_read")
        given = {"batch_key": batch.batch_key, "problem": self.problems.line(batch.problem)}
        await self._batches.execute("note_collected", given)
        failpoint("enrichment_batch_collected")
        log.info("batch collected", batch=batch.batch_key, facts=self.facts, problems=self.problems.count)

    async def _read(self, name: str, file_id: str) -> None:
        try:
            async for piece in self._pieces(name, file_id):
                malformed = await self._settling.settle(piece)
                await self._repairs.repair(malformed)
                failpoint("enrichment_batch_piece_done")
        except DropError as error:
            self._is_whole = False
            self.problems.note(f"the {name} file cannot be read: {error}")

    async def _pieces(self, name: str, file_id: str) -> AsyncIterator[Sequence[AnswerLine]]:
        piece: dict[int, AnswerLine] = {}
        number = 0
        async for raw in self._batches.api.lines(file_id):
            number += 1
            try:
                line = read_line(raw)
            except UnreadableLineError as error:
                self._is_whole = False
                self.problems.note(f"line {number:,} of the {name} file {error}")
                continue
            if line.call_id in piece:
                self.problems.note(f"line {number:,} of the {name} file answers call {line.call_id} again")
                continue
            piece[line.call_id] = line
            if len(piece) >= PIECE:
                yield list(piece.values())
                piece = {}
        if piece:
            yield list(piece.values())

    async def _end_unanswered(self) -> None:
        """Calls that no line has answered. The provider may have charged for them where it says that it did all, where it says nothing any
        more, or where a line was unreadable."""
        may_be_paid = self._batch.status in ("completed", GONE) or not self._is_whole
        status: Literal["lost", "failed"] = "lost" if may_be_paid else "failed"
        given = {"batch_key": self._batch.batch_key, "page": 5_000}
        while True:
            async with self._batches.connection() as connection, connection.transaction():
                page = await rows(connection, "unanswered", given)
                calls = [row["call_id"] for row in page]
                problem = f"{NO_LINE}: the batch is {self._batch.status}"
                await self._batches.ledger.end_within(connection, calls, status, problem)
            if not calls:
                return
