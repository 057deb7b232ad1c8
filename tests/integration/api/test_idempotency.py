"""Requests that are sent again because their answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from upbeat.api import idempotency
from upbeat.api.access import Caller
from upbeat.api.idempotency import answer_once
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState
from upbeat.settings import Settings

ADA = Caller("key:ada", frozenset(), "ada")
BOB = Caller("key:bob", frozenset(), "bob")
ONE, OTHER = b"1" * 32, b"2" * 32


class Orders:
    """Counts its effects."""

    def __init__(self, state: ApiState) -> None:
        self.state = state
        self.made = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def send(self, caller: Caller, key: str | None, request: bytes = ONE, status: int = 201) -> Any:
        async def make() -> tuple[int, Any]:
            # The locks of the request itself wait as long as without a key.
            assert await (await connection.execute("SHOW lock_timeout")).fetchone() == ("0",)
            self.made += 1
            number = self.made
            self.begun.set()
            await self.go_on.wait()
            if status >= 400:
                raise ProblemError(status, "Refused", "no")
            return status, {"order": number, "amount": 1.50, "a": None}

        async with self.state.transaction() as connection:
            return await answer_once(connection, caller, key, request, make)


@pytest.fixture
async def orders(settings: Settings) -> AsyncIterator[Orders]:
    state = ApiState(settings)
    yield Orders(state)
    await state.close()


async def test_a_repeat_gets_the_first_answer_byte_for_byte(orders: Orders) -> None:
    first = await orders.send(ADA, "k")
    again = await orders.send(ADA, "k")

    assert (orders.made, first.status_code, again.status_code) == (1, 201, 201)
    assert first.body == again.body
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_without_a_key_or_of_another_caller_it_is_another_request(orders: Orders) -> None:
    for caller, key in ((ADA, None), (ADA, None), (ADA, "k"), (BOB, "k"), (ADA, "l")):
        await orders.send(caller, key)

    assert orders.made == 5


async def test_a_key_with_another_request_is_refused_and_does_nothing(orders: Orders) -> None:
    await orders.send(ADA, "k")

    with pytest.raises(ProblemError, match="another request has it") as refused:
        await orders.send(ADA, "k", OTHER)

    assert (refused.value.status, orders.made) == (409, 1)


async def test_what_ended_in_a_problem_may_be_tried_again(orders: Orders) -> None:
    with pytest.raises(ProblemError):
        await orders.send(ADA, "k", status=422)

    assert (await orders.send(ADA, "k")).status_code == 201


async def test_of_two_at_once_one_is_done_and_both_get_its_answer(orders: Orders) -> None:
    orders.go_on.clear()
    sent = [asyncio.create_task(orders.send(ADA, "k")) for _ in range(4)]
    await orders.begun.wait()
    orders.go_on.set()
    answers = await asyncio.gather(*sent)

    assert orders.made == 1
    assert len({answer.body for answer in answers}) == 1


async def test_a_first_request_that_takes_too_long_is_told(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_WAIT", "50ms")
    orders.go_on.clear()
    first = asyncio.create_task(orders.send(ADA, "k"))
    await orders.begun.wait()

    with pytest.raises(ProblemError, match="not done yet") as refused:
        await orders.send(ADA, "k")
    orders.go_on.set()

    assert (refused.value.status, (await first).status_code) == (409, 201)


async def test_answers_are_forgotten_after_a_day(orders: Orders) -> None:
    for number in range(3):
        await orders.send(ADA, f"old-{number}")
    async with orders.state.connection() as connection:
        await connection.execute("UPDATE beat.api_request SET created_at = now() - interval '25 hours'")
    await orders.send(ADA, "new")
    async with orders.state.connection() as connection:
        left = await (await connection.execute("SELECT idempotency_key FROM beat.api_request")).fetchall()

    assert left == [("new",)]
