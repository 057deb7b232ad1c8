"""The process stage on a real Postgres: all of a group or none, newest kept, nothing erased, culprits alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import StoreUnavailableError
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.process import commit_group
from upbeat.queue.store import TaskQueue
from upbeat.queue.tasks import NewTask, Task, TaskStatus
from upbeat.records import Parsed, Platform, Post, PostType, Profile
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

IG = Platform.INSTAGRAM
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Bench:
    """Claims tasks and commits what the test says they found."""

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self.pool = pool
        self.queue = TaskQueue(pool)
        self._number = 0

    async def tasks(self, count: int) -> list[Task]:
        first, self._number = self._number, self._number + count
        await self.queue.enqueue(
            [NewTask(idempotency_key=f"k{n}", platform=IG, flow="f") for n in range(first, first + count)]
        )
        return await self.queue.claim(IG, ["f"], "w", count, 60)

    async def commit(self, *parsed: Parsed) -> set[int]:
        tasks = await self.tasks(len(parsed))
        return await self.commit_outcomes([complete(t, p) for t, p in zip(tasks, parsed, strict=True)])

    async def commit_outcomes(self, outcomes: list[Outcome]) -> set[int]:
        async with self.pool.connection() as connection:
            return await commit_group(connection, outcomes)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(statement.encode())).fetchall()

    async def events(self) -> dict[str, int]:
        """How many of each kind are in the outbox."""
        return dict(await self.rows("SELECT kind, count(*) FROM beat.outbox GROUP BY 1"))

    async def run(self, statement: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement.encode())


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with async_pool(settings, max_size=8) as pool:
        yield Bench(pool)


def complete(task: Task, parsed: Parsed) -> Outcome:
    return Outcome(
        task=task, status=TaskStatus.COMPLETE, source="lama", parsed=parsed, data={"source": "lama"}
    )


def profile(profile_id: str = "1", *, minutes: int = 0, **facts: Any) -> Profile:
    return Profile(
        **{
            "platform": IG,
            "profile_id": profile_id,
            "handle": f"h{profile_id}",
            "source": "lama",
            "observed_at": NOON + timedelta(minutes=minutes),
            "followers": 10,
            **facts,
        }
    )


def told(*profiles: Profile) -> Parsed:
    return Parsed(profiles=list(profiles))


async def test_row_log_entry_events_and_task_are_committed_together(bench: Bench) -> None:
    post = Post(
        platform=IG,
        post_id="p1",
        profile_id="1",
        handle="h1",
        source="lama",
        observed_at=NOON,
        post_type=PostType.REEL,
        published_at=NOON,
        likes=0,
        plays=7,
    )
    await bench.commit(Parsed(profiles=[profile(is_verified=True, full_name="Ä\x00\ud800b")], posts=[post]))
    assert await bench.rows("SELECT status::text FROM beat.scrape_request_log") == [("COMPLETE",)]
    assert await bench.rows("SELECT full_name, is_verified, followers_count FROM beat.instagram_account") == [
        ("Äb", True, 10)
    ]
    assert await bench.rows("SELECT post_type, likes_count, comments_count FROM beat.instagram_post") == [
        ("reel", 0, None)
    ]
    events = dict(await bench.rows("SELECT kind, payload FROM beat.outbox"))
    assert set(events) == {"instagram_account", "instagram_post", "profile_log", "post_log", "task_log"}
    assert set(events["instagram_account"]) == {
        row[0]
        for row in await bench.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'beat' "
            "AND table_name = 'instagram_account' AND column_name NOT IN ('created_at', 'updated_at')"
        )
    }
    assert events["instagram_account"]["observed_at"] == "2026-11-22T12:00:00+00:00"
    assert events["profile_log"]["metrics"] == {"followers": 10, "following": None, "media_count": None}
    assert events["profile_log"]["timestamp"] == "2026-11-22T12:00:00+00:00"
    assert events["post_log"]["dimensions"]["post_type"] == "reel"
    assert events["post_log"]["metrics"] == {
        "likes": 0,
        "comments": None,
        "plays": 7,
        "shares": None,
        "saves": None,
    }


async def test_a_source_that_does_not_tell_a_field_never_erases_it(bench: Bench) -> None:
    await bench.commit(told(profile(category="Music", following=5)))
    await bench.commit(told(profile(minutes=1, source="graphapi", followers=11)))
    assert await bench.rows(
        "SELECT category, following_count, followers_count, source FROM beat.instagram_account"
    ) == [("Music", 5, 11, "graphapi")]
    ((payload,),) = await bench.rows(
        "SELECT payload FROM beat.outbox WHERE kind = 'instagram_account' ORDER BY id DESC LIMIT 1"
    )
    assert (payload["category"], payload["followers_count"]) == ("Music", 11)


async def test_an_older_observation_is_logged_and_leaves_the_current_row(bench: Bench) -> None:
    await bench.commit(told(profile(minutes=10, followers=20)))
    await bench.commit(told(profile(minutes=0, followers=10)))
    assert await bench.rows("SELECT followers_count FROM beat.instagram_account") == [(20,)]
    assert await bench.rows(
        "SELECT (metrics ->> 'followers')::int FROM beat.profile_log ORDER BY timestamp"
    ) == [
        (10,),
        (20,),
    ]


async def test_what_a_stale_worker_found_is_not_written(bench: Bench) -> None:
    mine, lost = await bench.tasks(2)
    await bench.queue.give_back([lost])
    accepted = await bench.commit_outcomes(
        [complete(mine, told(profile())), complete(lost, told(profile("2")))]
    )
    assert accepted == {mine.id}
    assert await bench.rows("SELECT profile_id FROM beat.instagram_account") == [("1",)]
    assert await bench.rows("SELECT profile_id FROM beat.profile_log") == [("1",)]


async def test_a_group_committed_twice_counts_once(bench: Bench) -> None:
    outcomes = [complete(task, told(profile(str(task.id)))) for task in await bench.tasks(3)]
    assert len(await bench.commit_outcomes(outcomes)) == 3
    assert await bench.commit_outcomes(outcomes) == set()
    assert await bench.events() == {"instagram_account": 3, "profile_log": 3, "task_log": 3}


async def test_a_row_that_postgres_refuses_costs_its_own_task_alone(bench: Bench) -> None:
    parsed = [told(profile(str(n))) for n in range(20)]
    parsed[3] = told(profile("3", followers=-1))
    parsed[11] = told(profile("11", followers=10**30))
    parsed[17] = told(profile(token_hex(10_000)))
    accepted = await bench.commit(*parsed)
    assert len(accepted) == 20
    failed = await bench.rows(
        "SELECT data -> 'error' ->> 'message' FROM beat.scrape_request_log WHERE status = 'FAILED' ORDER BY id"
    )
    assert len(failed) == 3
    assert all("the database refused what lama told" in message for (message,) in failed)
    assert await bench.rows("SELECT count(*) FROM beat.instagram_account") == [(17,)]
    assert await bench.events() == {"instagram_account": 17, "profile_log": 17, "task_log": 20}


async def test_groups_over_the_same_creators_at_once_all_get_through(bench: Bench) -> None:
    """Keys are sorted within a group; groups in another order would deadlock."""

    async def group(number: int) -> int:
        ids = [str(n) for n in range(50)]
        turned = ids[number:] + ids[:number]
        return len(await bench.commit(*(told(profile(i, minutes=number)) for i in turned)))

    assert sum(await asyncio.gather(*(group(number) for number in range(6)))) == 300
    assert await bench.rows("SELECT count(*) FROM beat.profile_log") == [(300,)]
    assert await bench.rows("SELECT DISTINCT observed_at FROM beat.instagram_account") == [
        (NOON + timedelta(minutes=5),)
    ]


async def test_a_connection_that_dies_leaves_nothing_of_the_group(bench: Bench) -> None:
    (task,) = await bench.tasks(1)
    await bench.run(
        "CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
    )
    await bench.run(
        "CREATE TRIGGER last BEFORE INSERT ON beat.profile_log FOR EACH ROW EXECUTE FUNCTION end_session()"
    )
    with pytest.raises(StoreUnavailableError):
        await bench.commit_outcomes([complete(task, told(profile()))])
    assert await bench.rows("SELECT status::text FROM beat.scrape_request_log") == [("PROCESSING",)]
    assert await bench.rows("SELECT count(*) FROM beat.instagram_account") == [(0,)]
    await bench.run("DROP TRIGGER last ON beat.profile_log")
    assert await bench.commit_outcomes([complete(task, told(profile()))]) == {task.id}


async def test_a_task_that_runs_again_waits_and_keeps_its_last_error(bench: Bench) -> None:
    (task,) = await bench.tasks(1)
    await bench.commit_outcomes(
        [
            Outcome(
                task=task,
                status=TaskStatus.WAITING,
                delay=60,
                attempts=1,
                data={"error": {"message": "503"}},
            )
        ]
    )
    ((status, retries, message, due),) = await bench.rows(
        "SELECT status::text, retry_count, data -> 'error' ->> 'message', run_after > now() + interval '50 seconds' "
        "FROM beat.scrape_request_log"
    )
    assert (status, retries, message, due) == ("WAITING", 1, "503", True)


async def test_an_id_that_only_the_graph_api_knows_is_resolved_by_handle(bench: Bench) -> None:
    graph_id = "17841400573960012"
    await bench.commit(told(profile("787132", handle="natgeo")))
    await bench.commit(told(profile(graph_id, handle="natgeo", minutes=1, followers=11)))
    assert await bench.rows("SELECT profile_id, followers_count FROM beat.instagram_account") == [
        ("787132", 11)
    ]
    assert await bench.rows("SELECT DISTINCT profile_id FROM beat.profile_log") == [("787132",)]
    await bench.commit(told(profile(graph_id[:-1] + "3", handle="nasa")), told(profile("99", handle="nasa")))
    assert await bench.rows("SELECT profile_id FROM beat.instagram_account WHERE handle = 'nasa'") == [
        ("99",)
    ]
