"""Finds what a plan has to ask: creators by the page, their questions, less those that are answered or under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from upbeat.enrichment.activation import active_prompt_async, model_of
from upbeat.enrichment.ask import ask
from upbeat.enrichment.batches.cut import PlannedQuestion, planned
from upbeat.enrichment.enricher import price_of
from upbeat.enrichment.kinds import READS_POSTS, Kind
from upbeat.enrichment.ledger_rows import key_of, of_keys
from upbeat.enrichment.prices import most_of
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.question import Question, QuestionKey, Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.enrichment.subjects import Creator, find_creators, why_not_asked
from upbeat.flows.stale import DAYS_AFTER_END
from upbeat.operations.enrichment_batches.store import Batches, Connection, rows
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.records import Platform

PAGE = 500
"""Creators that are read at once."""

_PAGES = {Platform.INSTAGRAM: "wanted_accounts", Platform.YOUTUBE: "wanted_channels"}


@dataclass
class Found:
    """What there is to ask.

    Attributes:
        creators: that were looked at.
        stored: questions that were answered before, and `under_way`: that are asked at the moment.
        rested: questions about posts that were asked not long ago.
        without_text: questions for which the creator has no text, or none that may be sent.
        known: answers that were paid for, and are not known of their creator yet.
    """

    questions: dict[QuestionKey, PlannedQuestion] = field(default_factory=dict)
    creators: int = 0
    stored: int = 0
    under_way: int = 0
    rested: int = 0
    without_text: int = 0
    known: list[tuple[Subject, StoredAnswer]] = field(default_factory=list)


async def find_questions(batches: Batches, wanted: Wanted, now: datetime) -> Found:
    """All that a plan has to ask at `now`; writes nothing.

    Raises:
        InputError: a prompt may not be used, or its model has no price.
    """
    found = Found()
    async with batches.connection() as connection:
        prompts = [await active_prompt_async(connection, batches.settings, kind) for kind in wanted.kinds]
        for platform in wanted.platforms:
            captions = max((prompt.limits.captions for prompt in prompts), default=0)
            async for ids in _pages(connection, platform, wanted, now):
                creators = await find_creators(connection, platform, ids, captions=captions)
                found.creators += len(creators)
                for prompt in prompts:
                    await _of_page(batches, connection, found, prompt, creators, wanted, now)
                    if wanted.limit is not None and len(found.questions) >= wanted.limit:
                        found.questions = dict(list(found.questions.items())[: wanted.limit])
                        return found
    return found


async def _pages(
    connection: Connection, platform: Platform, wanted: Wanted, now: datetime
) -> AsyncIterator[list[str]]:
    given: dict[str, Any] = {"today": now.date(), "days_after_end": DAYS_AFTER_END, "page": PAGE}
    given |= {"tiers": list(wanted.tiers), "after": ""}
    while page := await rows(connection, _PAGES[platform], given):
        yield [row["profile_id"] for row in page]
        given["after"] = page[-1]["profile_id"]


async def _of_page(
    batches: Batches,
    connection: Connection,
    found: Found,
    prompt: Prompt,
    creators: Sequence[Creator],
    wanted: Wanted,
    now: datetime,
) -> None:
    """Adds what one prompt has to ask about a page of creators."""
    told = await _told(batches, connection, prompt, creators)
    lately = await _asked_lately(batches, connection, prompt, creators, now - wanted.posts_every)
    asked: list[tuple[Question, Subject]] = []
    for creator in creators:
        hash_and_date = told.get(creator.subject.profile_id)
        if why_not_asked(prompt, creator) is not None:
            found.without_text += 1
        elif (is_open := lately.get(creator.subject.profile_id)) is not None:
            found.under_way += is_open
            found.rested += not is_open
        elif prompt.kind in READS_POSTS and hash_and_date and hash_and_date[1] > now - wanted.posts_every:
            found.rested += 1
        else:
            asked.append((_ask(batches, prompt, creator.subject), creator.subject))
    answers = await batches.ledger.answers(question.key for question, _ in asked)
    missing = [(question, subject) for question, subject in asked if question.key not in answers]
    held = await _under_way(connection, [question.key for question, _ in missing])
    found.stored += len(asked) - len(missing)
    for question, subject in asked:
        answer = answers.get(question.key)
        known_by = told.get(subject.profile_id, (None,))[0]
        if answer is not None and answer.result is not None and known_by != question.key.input_hash:
            found.known.append((replace(subject, biography=None, captions=()), answer))
    for question, subject in missing:
        if question.key in held:
            found.under_way += 1
        else:
            _add(batches, found, question, subject)


def _ask(batches: Batches, prompt: Prompt, subject: Subject) -> Question:
    model = model_of(batches.settings, prompt)
    return ask(prompt, subject, model=model, is_sandbox=batches.api.provider.is_sandbox)


def _add(batches: Batches, found: Found, question: Question, subject: Subject) -> None:
    key = question.key
    if (twin := found.questions.get(key)) is not None:
        found.questions[key] = replace(
            twin, subjects=(*twin.subjects, replace(subject, biography=None, captions=()))
        )
        return
    reserve = most_of(question, price_of(key.model, batches.ledger), batch=True)
    wire_model = batches.api.provider.wire_model(key.model)
    found.questions[key] = planned(question, subject, reserve, wire_model=wire_model, url=batches.api.url)


async def _told(
    batches: Batches, connection: Connection, prompt: Prompt, creators: Sequence[Creator]
) -> dict[str, tuple[bytes, datetime]]:
    """By which input the creators are known, and since when."""
    if not creators:
        return {}
    return {
        row["profile_id"]: (bytes(row["input_hash"] or b""), row["observed_at"])
        for row in await rows(connection, "told", _of_prompt(batches, prompt, creators))
    }


async def _asked_lately(
    batches: Batches,
    connection: Connection,
    prompt: Prompt,
    creators: Sequence[Creator],
    since: datetime,
) -> dict[str, bool]:
    """Creators whom a batch asks about in the prompt's words, or has asked about since then without a result; whether it does so now.

    Of a kind that reads the biography alone the question itself tells: none is left out here.
    """
    if not creators or prompt.kind not in READS_POSTS:
        return {}
    given = _of_prompt(batches, prompt, creators) | {"since": since}
    return {row["profile_id"]: row["is_open"] for row in await rows(connection, "asked_lately", given)}


def _of_prompt(batches: Batches, prompt: Prompt, creators: Sequence[Creator]) -> dict[str, Any]:
    return {
        "platform": creators[0].subject.platform.value,
        "profile_ids": [creator.subject.profile_id for creator in creators],
        "kind": prompt.kind,
        "model": model_of(batches.settings, prompt),
        "version": prompt.version,
        "is_sandbox": batches.api.provider.is_sandbox,
    }


async def _under_way(connection: Connection, keys: Sequence[QuestionKey]) -> set[QuestionKey]:
    return {key_of(tuple(row.values())) for row in await rows(connection, "under_way", of_keys(keys))}


def counts_by_kind(questions: Sequence[PlannedQuestion]) -> dict[Kind, int]:
    """How many questions of each kind."""
    return dict(Counter(one.question.key.kind for one in questions))
