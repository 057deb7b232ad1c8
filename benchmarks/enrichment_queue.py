"""How many creators a second do workers ask a language model about, against calls of the openai package alone?

Ours is the command of a user, `upbeat work --flow instagram.categ_lang_topics --processes 2`: real processes over the real queue (Postgres,
Redis), and the sandbox's model, a process of its own, takes 500 ms for each answer. Each process has five calls under way at most, the
setting's default, so ten in all: 20 a second is the bound. A record is all of it: claim, reading biography and captions, budget, ledger,
answer, row and event. The peer is `asyncio.gather` with a semaphore of ten over the openai package in one process, which keeps nothing.

Counted are the ends of calls, by the clock of the ledger (ours) or of the process (the peer), from the 20th to the 20th but last: a steady
run of about a minute. Answers that were asked for together come together, ten at a time; a whole number of tens lies between the two. The
start (until the 20th end, from the start of the command) and the tail (the last 20) are told apart from it, not hidden in it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.embedded.settings_environment import settings_environment
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.enrichment.kinds import Kind
    from upbeat.enrichment.question import Question

REPEATS = 3
CREATORS = 1_200
LATENCY_SECONDS = 0.5
PROCESSES, CALLS = 2, 5
SLOTS = PROCESSES * CALLS
BOUND = SLOTS / LATENCY_SECONDS
REACH = 0.95
KIND: Kind = "categ_lang_topics"
FLOW = f"instagram.{KIND}"
POSTS = 5
EDGE = 2 * SLOTS
"""Ends of calls that belong to the start and to the tail of a run: two rounds of all slots each."""

MALFORMED_SHARE = 0.02
ANSWERS = 6_000


@dataclass(frozen=True, slots=True)
class Pace:
    """One run of the workers.

    Attributes:
        steady: records a second between the edges.
        whole: records a second from the first call's start to the last one's end, ramp and tail included.
        start, tail: seconds before and after the steady part; the start counts from that of the command.
        provider, ledger: mean milliseconds of a slot's time per record with the request, and with its entries in the ledger.
        between: mean milliseconds from the end of one call in a slot to the start of the next.
    """

    steady: float
    whole: float
    start: float
    tail: float
    provider: float
    ledger: float
    between: float

    def __str__(self) -> str:
        return (
            f"{self.steady:.2f}/s steady ({self.whole:.2f}/s from first call to last; start {self.start:.1f} s, tail {self.tail:.1f} s; "
            f"a slot per record: request {self.provider:.0f} ms, ledger {self.ledger:.1f} ms, between calls {self.between:.1f} ms)"
        )


def run(say: Callable[[str], None]) -> list[Row]:
    """Both in turn, with other creators in each round; then how many of malformed answers a repair mends."""
    ours: list[Pace] = []
    peer: list[float] = []
    with (
        private_stack(
            ["postgres", "redis", "s3", "sandbox"], llm_concurrency=CALLS, llm_daily_budget_usd=1_000
        ) as settings,
        SandboxControl(f"http://127.0.0.1:{settings.sandbox_port}", timeout=60) as model,
    ):
        for repeat in range(REPEATS):
            model.reset_llm()
            model.set_llm(latency_seconds=LATENCY_SECONDS, latency_jitter=0.0)
            numbers = range(repeat * CREATORS, (repeat + 1) * CREATORS)
            ours.append(_by_workers(settings, numbers))
            paid = model.completions()["total"]
            if paid != CREATORS:
                raise RuntimeError(f"{paid} calls for {CREATORS} creators")
            peer.append(asyncio.run(_by_package(settings, _questions(numbers))))
            load = os.getloadavg()[0]
            say(f"round {repeat + 1} of {REPEATS}: ours {ours[-1]}; peer {peer[-1]:.2f}/s; load {load:.1f}")
        model.reset_llm()
        model.set_llm(malformed_share=MALFORMED_SHARE, malformed_repairs_share=MALFORMED_SHARE)
        with_repair, without = _valid(settings)
        say(f"valid after at most one repair: {with_repair:.3f} %")
    return [
        Row(
            what=f"records of queue mode, {PROCESSES} processes × {CALLS}, steady",
            unit="records/s",
            ours=[pace.steady for pace in ours],
            peer=peer,
            peer_name=f"openai package, semaphore of {SLOTS}",
            target=REACH * BOUND,
            note=f"the bound is {BOUND:g}/s: ten at once, {LATENCY_SECONDS:g} s each, by the stand-in; {CREATORS:,} creators in each round, "
            f"`upbeat work --flow {FLOW} --processes {PROCESSES}`. " + "; ".join(map(str, ours)),
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


def _by_workers(settings: Settings, numbers: range) -> Pace:
    """One run of the command over creators of its own."""
    _enqueue(settings, numbers)
    began = time.time()
    told = _work(settings)
    if told["complete"] != len(numbers):
        raise RuntimeError(f"of {len(numbers)} tasks {told['complete']} were completed")
    with psycopg.connect(settings.postgres_dsn(), row_factory=tuple_row) as connection:
        calls = connection.execute(
            """SELECT EXTRACT(EPOCH FROM started_at)::float8, EXTRACT(EPOCH FROM ended_at)::float8, latency_seconds
               FROM beat.llm_call ORDER BY call_id DESC LIMIT %s""",
            [len(numbers)],
        ).fetchall()
    return pace_of(calls, began)


def pace_of(calls: Sequence[tuple[float, float, float]], began: float) -> Pace:
    """The pace of calls, each with its start and end (Unix seconds) and the time of its request (seconds)."""
    ends = sorted(ended for _, ended, _ in calls)
    first, last = ends[EDGE - 1], ends[-EDGE - 1]
    steady = _steady(ends)
    within = [(ended - started, latency) for started, ended, latency in calls if first < ended <= last]
    held = sum(seconds for seconds, _ in within) / len(within)
    provider = sum(latency for _, latency in within) / len(within)
    return Pace(
        steady=steady,
        whole=len(calls) / (ends[-1] - min(started for started, _, _ in calls)),
        start=first - began,
        tail=ends[-1] - last,
        provider=1_000 * provider,
        ledger=1_000 * (held - provider),
        between=1_000 * (SLOTS / steady - held),
    )


def _steady(ends: Sequence[float]) -> float:
    """Ends a second between the edges; a whole number of tens of them."""
    counted = (len(ends) - 2 * EDGE) // SLOTS * SLOTS
    return counted / (ends[EDGE - 1 + counted] - ends[EDGE - 1])


def _enqueue(settings: Settings, numbers: range) -> None:
    """Creators with a biography and captions, and a task for each."""
    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.queue.tasks import NewTask
    from upbeat.stores.postgres import transaction

    flow = flow_named(FLOW)
    with transaction(settings) as connection:
        connection.execute(
            """INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at)
               SELECT number::text, 'made.up.' || number, 'Food of Pune, mom of ' || number, 'benchmark', now()
               FROM unnest(%s::integer[]) AS number""",
            [list(numbers)],
        )
        connection.execute(
            """INSERT INTO beat.instagram_post (post_id, profile_id, handle, caption, published_at, source, observed_at)
               SELECT number || '_' || post, number::text, 'made.up.' || number, 'Recipe ' || post || ' of ' || number,
                      now() - make_interval(days => post), 'benchmark', now()
               FROM unnest(%s::integer[]) AS number, generate_series(1, %s) AS post""",
            [list(numbers), POSTS],
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


def _work(settings: Settings) -> dict[str, Any]:
    """The command of a user, until nothing is left; what it says of the run."""
    environment = {**os.environ, **settings_environment(settings), "UPBEAT_LOG_LEVEL": "WARNING"}
    command = ("work", "--flow", FLOW, "--processes", str(PROCESSES), "--until-idle", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "upbeat.cli", *command],
        env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    told: dict[str, Any] = orjson.loads(done.stdout)
    return told


async def _by_package(settings: Settings, questions: list[Question]) -> float:
    """Answers a second by the package alone, counted as ours."""
    from openai import AsyncOpenAI

    from upbeat.enrichment.providers import provider_of
    from upbeat.enrichment.request import request_body

    slots = asyncio.Semaphore(SLOTS)
    ends: list[float] = []
    async with AsyncOpenAI(base_url=provider_of(settings).base_url, api_key="none", max_retries=0) as client:

        async def ask(question: Question) -> None:
            async with slots:
                await client.chat.completions.create(**request_body(question))
                ends.append(time.perf_counter())

        await asyncio.gather(*map(ask, questions))
    return _steady(ends)


def _questions(numbers: range) -> list[Question]:
    from upbeat.enrichment.ask import ask
    from upbeat.enrichment.prompt_files import shipped_prompt
    from upbeat.enrichment.question import Subject
    from upbeat.records import Platform

    prompt = shipped_prompt(KIND)
    return [
        ask(
            prompt,
            Subject(
                platform=Platform.INSTAGRAM,
                profile_id=str(number),
                handle=f"made.up.{number}",
                biography=f"Food of Pune, mom of {number}",
                captions=tuple(f"Recipe {post} of {number}" for post in range(1, POSTS + 1)),
            ),
            model=prompt.model,
            is_sandbox=True,
        )
        for number in numbers
    ]


def _valid(settings: Settings) -> tuple[float, float]:
    """Per cent of answers that fit the schema, with repairs and had there been none; the workers ask, too."""
    first = REPEATS * CREATORS
    before, _, _ = _answers(settings)
    _enqueue(settings, range(first, first + ANSWERS))
    _work(settings)
    answers, unfit, repairs = _answers(settings)
    if answers - before != ANSWERS:
        raise RuntimeError(f"{answers - before} answers to {ANSWERS} questions")
    return 100 * (ANSWERS - unfit) / ANSWERS, 100 * (ANSWERS - repairs) / ANSWERS


def _answers(settings: Settings) -> tuple[int, int, int]:
    """Of the ledger: answers, those that are of no use, and repairs that were asked for."""
    with psycopg.connect(settings.postgres_dsn(), row_factory=tuple_row) as connection:
        row = connection.execute(
            """SELECT (SELECT count(*) FROM beat.llm_answer),
                      (SELECT count(*) FROM beat.llm_answer WHERE outcome <> 'answered'),
                      (SELECT count(*) FROM beat.llm_call WHERE is_repair)"""
        ).fetchone()
    if row is None:
        raise RuntimeError("a sum without a row")
    return row
