"""The demo's client of Airflow waits out an API that is slow or drops connections, and ends when it stays away."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from tests.unit.crawlers.local_server import http_answer, local_server

from upbeat.demo import airflow_rest
from upbeat.demo.airflow_rest import AirflowRest
from upbeat.errors import UpbeatError
from upbeat.settings import Settings

LOGIN = http_answer(b'{"access_token": "t"}', 201)
DAGS = http_answer(b'{"dags": [{"dag_id": "dbt_core"}]}')


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow_rest.time, "sleep", lambda seconds: None)


async def wait_for_dags(answers: list[bytes]) -> None:
    """`wait_for_dags` against these answers to its reads; an empty one drops the connection."""
    left = iter(answers)
    async with local_server(lambda path: LOGIN if path == "/auth/token" else next(left)) as server:
        settings = Settings(airflow_port=urlsplit(server.url).port, airflow_admin_password="word")
        await asyncio.to_thread(lambda: AirflowRest(settings).wait_for_dags({"dbt_core"}))


async def test_a_read_that_gets_no_answer_is_asked_again() -> None:
    await wait_for_dags([b"", b"", DAGS])


async def test_an_api_that_stays_away_ends_the_reading_with_its_address() -> None:
    with pytest.raises(UpbeatError, match=r"Airflow at http://127\.0\.0\.1:\d+ gave no answer 4 times"):
        await wait_for_dags([b""] * 4)
