"""Processes of the API are replaced while requests come: none is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import httpx
import pytest
from tests.api_fleet import ApiProcess, Load, replace_one_by_one
from tests.integration.api.conftest import MakeKey
from tests.process_family import running_children

from upbeat.embedded.ports import free_ports
from upbeat.settings import Settings

pytestmark = pytest.mark.timeout(600)
PATH = "/v1/freshness"
PER_SECOND = 15


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"api_drain_notice_seconds": 1.0})


@pytest.fixture
def two(quick: Settings) -> Iterator[list[ApiProcess]]:
    # The notice is longer than a busy machine may need between choosing a process and connecting to it.
    patience = quick.model_copy(update={"api_body_seconds": 20.0, "api_drain_notice_seconds": 6.0})
    processes = [ApiProcess(patience, port, patient=True) for port in free_ports(2)]
    yield processes
    for process in processes:
        process.kill()


@pytest.fixture
def service(quick: Settings) -> Iterator[ApiProcess]:
    patience = quick.model_copy(update={"api_body_seconds": 120.0, "api_drain_seconds": 120.0})
    service = ApiProcess(patience, *free_ports(1), workers=2)
    yield service
    service.kill()


async def answer_to(process: ApiProcess, sent: str) -> bytes:
    """What comes back for a part of a request after which nothing follows, until the process closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(sent.encode())
    answer = await reader.read()
    writer.close()
    return answer


def workers_of(service: ApiProcess) -> set[int]:
    """Its workers that run: one that has ended may wait for a slower one of before it until the service looks."""
    assert service.process is not None
    return running_children(service.process.pid)


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
    slow_head, endless_head, slow_body = await asyncio.gather(
        answer_to(two[0], "GET /health/live HTTP/1.1\r\nHost"),
        answer_to(two[0], f"GET /health/live HTTP/1.1\r\nX: {'x' * 2**20}"),
        answer_to(two[0], "POST /health/drain HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\n\r\n1"),
    )

    assert set(outcomes) == {"200"}
    assert slow_head == b""
    assert endless_head.startswith(b"HTTP/1.1 431 ")
    assert b"a request's head may have 65,536 bytes" in endless_head
    assert slow_body.startswith(b"HTTP/1.1 408 ")


async def test_workers_of_one_port_are_replaced_and_a_request_under_way_is_finished(
    service: ApiProcess, make_api_key: MakeKey
) -> None:
    service.start()
    key = make_api_key(rate="100000/min")
    before = workers_of(service)
    # None of them hears the Ctrl-C that is meant for the service.
    assert os.getpgrp() not in {os.getpgid(worker) for worker in before}
    drained = await asyncio.to_thread(
        httpx.post, f"{service.url}/health/drain", headers={"X-API-Key": key}, timeout=240
    )
    load = Load([service.url], PATH, key, PER_SECOND, balance=False)
    running = asyncio.create_task(load.run())

    service.signal(signal.SIGHUP)
    while before & workers_of(service):  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.1)
    load.stop()
    outcomes = await running
    counts = await asyncio.to_thread(
        httpx.get, f"{service.url}/metrics", headers={"X-API-Key": key}, timeout=240
    )

    assert set(outcomes) == {"200"}
    assert len(workers_of(service)) == 2
    assert drained.status_code == 200
    # The one that drained is gone, and what it counted is not.
    assert "upbeat_api_draining 0.0" in counts.text
    assert 'route="/health/drain",status="200"} 1.0' in counts.text

    # Its body is on its way when its worker is asked to leave, and then the service to end.
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = f"POST /health/drain HTTP/1.1\r\nHost: api\r\nX-API-Key: {key}\r\nContent-Length: 4\r\n\r\n1"
    writer.write(head.encode())
    await writer.drain()
    service.signal(signal.SIGHUP)
    while service.text().count("a process of the API is replaced") < 4:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.1)
    service.signal(signal.SIGTERM)
    while len(workers_of(service)) > 1:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.1)
    writer.write(b"234")
    answer = await reader.readline()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert await asyncio.to_thread(service.wait) == 0
    assert not service.is_ready()
