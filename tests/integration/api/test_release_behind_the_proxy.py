"""The proxy of `include/deploy`, with Caddy itself: a release replaces the API's processes behind it, and no request is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.api_fleet import ApiProcess, Load
from tests.integration.api.conftest import MakeKey

from upbeat.embedded.ports import free_ports
from upbeat.settings import REPOSITORY, Settings

pytestmark = pytest.mark.timeout(600)
CADDYFILE = REPOSITORY / "include" / "deploy" / "Caddyfile"
PER_SECOND = 10


@pytest.fixture
def two(settings: Settings) -> Iterator[list[ApiProcess]]:
    quick = settings.model_copy(update={"api_drain_notice_seconds": 4.0})
    processes = [ApiProcess(quick, port, patient=True) for port in free_ports(2)]
    yield processes
    for process in processes:
        process.kill()


@pytest.fixture
def proxy(two: list[ApiProcess], tmp_path: Path) -> Iterator[str]:
    """URL of Caddy with the configuration of production; only ports differ."""
    port, airflow, health = free_ports(3)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path),
        "UPBEAT_SITE": f"http://127.0.0.1:{port}", "UPBEAT_AIRFLOW_SITE": f"http://127.0.0.1:{airflow}",
        "UPBEAT_AIRFLOW": "127.0.0.1:9", "UPBEAT_PROXY_HEALTH_PORT": str(health), "UPBEAT_LARGEST_BODY": "1KB",
        "UPBEAT_API_A": f"127.0.0.1:{two[0].port}", "UPBEAT_API_B": f"127.0.0.1:{two[1].port}",
    }  # fmt: skip
    command = [
        Path(sys.executable).with_name("caddy"),
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        CADDYFILE,
    ]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(240)


async def until_it_answers(url: str) -> None:
    async with httpx.AsyncClient(timeout=5) as client:
        for _ in range(600):
            try:
                if (await client.get(f"{url}/health/ready")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("the proxy does not answer")


async def test_both_processes_are_replaced_and_no_request_fails(
    two: list[ApiProcess], proxy: str, make_api_key: MakeKey
) -> None:
    await asyncio.gather(*(asyncio.to_thread(process.start) for process in two))
    await until_it_answers(proxy)
    load = Load([proxy], "/v1/openapi.json", make_api_key(rate="100000/min"), PER_SECOND, balance=False)
    running = asyncio.create_task(load.run())
    for process in two:
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0
        await asyncio.to_thread(process.start)
        await asyncio.sleep(3)  # the proxy asks twice a second
    load.stop()
    outcomes = await running
    assert set(outcomes) == {"200"}
    assert sum(outcomes.values()) > 4 * PER_SECOND

    async with httpx.AsyncClient(base_url=proxy, timeout=240) as client:
        assert (await client.get("/metrics")).status_code == 404, "metrics are for the inside"
        too_large = await client.post(
            "/v1/anything", content=b"x" * 4096, headers={"X-API-Key": make_api_key()}
        )
        assert 400 <= too_large.status_code < 500
        live = await client.get("/health/live")
    assert (live.status_code, live.headers["x-content-type-options"]) == (200, "nosniff")
    assert "server" not in live.headers
