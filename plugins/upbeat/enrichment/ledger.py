"""The ledger of paid questions: each call is written down before it is sent, and with its answer in one transaction afterwards.

What is settled is found again by `answers`, whatever becomes of the process that asked. What is not settled when its process dies stays
`started` until `mark_lost` counts the most that it can have cost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from upbeat.enrichment.budget import Spend, in_nanodollars, refused
from upbeat.enrichment.client import TRIES_IN_TROUBLE
from upbeat.enrichment.ledger_rows import (
    Held,
    Mode,
    NewCall,
    Settlement,
    answer_of,
    encode_settlements,
    key_of,
    of_key,
    of_keys,
)
from upbeat.enrichment.question import Question, QuestionKey
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.errors import StoreUnavailableError, ThrottledError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE, async_pool

SQL = load_statements(Path(__file__).with_name("ledger.sql"))
MARGIN_SECONDS = 30.0
"""Beside the time that a call may take: for a process that was slow to write down how it ended."""

LOST_CLAIM_SECONDS = 5.0
"""When to look again for an answer that somebody else asks for by now."""

_KEYS_AT_ONCE = 5_000

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of calls that were to be started together.

    Attributes:
        calls: ids of those that were started.
        held: questions that are under way elsewhere, or answered by now.
        refused: for which the day's budget has no room.
    """

    calls: dict[QuestionKey, int]
    held: tuple[QuestionKey, ...] = ()
    refused: tuple[QuestionKey, ...] = ()


