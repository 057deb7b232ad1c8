"""How many creators a second do workers ask a language model about, against calls of the openai package alone?

The stand-in takes 500 ms for each answer, and ten questions are under way at once: 20 a second is the bound. Ours are the workers
of the flow, two processes with five slots each, with all that they do for a record: claim, reading the creator, budget, ledger, answer,
row and event. The peer is `asyncio.gather` with a semaphore of ten over the openai package, which keeps nothing. Both are timed
from the first call to the end of the last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import tuple_row

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.enrichment.question import Question

REPEATS = 3
CREATORS = 400
LATENCY_SECONDS = 0.5
SLOTS = 10
BOUND = SLOTS / LATENCY_SECONDS
FLOW = "instagram.base_gender"
MALFORMED_SHARE = 0.02
ANSWERS = 6_000


def run(say: Callable[[str], None]) -> list[Row]:
    """Both in turn, with other creators in each round; then how many of malformed answers a repair mends."""
    ours: list[float] = []
    peer: list[float] = []
    with (
        private_stack(["postgres", "redis", "s3", "sandbox"]) as settings,
        SandboxControl(f"http://127.0.0.1:{settings.sandbox_port}", timeout=60) as model,
    ):
        for repeat in range(REPEATS):
            model.reset_llm()
            model.set_llm(latency_seconds=LATENCY_SECONDS, latency_jitter=0.0)
            numbers = range(repeat * CREATORS, (repeat + 1) * CREATORS)
            ours.append(_by_workers(settings, numbers))
            paid = model.completions()["total"]
            peer.append(asyncio.run(_by_package(settings, _questions(numbers))))
            say(
                f"round {repeat + 1} of {REPEATS}: ours {ours[-1]:.1f}/s ({paid} calls), peer {peer[-1]:.1f}/s"
            )
        model.reset_llm()
        model.set_llm(malformed_share=MALFORMED_SHARE, malformed_repairs_share=MALFORMED_SHARE)
        with_repair, without = asyncio.run(_valid(settings))
        say(f"valid after at most one repair: {with_repair:.3f} %")
    return [
        Row(
            what="records of queue mode, 2 processes × 5",
            unit="records/s",
            ours=ours,
            peer=peer,
            peer_name="openai package, semaphore of 10",
            target=0.95 * BOUND,
            note=f"the bound is {BOUND:g}/s: ten at once, {LATENCY_SECONDS:g} s each, by the stand-in; {CREATORS} creators in each round",
        ),
        Row(
            what="answers that fit the schema after at most one repair",
            unit="%",
            ours=[with_repair],
            peer=[without],
            peer_name="without a repair",
            target=99.9,
            note=f"{ANSWERS:,} answers of the stand-in, {MALFORMED_SHARE:.0%} of them and of the repairs malformed",
        ),
    ]


def _by_workers(settings: Settings, numbers: range) -> float:
    """Records a second from the first call to the end of the last one, by the ledger's times."""
    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.queue.tasks import NewTask
    from upbeat.stores.postgres import transaction
    from upbeat.workers.pool import run_workers

    flow = flow_named(FLOW)
    with transaction(settings) as connection:
        connection.execute(
            """INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at)
               SELECT number::text, 'made.up.' || number, 'Food of Pune, mom of ' || number, 'benchmark', now()
               FROM unnest(%s::integer[]) AS number""",
            [list(numbers)],
        )
        tasks = [
            NewTask(
                idempotency_key=f"{FLOW}:{number}",
                platform=flow.platform,
                flow=flow.name,
                params=flow.validate({"handle": f"made.up.{number}"}),
            )
            for number in numbers
        ]
        enqueue_now(connection, tasks)
    summary = run_workers(settings, flows=[FLOW], until_idle=True)
    if summary.complete != len(numbers):
        raise RuntimeError(f"of {len(numbers)} tasks {summary.complete} were completed")
    count, seconds = _one(
        settings,
        """SELECT count(*), EXTRACT(EPOCH FROM max(ended_at) - min(started_at))::float8
           FROM (SELECT * FROM beat.llm_call ORDER BY call_id DESC LIMIT %s) AS latest""",
        len(numbers),
    )
    return float(count / seconds)


async def _by_package(settings: Settings, questions: list[Question]) -> float:
    """Answers a second by the package alone."""
    from openai import AsyncOpenAI

    from upbeat.enrichment.providers import provider_of
    from upbeat.enrichment.request import request_body

    slots = asyncio.Semaphore(SLOTS)
    async with AsyncOpenAI(base_url=provider_of(settings).base_url, api_key="none", max_retries=0) as client:

        async def ask(question: Question) -> None:
            async with slots:
                await client.chat.completions.create(**request_body(question))

        await ask(questions[0])  # the connection is open
        started = time.perf_counter()
        await asyncio.gather(*map(ask, questions))
        return len(questions) / (time.perf_counter() - started)


def _questions(numbers: range) -> list[Question]:
    from upbeat.enrichment.ask import ask
    from upbeat.enrichment.prompt_files import shipped_prompt
    from upbeat.enrichment.question import Subject
    from upbeat.records import Platform

    prompt = shipped_prompt("base_gender")
    return [
        ask(
            prompt,
            Subject(
                platform=Platform.INSTAGRAM,
                profile_id=str(number),
                handle=f"made.up.{number}",
                biography=f"Food of Pune, mom of {number}",
            ),
            model=prompt.model,
            is_sandbox=True,
        )
        for number in numbers
    ]


async def _valid(settings: Settings) -> tuple[float, float]:
    """Per cent of answers that fit the schema, with repairs and had there been none."""
    from upbeat.enrichment.client import ChatClient
    from upbeat.enrichment.enricher import Enricher, answer_all
    from upbeat.enrichment.ledger import Ledger
    from upbeat.stores.postgres import async_pool

    first = REPEATS * CREATORS
    async with async_pool(settings) as pool, ChatClient.from_settings(settings) as client:
        enricher = Enricher(client, Ledger(pool, settings))
        asked = _questions(range(first, first + ANSWERS))
        found = await answer_all(enricher, asked, "queue", concurrency=SLOTS)
    valid = sum(answer.outcome == "answered" for answer in found.values())
    (repairs,) = _one(settings, "SELECT count(*) FROM beat.llm_call WHERE is_repair")
    return 100 * valid / ANSWERS, 100 * (ANSWERS - repairs) / ANSWERS


def _one(settings: Settings, statement: str, *parameters: Any) -> tuple[Any, ...]:
    with psycopg.connect(settings.postgres_dsn(), row_factory=tuple_row) as connection:
        row = connection.execute(statement.encode(), parameters).fetchone()
    if row is None:
        raise RuntimeError("a sum without a row")
    return row
