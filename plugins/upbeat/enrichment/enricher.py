"""Answers questions: from what was paid for already, else by a paid call and at most one repair.

Between any two steps the process may die. What was settled is never paid for again; a call that was cut short is counted as lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.ledger import Ledger
from upbeat.enrichment.ledger_rows import Held, Mode, Settlement
from upbeat.enrichment.prices import cost_of, most_of
from upbeat.enrichment.question import Question, QuestionKey
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.errors import (
    AccessRefusedError,
    BackOffError,
    DropError,
    InputError,
    StoreUnavailableError,
    ThrottledError,
    UnansweredError,
)
from upbeat.failpoints import failpoint
from upbeat.llm_settings import ModelPrice
from upbeat.logs import get_logger

TURN_SECONDS = 5.0
"""Longest that a question waits in its slot while another worker asks the same one; then its task is put back."""

LOOK_SECONDS = 0.1
SLOT_SECONDS = 60.0
"""Longest that a question waits until fewer calls are under way: a provider that keeps everyone waiting must not use up a task's time."""

BATCH_SECONDS = 600.0
"""When a question that a batch asks is looked at again."""

SETTLE_TRIES = 8
SETTLE_FIRST_WAIT_SECONDS = 0.25
"""Doubles: an answer that was paid for is held for half a minute where Postgres is away."""

_NOT_PAID = (BackOffError, DropError, AccessRefusedError)

Result = TypeVar("Result")

log = get_logger("enrichment")


class Asks(Protocol):
    """What asks a language model: `ChatClient`."""

    async def complete(self, question: Question, repair: Completion | None = None) -> Completion:
        """One call. Raises the classes of `upbeat.errors`."""
        ...