class Ledger:
    """The calls, the answers and the budget in Postgres, over the pool of a process. Every method is one transaction, and
    what is one statement needs no other word for it: the pool's connections commit each.

    All raise `StoreUnavailableError` when Postgres does not answer.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Connection],
        settings: Settings,
        *,
        margin_seconds: float = MARGIN_SECONDS,
    ) -> None:
        self._pool = pool
        self._margin = margin_seconds
        self.settings = settings

    @property
    def lease_seconds(self) -> float:
        """How long a call may be under way; who has not settled it by then is gone."""
        longest = TRIES_IN_TROUBLE * self.settings.llm_timeout_seconds
        return self.settings.llm_backoff_seconds + longest + self._margin

    @property
    def budget(self) -> int:
        """Of a day, in nanodollars."""
        return in_nanodollars(self.settings.llm_daily_budget_usd)

    async def answers(self, keys: Iterable[QuestionKey]) -> dict[QuestionKey, StoredAnswer]:
        """What was paid for already; questions without an answer are left out."""
        wanted = list(dict.fromkeys(keys))
        found: dict[QuestionKey, StoredAnswer] = {}
        async with self._connection() as connection:
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                piece = of_keys(wanted[start : start + _KEYS_AT_ONCE])
                rows = await (await connection.execute(SQL["answers"], piece)).fetchall()
                found |= {answer.key: answer for answer in map(answer_of, rows)}
        return found

    async def start(
        self,
        question: Question,
        *,
        mode: Mode,
        reserve: int,
        is_repair: bool = False,
        batch_key: str | None = None,
    ) -> int | None:
        """Write down a call that is about to be sent, and reserve the most that it can cost (nanodollars).

        Returns:
            The call's id. None where the question is under way elsewhere, or answered by now: nothing was written, look again.

        Raises:
            BudgetExhaustedError: the day has no room for it: one clear line.
        """
        # In a pipeline, whose first round trip takes the transaction's begin along: a call's slot is held meanwhile.
        async with (
            self._connection() as connection,
            connection.pipeline(),
            connection.transaction() as transaction,
        ):
            call_id, error = await self._open(connection, question, mode, reserve, is_repair, batch_key)
            if call_id is None:
                raise psycopg.Rollback(transaction)
        if error is not None:
            raise error
        return call_id

    async def settle_for_repair(
        self, settlement: Settlement, question: Question, *, mode: Mode, reserve: int
    ) -> int:
        """Settle a malformed answer and start the call that repairs it. The claim on the question is held all along.

        Raises:
            BudgetExhaustedError: the day has no room for the repair; the first call is settled all the same.
            ThrottledError: the claim was lost, for the call was taken for one of a process that is gone; the first call is settled
                all the same.
        """
        async with self._connection() as connection, connection.transaction():
            await _settle(connection, [settlement])
            async with connection.transaction() as inner:
                call_id, error = await self._open(connection, question, mode, reserve, True, None)
                if call_id is None:
                    raise psycopg.Rollback(inner)
        if error is not None:
            raise error
        if call_id is None:
            raise ThrottledError(
                f"call {settlement.call_id} was taken for lost, and its question is asked elsewhere",
                retry_after=LOST_CLAIM_SECONDS,
            )
        return call_id

    async def start_many(
        self, calls: Sequence[NewCall], *, mode: Mode, batch_key: str | None = None
    ) -> Opened:
        """As `start`, for many questions at once and all of the same provider: the first ones, as many as the day has room for."""
        if not calls:
            return Opened(calls={})
        async with self._connection() as connection, connection.transaction():
            return await self.start_many_within(connection, calls, mode=mode, batch_key=batch_key)

    async def start_many_within(
        self, connection: Connection, calls: Sequence[NewCall], *, mode: Mode, batch_key: str | None = None
    ) -> Opened:
        """As `start_many`, in the caller's transaction: what belongs to the calls is written with them."""
        by_key = {call.question.key: call for call in calls}
        is_sandbox = calls[0].question.key.is_sandbox
        values: dict[str, Any] = dict(of_keys(by_key))
        values |= {
            "reserves": [call.reserve for call in by_key.values()],
            "mode": mode,
            "batch_key": batch_key,
        }
        opened = await (await connection.execute(SQL["open_calls"], values)).fetchall()
        started = {key_of(row[1:]): int(row[0]) for row in opened}
        gone = await connection.execute(SQL["close_answered"], {"calls": list(started.values())})
        answered = {row[0] for row in await gone.fetchall()}
        started = {key: call for key, call in started.items() if call not in answered}
        # The gate after the claims, as for a single call: two that went through them in opposite orders would wait for each other.
        day, spent, reserved = await _one(connection, "lock_spend", {"is_sandbox": is_sandbox})
        left = Spend(day=day, is_sandbox=is_sandbox, spent=spent, reserved=reserved).left(self.budget)
        fitting, over = _first_that_fit([call for key, call in by_key.items() if key in started], left)
        taken_back = [started[call.question.key] for call in over]
        await connection.execute(SQL["take_back"], {"calls": taken_back})
        kept = {call.question.key: started[call.question.key] for call in fitting}
        reserved_by = {"calls": list(kept.values()), "day": day, "is_sandbox": is_sandbox}
        await connection.execute(SQL["reserve"], reserved_by)
        return Opened(
            calls=kept,
            held=tuple(key for key in by_key if key not in started),
            refused=tuple(call.question.key for call in over),
        )

    async def settle(self, *settlements: Settlement) -> int:
        """End calls with what came back, and keep what is final; how many were not settled before.

        Once this returns nothing else is needed to find the answers again.
        """
        async with self._connection() as connection:
            return await _settle(connection, settlements)

    async def settle_within(self, connection: Connection, settlements: Sequence[Settlement]) -> int:
        """As `settle`, in the caller's transaction."""
        return await _settle(connection, settlements)

    async def end_within(
        self, connection: Connection, call_ids: Sequence[int], status: Literal["failed", "lost"], problem: str
    ) -> int:
        """As `fail` and `lose`, in the caller's transaction."""
        return await _end(connection, call_ids, status, problem)

    async def fail(self, *call_ids: int, problem: str) -> int:
        """End calls for which nothing was paid; their reservations are given back."""
        return await self._end(call_ids, "failed", problem)

    async def lose(self, *call_ids: int, problem: str) -> int:
        """End calls that may have been paid for: the most that they can have cost counts as spent."""
        return await self._end(call_ids, "lost", problem)

    async def mark_lost(self, older_than: float | None = None) -> int:
        """Count the calls of processes that are gone: under way for more than `older_than` seconds, by default the lease. How many."""
        seconds = self.lease_seconds if older_than is None else older_than
        async with self._connection() as connection, connection.transaction():
            rows = await (await connection.execute(SQL["overdue"], {"seconds": seconds})).fetchall()
            told = {"calls": [row[0] for row in rows], "status": "lost", "problem": "its process is gone"}
            return int((await _one(connection, "end_unanswered", told))[0])

    async def holder(self, key: QuestionKey) -> Held | None:
        """The call under way for a question."""
        async with self._connection() as connection:
            row = await (await connection.execute(SQL["holder"], of_key(key))).fetchone()
        return None if row is None else Held(call_id=row[0], mode=row[1], batch_key=row[2], age=row[3])

    async def _open(
        self,
        connection: Connection,
        question: Question,
        mode: Mode,
        reserve: int,
        is_repair: bool,
        batch_key: str | None,
    ) -> tuple[int | None, Exception | None]:
        """The id of a call that has passed the gate; without one the caller has to roll back, and raise the error if there is one.

        Both statements go to Postgres together. Where the first gives no call, what the second has reserved is rolled back, too.
        """
        values = {**of_key(question.key), "mode": mode, "reserve": reserve, "is_repair": is_repair}
        values |= {"batch_key": batch_key, "budget": self.budget}
        async with connection.pipeline():
            opening = await connection.execute(SQL["open_call"], values)
            admitting = await connection.execute(SQL["admit"], values)
        opened, gate = await opening.fetchone(), await admitting.fetchone()
        if opened is None or gate is None:
            return None, None
        (call_id, day), (answered, admitted) = opened, gate
        if answered or admitted:
            return (None if answered else call_id), None
        asked = {"day": day, "is_sandbox": question.key.is_sandbox}
        row = await (await connection.execute(SQL["spend_of"], asked)).fetchone() or (0, 0)
        spend = Spend(day=day, is_sandbox=question.key.is_sandbox, spent=row[0], reserved=row[1])
        return None, refused(spend, reserve, self.budget, now=datetime.now(UTC))

    async def _end(self, call_ids: Sequence[int], status: Literal["failed", "lost"], problem: str) -> int:
        async with self._connection() as connection:
            return await _end(connection, call_ids, status, problem)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (*UNAVAILABLE, PoolTimeout) as error:
            raise StoreUnavailableError("Postgres does not answer for the ledger of enrichment") from error


