"""What tests of paid questions share: made-up creators, an enricher over a pool of its own, sums over the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from upbeat.enrichment.ask import ask
from upbeat.enrichment.client import ChatClient
from upbeat.enrichment.enricher import Enricher
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.ledger import Ledger
from upbeat.enrichment.ledger_rows import Mode
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Question, QuestionKey, Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

MODEL = "gpt-4.1-mini"


def questions(
    numbers: Iterable[int],
    *,
    kind: Kind = "base_gender",
    version: str = "v0.02",
    biography: str = "",
    model: str = MODEL,
) -> list[Question]:
    """One question about each made-up creator."""
    prompt = load_prompt(kind, version)
    return [
        ask(
            prompt,
            Subject(
                platform=Platform.INSTAGRAM,
                profile_id=str(number),
                handle=f"made.up.{number}",
                biography=f"Food of Pune, mom of {number} {biography}".strip(),
            ),
            model=model,
            is_sandbox=True,
        )
        for number in numbers
    ]


@asynccontextmanager
async def open_ledger(settings: Settings, **given: Any) -> AsyncIterator[Ledger]:
    """A ledger over connections of its own."""
    async with async_pool(settings, max_size=4, application="upbeat:test:enrichment") as pool:
        yield Ledger(pool, settings, **given)


@asynccontextmanager
async def open_enricher(settings: Settings, **given: Any) -> AsyncIterator[Enricher]:
    """An enricher that asks the sandbox of the settings."""
    async with open_ledger(settings, **given) as ledger, ChatClient.from_settings(settings) as client:
        yield Enricher(client, ledger)


async def answer_all(
    enricher: Enricher, asked: Sequence[Question], mode: Mode = "queue", *, concurrency: int
) -> dict[QuestionKey, StoredAnswer]:
    """The answers to all, so many at a time; raises as `Enricher.answer`, at the first question that fails."""
    found: dict[QuestionKey, StoredAnswer] = {}
    left = iter({question.key: question for question in asked}.values())

    async def work() -> None:
        for question in left:
            found[question.key] = await enricher.answer(question, mode)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return found


def rows(settings: Settings, statement: str, *parameters: Any) -> list[dict[str, Any]]:
    """The rows of a statement, as dictionaries."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, row_factory=dict_row) as connection:
        return connection.execute(statement.encode(), parameters).fetchall()


def change(settings: Settings, statement: str, *parameters: Any) -> None:
    """A statement without rows."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute(statement.encode(), parameters)


def assert_the_gate_agrees_with_the_calls(settings: Settings) -> None:
    """Of every day, what the gate holds for spent and for reserved is the sum over its calls."""
    sums = """
        SELECT day, is_sandbox, COALESCE(sum(cost_nanodollars), 0)::bigint AS spent_nanodollars,
               COALESCE(sum(reserved_nanodollars) FILTER (WHERE status = 'started'), 0)::bigint AS reserved_nanodollars
        FROM beat.llm_call GROUP BY day, is_sandbox ORDER BY day, is_sandbox"""
    gate = "SELECT day, is_sandbox, spent_nanodollars, reserved_nanodollars FROM beat.llm_spend"
    empty = " WHERE spent_nanodollars + reserved_nanodollars > 0 ORDER BY day, is_sandbox"
    told = [row for row in rows(settings, sums) if row["spent_nanodollars"] + row["reserved_nanodollars"]]
    assert rows(settings, gate + empty) == told
