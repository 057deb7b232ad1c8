"""The connection of claims: a plan that stays good, answers and notifications on one socket, and its loss in mid-claim."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import uvloop
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.claim_line import PLAN_OPTIONS, ClaimLine
from upbeat.queue.statements import SQL
from upbeat.queue.store import claim_arguments
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.settings import Settings

FLOW = (Platform.SHOPIFY, "orders")
CLAIMING = "SELECT pid FROM pg_stat_activity WHERE application_name = 'upbeat:claims' AND datname = current_database()"


@pytest.fixture
def postgres(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
async def line(settings: Settings, notices: list[str]) -> AsyncIterator[ClaimLine]:
    line = ClaimLine(settings.postgres_dsn(), worker="w", lease_seconds=60, on_notice=notices.append)
    yield line
    await line.close()


def add(postgres: psycopg.Connection[Any], first: int, count: int) -> None:
    platform, flow = FLOW
    enqueue_many(
        postgres,
        (NewTask(idempotency_key=f"k{n}", platform=platform, flow=flow) for n in range(first, first + count)),
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_a_claim_that_is_planned_on_an_empty_queue_goes_by_the_indexes(settings: Settings) -> None:
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, options=PLAN_OPTIONS) as connection:
        connection.execute("VACUUM ANALYZE beat.scrape_request_log, beat.task_ready, beat.task_lease")
        connection.execute(f"PREPARE planned AS {SQL['claim']}".encode())
        arguments = claim_arguments({FLOW: 5}, 5, str(uuid4()), "w", 60)
        given = ", ".join(f"'{argument}'" for argument in arguments)
        row = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE planned({given})".encode()).fetchone()
    assert row is not None
    reads = [
        node for node in nodes(row[0][0]["Plan"]) if node.get("Relation Name") and "Scan" in node["Node Type"]
    ]
    assert {node["Relation Name"] for node in reads} == {"task_ready", "scrape_request_log"}
    assert all(node.get("Index Cond") or node.get("TID Cond") for node in reads), reads


async def test_a_claim_of_more_flows_than_a_socket_buffer_holds_is_answered(
    line: ClaimLine, postgres: psycopg.Connection[Any]
) -> None:
    add(postgres, 0, 3)
    many = {(Platform.SHOPIFY, f"flow_{n}_" + 200 * "x"): 1 for n in range(30_000)}
    assert len(await line.claim({**many, FLOW: 10}, 40_000)) == 3


async def test_notifications_that_come_during_a_claim_are_heard(
    line: ClaimLine, postgres: psycopg.Connection[Any], notices: list[str]
) -> None:
    await line.open()
    with postgres.transaction():
        postgres.execute("LOCK beat.task_ready")
        claiming = asyncio.create_task(line.claim({FLOW: 10}, 10))
        await blocked(postgres)
        add(postgres, 0, 1)
    tasks = await claiming
    while not notices:  # noqa: ASYNC110 (another process is looked at)
        await asyncio.sleep(0.01)
    assert notices == ["shopify.orders"]
    assert len(tasks) + len(await line.claim({FLOW: 10}, 10)) == 1


@pytest.mark.parametrize("how", ["the backend ends", "the claim is cancelled"])
async def test_after_a_claim_that_was_not_answered_the_next_one_connects_anew(
    line: ClaimLine, postgres: psycopg.Connection[Any], how: str
) -> None:
    add(postgres, 0, 3)
    await line.open()
    with postgres.transaction():
        postgres.execute("LOCK beat.task_ready")
        claiming = asyncio.create_task(line.claim({FLOW: 10}, 10))
        pid = await blocked(postgres)
        if how == "the backend ends":
            postgres.execute("SELECT pg_terminate_backend(%s)", [pid])
            with pytest.raises(psycopg.OperationalError):
                await claiming
        else:
            claiming.cancel()
            with pytest.raises(asyncio.CancelledError):
                await claiming
            postgres.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert len(await line.claim({FLOW: 10}, 10)) == 3


class Relay:
    """Carries one connection to Postgres, and resets it where Postgres ends it: so it does when it leaves a statement unread."""

    def __init__(self, dsn: str) -> None:
        told = conninfo_to_dict(dsn)
        self._address = (str(told["host"]), int(told["port"] or 5432))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.dsn = make_conninfo(dsn, port=self._listening.getsockname()[1])
        self.carrying = threading.Thread(target=self._carry, daemon=True)
        self.carrying.start()

    def _carry(self) -> None:
        client, _ = self._listening.accept()
        self._listening.close()
        with client, socket.create_connection(self._address) as server:
            threading.Thread(target=_copy, args=(client, server), daemon=True).start()
            _copy(server, client)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Ends the other copy, which would keep the socket from being closed.
            client.shutdown(socket.SHUT_RD)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)


def test_a_claim_whose_connection_is_reset_with_the_last_word_of_postgres_fails_and_does_not_wait_for_ever(
    settings: Settings, postgres: psycopg.Connection[Any]
) -> None:
    async def claim_and_lose(relay: Relay) -> None:
        line = ClaimLine(relay.dsn, worker="w", lease_seconds=60, on_notice=lambda payload: None)
        await line.open()
        with postgres.transaction():
            postgres.execute("LOCK beat.task_ready")
            claiming = asyncio.create_task(line.claim({FLOW: 10}, 10))
            pid = await blocked(postgres)
            # Not awaited: the loop is to find the last word and the reset together.
            postgres.execute("SELECT pg_terminate_backend(%s)", [pid])
            relay.carrying.join(60)
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(claiming, 240)

    relay = Relay(settings.postgres_dsn())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop of workers
        runner.run(claim_and_lose(relay))


async def blocked(postgres: psycopg.Connection[Any]) -> int:
    """The backend of the claims, once it waits for a lock."""
    while (row := postgres.execute(CLAIMING + " AND wait_event_type = 'Lock'").fetchone()) is None:  # noqa: ASYNC110 (another process is looked at)
        await asyncio.sleep(0.01)
    return int(row[0])