async def mark_lost_calls(settings: Settings) -> int:
    """Count the calls of processes that are gone, whether anybody asks their questions again or not; how many.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    try:
        async with async_pool(settings, max_size=1, application="upbeat:reaper") as pool:
            return await Ledger(pool, settings).mark_lost()
    except UNAVAILABLE as error:
        raise StoreUnavailableError(f"Postgres does not answer: {error}") from error


async def _settle(connection: Connection, settlements: Sequence[Settlement]) -> int:
    return int((await _one(connection, "settle", {"settled": encode_settlements(settlements)}))[0])


async def _end(
    connection: Connection, call_ids: Sequence[int], status: Literal["failed", "lost"], problem: str
) -> int:
    told = {"calls": list(call_ids), "status": status, "problem": problem}
    return int((await _one(connection, "end_unanswered", told))[0])


async def _one(connection: Connection, statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    row = await (await connection.execute(SQL[statement], values)).fetchone()
    if row is None:
        raise RuntimeError(f"the statement {statement} gave no row")
    return tuple(row)


def _first_that_fit(calls: Sequence[NewCall], room: int) -> tuple[list[NewCall], list[NewCall]]:
    """The first calls whose reserves fit into the room together, and the rest."""
    for number, call in enumerate(calls):
        room -= call.reserve
        if room < 0:
            return list(calls[:number]), list(calls[number:])
    return list(calls), []
