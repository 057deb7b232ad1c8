"""Plans batches: each is written down with its calls, their subjects and their reservations in one transaction, before anything is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from upbeat.enrichment.batches.cut import PlannedQuestion, cut
from upbeat.enrichment.budget import SETTING, dollars
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.ledger_rows import NewCall
from upbeat.failpoints import failpoint
from upbeat.operations.enrichment_batches.facts import write_facts
from upbeat.operations.enrichment_batches.find import Found, counts_by_kind, find_questions
from upbeat.operations.enrichment_batches.store import SQL, Batches, rows
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.stores.json_text import encode_json

_MEGABYTE = 1_000_000
_FACTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was planned, or would be.

    Attributes:
        questions: that are to be asked, by kind.
        batches: keys of those that were written; of a dry run none.
        planned: questions in them; of a dry run: that would be.
        waiting: questions for which the day's budget has no room.
        most: what the planned ones cost at most, in nanodollars, at the batch's price; `most_of_all`: with those that wait.
        answered: that were answered before, `under_way`: that are asked at the moment, `rested`: about posts and asked not long ago,
            `without_text`: for which there is nothing to send.
        told_again: answers that were paid for before and were not known of their creator.
        note: why some wait, in one line.
    """

    creators: int
    questions: dict[Kind, int]
    batches: list[str] = field(default_factory=list)
    planned: int = 0
    waiting: int = 0
    most: int = 0
    most_of_all: int = 0
    answered: int = 0
    under_way: int = 0
    rested: int = 0
    without_text: int = 0
    told_again: int = 0
    note: str | None = None
    dry_run: bool = False

    @property
    def summary(self) -> str:
        """For people."""
        would = "would be planned" if self.dry_run else f"planned in {len(self.batches)} batches"
        head = f"{self.planned:,} questions about {self.creators:,} creators {would}, for at most {dollars(self.most)}"
        return f"{head}; {self.answered:,} are answered, {self.under_way:,} under way, {self.rested:,} asked not long ago, {self.without_text:,} have no text"


async def plan(
    batches: Batches, wanted: Wanted, *, dry_run: bool = False, now: datetime | None = None
) -> Plan:
    """Write down what is to be asked, as far as the day's budget goes; what it has no room for is found again by the next plan.

    Args:
        dry_run: only say how much, and for at most what price.

    Raises:
        InputError: a prompt may not be used, or its model has no price.
        StoreUnavailableError: Postgres does not answer; batches that were written stay.
    """
    found = await find_questions(batches, wanted, now or datetime.now(UTC))
    questions = list(found.questions.values())
    if dry_run:
        left = await _left_today(batches)
        fitting = _first_that_fit(questions, left)
        waiting = len(questions) - fitting
        return _plan(batches, found, [], questions[:fitting], waiting, dry_run=True)
    await _tell_what_is_known(batches, found)
    settings, keys, written = batches.settings, list[str](), list[PlannedQuestion]()
    waiting = 0
    pieces = cut(
        questions,
        most_requests=settings.llm_batch_requests,
        most_bytes=int(settings.llm_batch_megabytes * _MEGABYTE),
    )
    for piece in pieces:
        if waiting:
            waiting += len(piece)
            continue
        one = await _write(batches, piece)
        written += one.taken
        keys += [one.batch_key] if one.taken else []
        found.under_way += one.held
        waiting += one.refused
        failpoint("enrichment_batch_planned")
    return _plan(batches, found, keys, written, waiting, dry_run=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A batch with the questions that it has taken. Of the others so many are `held` by somebody who was faster, and so many `refused`
    by the day's budget."""

    batch_key: str
    taken: list[PlannedQuestion]
    held: int
    refused: int


async def _write(batches: Batches, piece: Sequence[PlannedQuestion]) -> _Written:
    """One batch with all that belongs to it; nothing where none of its questions could be taken."""
    provider, key = batches.api.provider, f"upbeat-{uuid.uuid4().hex}"
    row = {"batch_key": key, "source": provider.source, "model": piece[0].question.key.model}
    calls = [NewCall(question=one.question, reserve=one.reserve) for one in piece]
    async with batches.connection() as connection, connection.transaction() as transaction:
        await connection.execute(SQL["add_batch"].encode(), row | {"is_sandbox": provider.is_sandbox})
        opened = await batches.ledger.start_many_within(connection, calls, mode="batch", batch_key=key)
        taken = [one for one in piece if one.question.key in opened.calls]
        if not taken:
            raise psycopg.Rollback(transaction)
        subjects = [
            {
                "call_id": opened.calls[one.question.key],
                "platform": subject.platform,
                "profile_id": subject.profile_id,
                "handle": subject.handle,
            }
            for one in taken
            for subject in one.subjects
        ]
        given = {"batch_key": key, "subjects": encode_json(subjects)}
        await connection.execute(SQL["add_subjects"].encode(), given)
        failpoint("enrichment_batch_written")
    return _Written(batch_key=key, taken=taken, held=len(opened.held), refused=len(opened.refused))


async def _tell_what_is_known(batches: Batches, found: Found) -> None:
    """Answers that were paid for in another way, or before a kill, become known of their creators."""
    source = batches.api.provider.source
    for start in range(0, len(found.known), _FACTS_AT_ONCE):
        async with batches.connection() as connection, connection.transaction():
            await write_facts(connection, found.known[start : start + _FACTS_AT_ONCE], source=source)


async def _left_today(batches: Batches) -> int:
    async with batches.connection() as connection:
        given = {"is_sandbox": batches.api.provider.is_sandbox}
        spend = await rows(connection, "spend_today", given)
    used = spend[0]["spent_nanodollars"] + spend[0]["reserved_nanodollars"] if spend else 0
    return max(0, batches.ledger.budget - used)


def _first_that_fit(questions: Sequence[PlannedQuestion], room: int) -> int:
    for number, one in enumerate(questions):
        room -= one.reserve
        if room < 0:
            return number
    return len(questions)


def _plan(
    batches: Batches,
    found: Found,
    keys: list[str],
    taken: Sequence[PlannedQuestion],
    waiting: int,
    *,
    dry_run: bool,
) -> Plan:
    wanted = list(found.questions.values())
    most, of_all = (sum(one.reserve for one in some) for some in (taken, wanted))
    return Plan(
        creators=found.creators,
        questions=counts_by_kind(wanted),
        batches=keys,
        planned=len(taken),
        waiting=waiting,
        most=most,
        most_of_all=of_all,
        answered=found.stored,
        under_way=found.under_way,
        rested=found.rested,
        without_text=found.without_text,
        told_again=len(found.known),
        note=_note(batches, len(taken), waiting, of_all - most) if waiting else None,
        dry_run=dry_run,
    )


def _note(batches: Batches, taken: int, waiting: int, missing: int) -> str:
    return (
        f"the budget of {dollars(batches.ledger.budget)} a day has room for {taken:,} of {taken + waiting:,} questions: the other {waiting:,} "
        f"(at most {dollars(missing)}) wait for the next day, or for a higher {SETTING}"
    )
