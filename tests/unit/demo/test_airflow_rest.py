"""The demo's client of Airflow waits out an API that is slow or drops connections, and ends when it stays away."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
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


async def test_a_login_that_is_refused_is_told_in_one_line() -> None:
    async with local_server(lambda path: http_answer(b"{}", 400)) as server:
        settings = Settings(airflow_port=urlsplit(server.url).port, airflow_admin_password="word")
        with pytest.raises(UpbeatError, match=r"gives no login: .*400.*upbeat status") as told:
            await asyncio.to_thread(AirflowRest, settings)
    assert len(str(told.value).splitlines()) == 1


class OneDag:
    """Airflow's answers about the DAG `dbt_core`, of which another run may be before ours."""

    def __init__(self, *, before: dict[str, object], withdrawn: int = 204) -> None:
        self._before = {"dag_run_id": "scheduled__1", "run_type": "scheduled", "conf": {}, **before}
        self._withdrawn = withdrawn
        self.asked: list[str] = []
        self.looks = 0

    def respond(self, path: str) -> bytes:
        self.asked.append(path)
        if path == "/auth/token":
            return LOGIN
        if path.endswith("/dagRuns"):
            return http_answer(b'{"queued_at": "2026-11-20T09:00:00Z"}')
        if "state=running" in path:
            return http_answer(json.dumps({"dag_runs": [self._before]}).encode())
        return self._own()

    def _own(self) -> bytes:
        """Ours is queued until the second look; a withdrawal is asked for at the same address."""
        self.looks += 1
        if self.looks == 2 and self._withdrawn != 204:
            return http_answer(b'{"detail": "cannot be deleted in running state"}', self._withdrawn)
        return http_answer(b'{"state": "queued"}' if self.looks < 3 else b'{"state": "running"}')

    async def run_that_counts(self, since: datetime | None) -> tuple[str, list[str], str]:
        """The run to follow, the runs that were waited for, and the id of ours."""
        waited: list[str] = []
        async with local_server(self.respond) as server:
            settings = Settings(airflow_port=urlsplit(server.url).port, airflow_admin_password="word")

            def ask() -> tuple[str, str]:
                airflow = AirflowRest(settings)
                asked = airflow.ask_for_run("dbt_core")
                counts = airflow.run_that_counts(asked, waited.append, instead_since=since)
                return counts, asked.run_id

            counts, own = await asyncio.to_thread(ask)
        return counts, waited, own


SINCE = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER, EARLIER = "2026-11-20T09:00:01Z", "2026-11-20T08:59:59Z"


async def test_a_run_of_the_schedule_that_saw_everything_counts_as_ours() -> None:
    counts, waited, _ = await OneDag(before={"start_date": LATER}).run_that_counts(SINCE)
    assert (counts, waited) == ("scheduled__1", [])


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ({"start_date": EARLIER}, SINCE),
        ({"start_date": LATER, "run_type": "manual"}, SINCE),
        ({"start_date": LATER, "conf": {"handles": ["natgeo"]}}, SINCE),
        ({"start_date": LATER}, None),
    ],
    ids=["it began too early", "a person's", "it has parameters", "ours has parameters"],
)
async def test_a_run_that_did_other_work_is_waited_for_by_name(
    before: dict[str, object], since: datetime | None
) -> None:
    counts, waited, own = await OneDag(before=before).run_that_counts(since)
    assert (counts, waited) == (own, ["scheduled__1"])


async def test_ours_is_followed_when_it_starts_while_it_is_withdrawn() -> None:
    counts, waited, own = await OneDag(before={"start_date": LATER}, withdrawn=409).run_that_counts(SINCE)
    assert (counts, waited) == (own, ["scheduled__1"])
