"""Live look-ups over the sandbox: real chain, real limits, real stores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from tests.collection_run import POSTS, CollectionRun, collection_run

from upbeat.api.lookups import desk, subjects
from upbeat.errors import StoreUnavailableError
from upbeat.ingestion.archive import RawArchive
from upbeat.queue.store import claim, finish
from upbeat.queue.tasks import TaskEnd, TaskStatus
from upbeat.queue.upkeep import keep_up
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.web import create_web

PROFILE, POST = "/v1/lookups/profile", "/v1/lookups/post"
# Callers wait for the end, however slow the machine is: the task is theirs for four fifths of its lease.
OWN = {
    "limit_handle": "1000/s",
    "limit_global_minute": "100000/min",
    "task_lease_seconds": 300.0,
    "api_lookup_seconds": 240.0,
}
Clients = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    with collection_run(settings) as run:
        run.add_credentials()
        yield run


@pytest.fixture
def client_of(run: CollectionRun, make_api_key: Callable[..., str]) -> Clients:
    """A client of an API of its own, with other settings."""

    @asynccontextmanager
    async def client(**changes: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_web(run.settings.model_copy(update=OWN | changes))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"X-API-Key": make_api_key()}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://upbeat.test", headers=headers, timeout=60
        ) as client:
            yield client
        await app.state.upbeat.close()

    return client


def asked(handle: str) -> dict[str, str]:
    return {"platform": "instagram", "handle": handle}


async def test_a_look_up_is_stored_as_a_tasks_result_and_answered_from_the_table_while_it_is_fresh(
    run: CollectionRun, client_of: Clients
) -> None:
    (handle,) = run.handles(1)
    async with client_of() as client:
        answers = await asyncio.gather(
            *[client.get(PROFILE, params=asked(f"@{handle.upper()}")) for _ in range(5)]
        )
        again = await client.get(PROFILE, params=asked(handle) | {"explain": "true"})

    assert [answer.status_code for answer in answers] == [200] * 5, answers[0].text
    first = answers[0].json()
    assert first["data"]["handle"] == handle
    assert first["metrics"]["followers"] == run.sandbox.creator(handle)["followers"]
    run.assert_each_observation_is_counted_once([handle])
    task = run.task(handle)
    assert (task["status"], task["priority"], run.statuses()) == ("COMPLETE", 100, {"COMPLETE": 1})
    assert run.archived(task["data"]["raw"][0]).params["handle"] == handle
    assert run.count("beat.task_lease") == 0
    assert again.json()["freshness"]["cached"] is True
    assert again.json()["explain"]["followers"] | {"observed_at": None} == {
        "formula": "observed",
        "source": "graphapi",
        "raw_object": task["data"]["raw"][0],
        "observed_at": None,
    }


async def test_posts_videos_and_channels_are_looked_up_too_and_asked_for_again_when_they_are_old(
    run: CollectionRun, client_of: Clients
) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle, flow=POSTS)
    assert (await asyncio.to_thread(run.work, flows=[POSTS])).complete == 1
    (shortcode,) = [row["shortcode"] for row in run.rows("SELECT shortcode FROM beat.instagram_post LIMIT 1")]
    channel = next(iter(run.sandbox.channels(1)))
    asked_for = [
        (POST, {"platform": "instagram", "shortcode": f"https://www.instagram.com/p/{shortcode}/"}, "likes"),
        (PROFILE, {"platform": "youtube", "handle": f"@{channel['handle']}"}, "total_views"),
        (
            POST,
            {"platform": "youtube", "shortcode": run.sandbox.channel(channel["handle"])["videos"][0]},
            "plays",
        ),
    ]
    async with client_of(api_lookup_cache_seconds=0.0) as client:
        for path, params, figure in asked_for:
            answer = await client.get(path, params=params | {"explain": "true"})
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert found["freshness"]["cached"] is False
            assert found["metrics"][figure] >= 0
            assert found["explain"][figure]["raw_object"] is not None


async def test_a_handle_that_nobody_knows_is_404_and_sources_that_all_fail_are_502_with_a_line_each(
    run: CollectionRun, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handle,) = run.handles(1)
    monkeypatch.setattr(subjects, "LONGEST_WINDOW_SECONDS", 600)  # the moment, on a busy machine
    async with client_of() as client:
        unknown = await client.get(PROFILE, params=asked("nobody.has.this"))
        repeated = await client.get(PROFILE, params=asked("nobody.has.this"))
        run.sandbox.add_fault("*", "500", handle=handle)
        failed = await client.get(PROFILE, params=asked(handle))
        bad = await client.get(PROFILE, params=asked("no handle"))
        tasks = [
            await client.get(PROFILE, params={"platform": "tiktok", "handle": "a"}),
            await client.get("/v1/lookups/999999"),
        ]

    assert (unknown.status_code, repeated.status_code) == (404, 404), unknown.text
    assert run.statuses() == {"FAILED": 2}, "a failure is remembered for a moment"
    assert failed.status_code == 502
    assert set(failed.json()["sources"]) == {"graphapi", "rapidapi-igdata", "rapidapi-jotucker", "lama"}
    assert (bad.status_code, [answer.status_code for answer in tasks]) == (422, [422, 404])
    assert "handle='no handle'" in bad.json()["detail"]


async def test_a_source_at_its_limit_makes_no_failure_of_a_handle_that_the_others_do_not_know(
    run: CollectionRun, client_of: Clients
) -> None:
    two = {"instagram.profile_by_handle": ["graphapi", "lama"]}
    async with client_of(source_limits={"lama": "1/h"}) as client:
        answers = [await client.get(PROFILE, params=asked(f"nobody.has.{n}")) for n in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404], answers[1].text
    assert "lama" in answers[1].json()["sources"]
    assert (
        run.task("nobody.has.1")["data"]["error"]["sources"]["lama"]
        != (run.task("nobody.has.0")["data"]["error"]["sources"]["lama"])
    ), "its limit is full, and it says so"

    (handle,) = run.handles(1)
    run.sandbox.add_fault("graphapi", "500", handle=handle)
    async with client_of(source_limits={"lama": "1/h"}, source_chains=two) as client:
        one_does_not_know = await client.get(PROFILE, params=asked("nobody.has.2"))
        one_fails = await client.get(PROFILE, params=asked(handle))
    for answer in (one_does_not_know, one_fails):
        assert (answer.status_code, answer.json()["task"]["status"]) == (202, "PENDING"), answer.text
    run.sandbox.add_fault("lama", "500", handle=handle)
    async with client_of(source_limits={"lama": "1000/s"}, source_chains=two) as client:
        run.rows("DELETE FROM beat.scrape_request_log RETURNING id")
        assert (await client.get(PROFILE, params=asked(handle))).status_code == 502, "now both have failed"


async def test_a_look_up_that_nobody_could_run_in_time_is_dropped_and_asked_anew(
    run: CollectionRun, client_of: Clients
) -> None:
    first, second = run.handles(2)
    flows = [(Platform.INSTAGRAM, "profile_by_handle")]
    async with client_of(limit_global_daily="1/day") as client:
        assert (await client.get(PROFILE, params=asked(first))).status_code == 200
        waiting = await client.get(PROFILE, params=asked(second))
        told = run.task(second)
        assert (waiting.status_code, told["status"]) == (202, "WAITING"), waiting.text
        assert told["expires_at"] - told["created_at"] == pytest.approx(
            timedelta(seconds=600), abs=timedelta(seconds=60)
        )
        assert told["run_after"] == told["expires_at"], "to wait for the day's end would be for nobody"
        # As after a while: its name is that of a window that is over.
        run.rows(
            "UPDATE beat.scrape_request_log SET expires_at = now(), run_after = now(), idempotency_key ="
            " regexp_replace(idempotency_key, '[0-9]+$', '') || (substring(idempotency_key FROM '[0-9]+$')::bigint - 4)"
            " WHERE status = 'WAITING' RETURNING id"
        )
        upkept = await keep_up(run.settings, flows)
        dropped = await client.get(waiting.headers["location"])
        async with await psycopg.AsyncConnection.connect(
            run.settings.postgres_dsn(), autocommit=True
        ) as connection:
            assert await claim(connection, {flows[0]: 5}, "worker", 60) == []
        anew = await client.get(PROFILE, params=asked(second))
    assert (upkept.promoted, upkept.expired) == (1, 1)
    assert (dropped.status_code, dropped.json()["title"]) == (410, "Expired")
    assert "not run before it expired at" in dropped.json()["detail"]
    assert run.rows(
        "SELECT payload ->> 'error_class' AS why FROM beat.outbox WHERE payload ->> 'status' = 'FAILED'"
    ) == [{"why": "Expired"}]
    assert (anew.status_code, run.task(second)["id"] > told["id"]) == (202, True), anew.text


async def test_what_takes_too_long_goes_on_under_the_number_that_the_caller_was_told(
    run: CollectionRun, client_of: Clients
) -> None:
    (handle,) = run.handles(1)
    async with client_of(api_lookup_seconds=0.0) as client:
        answer = await client.get(PROFILE, params=asked(handle))
        assert answer.status_code == 202, answer.text
        location = answer.headers["location"]
        give_up = time.monotonic() + 240
        found = await client.get(location)
        while found.status_code == 202 and time.monotonic() < give_up:
            await asyncio.sleep(0.05)
            found = await client.get(location)

    assert (found.status_code, found.json()["data"]["handle"]) == (200, handle)


async def test_where_a_limit_has_no_room_a_worker_finds_the_task_and_a_stop_gives_back_what_runs(
    run: CollectionRun, client_of: Clients
) -> None:
    first, second, third = run.handles(3)
    async with client_of(limit_global_daily="1/day") as client:
        assert (await client.get(PROFILE, params=asked(first))).status_code in (200, 202)
        throttled = await client.get(PROFILE, params=asked(second))
    assert throttled.status_code == 202, throttled.text
    assert throttled.json()["task"]["status"] == "PENDING"
    assert run.task(second)["status"] == "WAITING"
    connection = await psycopg.AsyncConnection.connect(run.settings.postgres_dsn(), autocommit=True)
    async with connection:
        await connection.execute(
            "UPDATE beat.scrape_request_log SET status = 'PENDING', run_after = NULL WHERE run_after > now()"
        )
        (held,) = await claim(connection, {(Platform.INSTAGRAM, "profile_by_handle"): 5}, "worker", 60)
        assert held.interactive, "the limits of look-ups bind it there, too"
        assert await finish(connection, [TaskEnd(task=held, status=TaskStatus.FAILED)]) == {held.id}
        await connection.execute("DELETE FROM beat.task_lease")

    run.sandbox.add_fault("*", "timeout", handle=third, seconds=60)
    async with client_of(api_lookup_seconds=0.0, api_drain_seconds=0.0) as client:
        assert (await client.get(PROFILE, params=asked(third))).status_code == 202
    assert run.task(third)["status"] == "PENDING", "no look-up is lost by a stop"
    assert run.count("beat.task_lease") == 0


async def test_a_look_up_outlives_a_restart_of_postgres_and_a_stop_while_it_is_stored_gives_it_back(
    run: CollectionRun, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = run.handles(2)
    commit, away = desk.commit_group, iter([StoreUnavailableError("away"), psycopg.OperationalError("away")])

    async def commits_in_the_end(*given: Any, **options: Any) -> set[int]:
        for error in away:
            raise error
        return await commit(*given, **options)

    monkeypatch.setattr(desk, "commit_group", commits_in_the_end)
    async with client_of() as client:
        answer = await client.get(PROFILE, params=asked(first))
    assert (answer.status_code, answer.json()["data"]["handle"]) == (200, first)
    assert (run.statuses(), run.count("beat.task_lease")) == ({"COMPLETE": 1}, 0)

    reached = asyncio.Event()

    async def never_ends(*_: Any) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(RawArchive, "write", never_ends)
    async with client_of(api_lookup_seconds=0.0, api_drain_seconds=0.0) as client:
        assert (await client.get(PROFILE, params=asked(second))).status_code == 202
        await reached.wait()
    assert run.task(second)["status"] == "PENDING"
    assert run.count("beat.task_lease") == 0


async def test_where_no_source_tells_the_followers_what_was_told_is_the_answer_at_once_and_later(
    run: CollectionRun, client_of: Clients
) -> None:
    (handle,) = run.handles(1)
    run.sandbox.add_fault("graphapi", "drop_field", handle=handle, field="followers_count")
    chains = {"instagram.profile_by_handle": ["graphapi"]}
    async with client_of(source_chains=chains) as client:
        answers = [await client.get(PROFILE, params=asked(handle)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert [answer.json()["freshness"]["cached"] for answer in answers] == [False, True]
    assert answers[0].json()["metrics"]["followers"] is None
    assert answers[0].json()["metrics"]["following"] is not None
    assert run.task(handle)["data"]["error"]["class"] == "Incomplete"


async def test_a_look_up_that_another_process_has_ended_meanwhile_is_the_answer_though_the_clocks_differ(
    run: CollectionRun, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handle,) = run.handles(1)
    async with client_of() as client:
        assert (await client.get(PROFILE, params=asked(handle))).status_code == 200
    # It was begun under the name of a window that, by this process's clock, is not over.
    run.rows("UPDATE beat.scrape_request_log SET scraped_at = scraped_at - interval '1 minute' RETURNING id")
    monkeypatch.setattr(desk, "task_keys", lambda *_: [run.task(handle)["idempotency_key"]])
    async with client_of(api_lookup_cache_seconds=0.0) as client:
        answer = await client.get(PROFILE, params=asked(handle))
    assert (answer.status_code, run.statuses()) == (200, {"COMPLETE": 1}), answer.text
