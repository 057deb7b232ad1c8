"""The runner of enrichment: reads a creator's public text from Postgres, asks a language model what it tells, gives the answer as a record.

The client's connections and pauses serve all tasks of a process: they are opened at the first one.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.crawlers.base import Capture
from upbeat.errors import AccessRefusedError, DropError, InputError, ThrottledError, UpbeatError
from upbeat.flows import Flow
from upbeat.ingestion.runner import Ran
from upbeat.logs import get_logger
from upbeat.queue.tasks import Task
from upbeat.records import Parsed
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.enrichment.client import ChatClient
    from upbeat.enrichment.enricher import Enricher
    from upbeat.enrichment.kinds import Kind
    from upbeat.enrichment.prompt import Prompt
    from upbeat.enrichment.question import Question
    from upbeat.enrichment.stored_answer import StoredAnswer
    from upbeat.enrichment.subjects import Creator

REFUSED_SECONDS = 600.0
"""When a task is run again that lacks no input but a setting (key, quota, prompt): a person has to act first."""

TELL_SECONDS = 60.0
LEDGER_CONNECTIONS = 2
"""Of a process. The worker's own are shared by tasks that read and by groups that are written: a call would wait for those in its slot."""

log = get_logger("workers.enrichment")


class Enriching:
    """Asks a language model about creators; a `Runner`. Use `close` when no task runs any more."""

    def __init__(self, settings: Settings, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self._settings = settings
        self._pool = pool
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._opened: tuple[ChatClient, Enricher] | None = None
        self._told_at = -TELL_SECONDS

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        """What the model tells; nothing where there is nothing to ask: then the task is complete all the same, and says why.

        Raises:
            InputError: the creator was never collected.
            ThrottledError: the day's budget is used up, the key is refused or missing, no prompt may answer, or another worker asks the
                same: the task is put back.
            DropError: the model's answer is of no use: it would be the same again.
        """
        from upbeat.enrichment.answer_columns import enrichment_of
        from upbeat.enrichment.ask import ask
        from upbeat.enrichment.subjects import why_not_asked

        try:
            client, enricher = await self._ready()
        except InputError as error:
            raise self._put_back(error) from error
        source = client.provider.source
        kind = cast("Kind", flow.method)
        prompt, creator = await self._read(task, kind)
        if why := why_not_asked(prompt, creator):
            log.info("nothing to ask", note=why)
            return Ran(source=source, parsed=Parsed(), details={"note": why})
        model = client.model_for(prompt)
        question = ask(prompt, creator.subject, model=model, is_sandbox=client.is_sandbox)
        answer = await self._answer(enricher, question)
        if answer.result is None:
            raise DropError(_no_result(prompt, creator, answer))
        fact = enrichment_of(creator.subject, answer, source=source)
        return Ran(source=source, parsed=Parsed(facts=[fact]), details=_details(answer))

    async def close(self) -> None:
        """Close the client's connections."""
        await self._stack.aclose()

    async def _ready(self) -> tuple[ChatClient, Enricher]:
        """The client and the enricher of this process. Raises `InputError` where a key is missing."""
        async with self._opening:
            if self._opened is None:
                from upbeat.enrichment.client import ChatClient
                from upbeat.enrichment.enricher import Enricher
                from upbeat.enrichment.ledger import Ledger
                from upbeat.stores.postgres import async_pool

                client = await self._stack.enter_async_context(ChatClient.from_settings(self._settings))
                # Not checked: a call whose start finds a dead connection was not sent, and an answer is settled again.
                pool = await self._stack.enter_async_context(
                    async_pool(
                        self._settings,
                        max_size=LEDGER_CONNECTIONS,
                        application=f"upbeat:ledger:{os.getpid()}",
                        checked=False,
                    )
                )
                calls = asyncio.Semaphore(self._settings.llm_concurrency)
                self._opened = client, Enricher(client, Ledger(pool, self._settings), calls=calls)
            return self._opened

    async def _answer(self, enricher: Enricher, question: Question) -> StoredAnswer:
        from upbeat.enrichment.budget import BudgetExhaustedError

        try:
            return await enricher.answer(question, "queue")
        except BudgetExhaustedError as error:
            self._tell(error)
            raise
        except AccessRefusedError as error:
            raise self._put_back(error) from error

    def _put_back(self, error: UpbeatError) -> ThrottledError:
        """For what a person mends in the settings: a whole queue must not fail by it."""
        self._tell(error)
        return ThrottledError(str(error), retry_after=REFUSED_SECONDS)

    def _tell(self, error: UpbeatError) -> None:
        """A task that is put back has no place for its reason: it is in the log, once in a while for all of them."""
        now = time.monotonic()
        if now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            log.warning("questions wait", reason=str(error))

    async def _read(self, task: Task, kind: Kind) -> tuple[Prompt, Creator]:
        from upbeat.enrichment.activation import active_prompt_async
        from upbeat.enrichment.subjects import find_creator

        async with self._pool.connection() as connection:
            try:
                prompt = await active_prompt_async(connection, self._settings, kind)
            except InputError as error:
                raise self._put_back(error) from error
            creator = await find_creator(
                connection, task.platform, task.params, captions=prompt.limits.captions
            )
        return prompt, creator


def _no_result(prompt: Prompt, creator: Creator, answer: StoredAnswer) -> str:
    detail = f": {answer.detail}" if answer.detail else ""
    return (
        f"{creator.subject.handle}: {answer.key.model} gave no answer to {prompt.name} ({answer.outcome}{detail}); it is not asked "
        "again until the creator's text, the prompt or the model is another"
    )


def _details(answer: StoredAnswer) -> dict[str, Any]:
    key = answer.key
    return {"model": key.model, "prompt_version": key.prompt_version, "is_sandbox": key.is_sandbox}
