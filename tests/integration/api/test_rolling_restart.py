"""Processes of the API are replaced while requests come: none is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import psutil
import pytest
from tests.api_fleet import ApiProcess, Load, replace_one_by_one
from tests.integration.api.conftest import MakeKey

from upbeat.embedded.ports import free_ports
from upbeat.settings import Settings

pytestmark = pytest.mark.timeout(300)
PATH = "/v1/openapi.json"
PER_SECOND = 40


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"api_drain_notice_seconds": 1.0})


@pytest.fixture
def two(quick: Settings) -> Iterator[list[ApiProcess]]:
    patience = quick.model_copy(update={"api_body_seconds": 5.0})
    processes = [ApiProcess(patience, port) for port in free_ports(2)]
    yield processes
    for process in processes:
        process.kill()


@pytest.fixture
def service(quick: Settings) -> Iterator[ApiProcess]:
    service = ApiProcess(quick, *free_ports(1), workers=2)
    yield service
    service.kill()


async def answer_to(process: ApiProcess, sent: str) -> bytes:
    """What comes back for a part of a request after which nothing follows, until the process closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(sent.encode())
    answer = await reader.read()
    writer.close()
    return answer


async def test_two_processes_behind_a_balancer_are_replaced_without_a_failed_request_and_wait_for_no_slow_client(
    two: list[ApiProcess], make_api_key: MakeKey
) -> None:
    for process in two:
        process.start()
    key = make_api_key(rate="100000/min")
    load = Load([process.url for process in two], PATH, key, PER_SECOND)
    running = asyncio.create_task(load.run())

    await replace_one_by_one(two, load, key)
    load.stop()
    outcomes = await running
    slow_head, slow_body = await asyncio.gather(
        answer_to(two[0], "GET /health/live HTTP/1.1\r\nHost"),
        answer_to(two[0], "POST /health/drain HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\n\r\n1"),
    )

    assert set(outcomes) == {"200"}
    assert slow_head == b""
    assert slow_body.startswith(b"HTTP/1.1 408 ")


async def test_workers_of_one_port_are_replaced_and_a_request_under_way_is_finished(
    service: ApiProcess, make_api_key: MakeKey
) -> None:
    service.start()
    assert service.process is not None
    key = make_api_key(rate="100000/min")
    before = {child.pid for child in psutil.Process(service.process.pid).children()}
    load = Load([service.url], PATH, key, PER_SECOND, balance=False)
    running = asyncio.create_task(load.run())

    service.signal(signal.SIGHUP)
    while before & {child.pid for child in psutil.Process(service.process.pid).children()}:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.1)
    load.stop()
    outcomes = await running
    after = {child.pid for child in psutil.Process(service.process.pid).children()}

    assert set(outcomes) == {"200"}
    assert len(after) == 2

    # Its body is on its way when the service is asked to end.
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = f"POST /health/drain HTTP/1.1\r\nHost: api\r\nX-API-Key: {key}\r\nContent-Length: 4\r\n\r\n1"
    writer.write(head.encode())
    await writer.drain()
    service.signal(signal.SIGTERM)
    await asyncio.sleep(1.5)
    writer.write(b"234")
    answer = await reader.readline()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert await asyncio.to_thread(service.wait) == 0
    assert not service.is_ready()