@dataclass(frozen=True)
class Enricher:
    """One per process; many questions at once.

    Attributes:
        calls: bounds the calls under way; None leaves it to who asks. What a question needs before and after its call (the answers that are
            there, the creator's text, the row that is written) goes on beside it, so that the bound is kept busy.
    """

    client: Asks
    ledger: Ledger
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.monotonic
    calls: asyncio.Semaphore | None = None

    async def answer(self, question: Question, mode: Mode = "queue") -> StoredAnswer:
        """The answer to a question, which is paid for once, whoever asks it how often. It may be of no use: see its `outcome`.

        Raises:
            BudgetExhaustedError: the day's budget has no room for the call.
            ThrottledError: another worker, or a batch, asks the same question and has not ended; or no call came to its end for a minute.
            BackOffError, DropError, AccessRefusedError: as the client.
            InputError: the model has no price.
            StoreUnavailableError: Postgres does not answer.
        """
        key, waiting_since = question.key, self.now()
        price = price_of(key.model, self.ledger)
        while True:
            stored = (await self.ledger.answers([key])).get(key)
            if stored is not None:
                return stored
            reserve = most_of(question, price, batch=False)
            async with self._slot():
                call_id = await self._start(question, mode, reserve)
                if call_id is not None:
                    failpoint("llm_call_started")
                    await self._ask(question, mode, price, call_id)
            if call_id is None:
                await self._wait_for_turn(key, waiting_since)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """From the start of a call until it is settled: a kill cuts short no more calls than may be under way."""
        if self.calls is None:
            yield
            return
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self.calls.acquire()
        except TimeoutError:
            raise ThrottledError(
                f"the calls under way have not ended for {SLOT_SECONDS:g} s", retry_after=SLOT_SECONDS
            ) from None
        try:
            yield
        finally:
            self.calls.release()

    async def _start(self, question: Question, mode: Mode, reserve: int) -> int | None:
        """As `Ledger.start`. A task that is cancelled meanwhile leaves no call open: this one was not sent."""
        starting = asyncio.create_task(self.ledger.start(question, mode=mode, reserve=reserve))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError as error:
            await asyncio.wait([starting])
            if starting.exception() is None and (call_id := starting.result()) is not None:
                await _to_the_end(self._end(call_id, error, sent=False))
            raise

    async def _ask(self, question: Question, mode: Mode, price: ModelPrice, call_id: int) -> None:
        """Pays for the answer of a call that was started, and settles it."""
        found = await self._complete(question, call_id)
        settlement = _settlement(call_id, found, price)
        if found.outcome == "malformed":
            await self.repair(settlement, question, mode)
        else:
            await self._held(lambda: self.ledger.settle(settlement))
            failpoint("llm_answer_settled")

    async def repair(self, malformed: Settlement, question: Question, mode: Mode) -> None:
        """Settles a malformed answer, pays for its one repair at once, and settles that.

        Raises:
            As `answer`; whatever it is, the malformed answer is settled, and is asked anew by whoever asks next.
        """
        price, found = price_of(question.key.model, self.ledger), malformed.completion
        # The price of a repair is known only now: it shows the model what it wrote.
        reserve = most_of(question, price, batch=False, repair=found)
        call_id = await self._held(
            lambda: self.ledger.settle_for_repair(
                replace(malformed, final=False), question, mode=mode, reserve=reserve
            )
        )
        failpoint("llm_repair_started")
        repaired = await self._complete(question, call_id, found)
        settlement = replace(_settlement(call_id, repaired, price), earlier=found.usage)
        await self._held(lambda: self.ledger.settle(settlement))
        failpoint("llm_answer_settled")

    async def _complete(
        self, question: Question, call_id: int, repair: Completion | None = None
    ) -> Completion:
        """The client's answer. A call that ends without one is ended in the ledger, too, whatever ended it."""
        try:
            found = await self.client.complete(question, repair)
        except BaseException as error:
            # A task that is cancelled has been sent for all that, and has to be counted.
            await _to_the_end(self._end(call_id, error))
            raise
        failpoint("llm_answer_received")
        return found

    async def _end(self, call_id: int, error: BaseException, *, sent: bool = True) -> None:
        problem = str(error) or type(error).__name__
        refused = isinstance(error, _NOT_PAID) and not isinstance(error, UnansweredError)
        try:
            if refused or not sent:
                await self.ledger.fail(call_id, problem=problem)
            else:
                await self.ledger.lose(call_id, problem=problem)
        except StoreUnavailableError:
            log.warning("a call without an answer stays open until its lease has ended", call=call_id)

    async def _held(self, settle: Callable[[], Awaitable[int]]) -> int:
        """Settles what was paid for, through an absence of Postgres and a cancelled task."""
        return await _to_the_end(self._through_absence(settle))

    async def _through_absence(self, settle: Callable[[], Awaitable[int]]) -> int:
        for number in range(SETTLE_TRIES):
            try:
                return await settle()
            except StoreUnavailableError:
                if number + 1 == SETTLE_TRIES:
                    raise
                await self.sleep(SETTLE_FIRST_WAIT_SECONDS * 2**number)
        raise AssertionError("unreachable")

    async def _wait_for_turn(self, key: QuestionKey, since: float) -> None:
        """Returns when it is worth while to look again. Raises `ThrottledError` for a question that takes longer."""
        held = await self.ledger.holder(key)
        if held is None:
            return
        if held.batch_key is not None:
            raise ThrottledError(
                f"batch {held.batch_key} asks this question already", retry_after=BATCH_SECONDS
            )
        if held.age > self.ledger.lease_seconds:
            await self.ledger.mark_lost()
            return
        if self.now() - since >= TURN_SECONDS:
            raise ThrottledError(
                f"another worker asks this question (call {held.call_id})", retry_after=self._left(held)
            )
        await self.sleep(LOOK_SECONDS)

    def _left(self, held: Held) -> float:
        """Seconds after which to try again: soon while the other may well be at work, at the end of the lease at the latest."""
        rest = self.ledger.lease_seconds - held.age
        return max(1.0, min(rest, self.ledger.settings.llm_timeout_seconds))


def price_of(model: str, ledger: Ledger) -> ModelPrice:
    """The price of a model. Raises `InputError` where none is known: an unpriced call would pass the budget unseen."""
    price = ledger.settings.llm_price(model)
    if price is None:
        raise InputError(f"model {model}: its price is not known: state it in UPBEAT_LLM_PRICES")
    return price


async def _to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Does the work also when its task is cancelled meanwhile: the task is cancelled afterwards."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _settlement(call_id: int, found: Completion, price: ModelPrice) -> Settlement:
    cost = cost_of(found.usage, price, batch=False)
    return Settlement(call_id=call_id, completion=found, cost=cost, final=True)
