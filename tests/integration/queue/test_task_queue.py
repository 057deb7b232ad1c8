"""The queue on a real Postgres: claimed once, finished by the holder alone, never lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from upbeat.queue.store import CRASH_LIMIT, SQL, TaskQueue, claim, claim_arguments, finish
from upbeat.queue.tasks import NewTask, Task, TaskEnd, TaskStatus
from upbeat.queue.upkeep import QueueUpkeep, wake
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool

IG = Platform.INSTAGRAM
FLOW = "profile_by_handle"


class Bench:
    """A queue, and a look into its table."""

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self.pool = pool
        self.queue = TaskQueue(pool)

    async def add(self, count: int, *, first: int = 0, **fields: Any) -> int:
        return await self.queue.enqueue(
            [
                NewTask(idempotency_key=f"k{n}", platform=IG, flow=FLOW, params={"handle": f"h{n}"}, **fields)
                for n in range(first, first + count)
            ]
        )

    async def claim(self, limit: int = 10, lease: float = 60, worker: str = "w") -> list[Task]:
        return await self.queue.claim(IG, [FLOW], worker, limit, lease)

    async def finish(self, tasks: list[Task], status: TaskStatus, **fields: Any) -> set[int]:
        async with self.pool.connection() as connection:
            return await finish(connection, [TaskEnd(task=task, status=status, **fields) for task in tasks])

    async def rows(self, columns: str = "status::text") -> list[tuple[Any, ...]]:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(f"SELECT {columns} FROM beat.scrape_request_log ORDER BY id")
            return await cursor.fetchall()

    async def run(self, statement: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement)


def tokens(tasks: list[Task]) -> list[str]:
    """The leases of these tasks."""
    return sorted({task.lease_token for task in tasks})


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with async_pool(settings, max_size=8) as pool:
        yield Bench(pool)


async def test_the_same_key_is_queued_once_however_often_and_by_however_many(bench: Bench) -> None:
    counts = await asyncio.gather(*(bench.add(500) for _ in range(4)))
    assert sum(counts) == 500
    assert await bench.add(500) == 0
    assert len(await bench.rows()) == 500


async def test_a_task_is_claimed_once_under_concurrency(bench: Bench) -> None:
    await bench.add(2000)

    async def worker(name: str) -> list[int]:
        ids: list[int] = []
        while tasks := await bench.claim(37, worker=name):
            ids += [task.id for task in tasks]
        return ids

    claimed = [i for ids in await asyncio.gather(*(worker(f"w{n}") for n in range(6))) for i in ids]
    assert len(claimed) == len(set(claimed)) == 2000


async def test_higher_priority_comes_first_then_age(bench: Bench) -> None:
    await bench.add(3, first=0, priority=1)
    await bench.add(2, first=10, priority=5)
    assert [task.params["handle"] for task in await bench.claim(4)] == ["h10", "h11", "h0", "h1"]


async def test_one_claim_serves_many_flows_and_none_takes_the_room_of_another(bench: Bench) -> None:
    await bench.add(50)
    await bench.queue.enqueue(
        [NewTask(idempotency_key=f"quiet{n}", platform=Platform.YOUTUBE, flow="quiet") for n in range(2)]
    )
    async with bench.pool.connection() as connection:
        wanted = {(IG, FLOW): 5, (Platform.YOUTUBE, "quiet"): 5, (IG, "empty"): 5}
        tasks = await claim(connection, wanted, "w", 60)
        assert sorted(Counter(task.flow for task in tasks).items()) == [(FLOW, 5), ("quiet", 2)]
        assert len({task.lease_token for task in tasks}) == 1
        assert len(await claim(connection, wanted, "w", 60, most=3)) == 3


async def test_a_task_that_somebody_changed_by_hand_is_not_claimed_and_its_ready_row_goes(
    bench: Bench,
) -> None:
    await bench.add(2)
    await bench.run(
        "UPDATE beat.scrape_request_log SET status = 'FAILED', scraped_at = now() WHERE idempotency_key = 'k0'"
    )
    assert [task.params["handle"] for task in await bench.claim()] == ["h1"]
    async with bench.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM beat.task_ready")
        assert await cursor.fetchone() == (0,)


async def test_a_change_of_status_touches_no_index(bench: Bench) -> None:
    """Twice per task and most of all work: what keeps a task's life cheap."""
    await bench.add(500)
    await bench.finish(await bench.claim(500), TaskStatus.COMPLETE, data={"source": "lama"})
    await bench.run("SELECT pg_stat_force_next_flush()")
    async with bench.pool.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        cursor = await connection.execute(
            "SELECT sum(n_tup_upd), sum(n_tup_hot_upd + n_tup_newpage_upd), sum(n_tup_newpage_upd) "
            "FROM pg_stat_user_tables WHERE relname = 'scrape_request_log'"
        )
        ((updates, in_place, moved),) = await cursor.fetchall()
    assert updates == in_place == 1000
    assert moved < 300, "rows that found no room in their page"


async def test_nothing_waits_past_its_expiry(bench: Bench) -> None:
    await bench.add(1, expires_at=datetime.now(UTC) + timedelta(seconds=300))
    await bench.finish(await bench.claim(), TaskStatus.WAITING, delay=600)
    assert await bench.rows("run_after = expires_at") == [(True,)]
    await bench.run("UPDATE beat.scrape_request_log SET run_after = now(), expires_at = now()")
    assert await bench.queue.promote_due([(IG, FLOW)]) == 1
    assert await bench.claim() == []
    assert await bench.queue.expire() == 1
    assert await bench.rows() == [("FAILED",)]


async def test_tasks_of_other_flows_and_platforms_are_left_alone(bench: Bench) -> None:
    await bench.queue.enqueue(
        [
            NewTask(idempotency_key="a", platform=IG, flow="posts_by_handle"),
            NewTask(idempotency_key="b", platform=Platform.YOUTUBE, flow=FLOW),
        ]
    )
    assert await bench.claim() == []
    assert (await bench.queue.open_work([(IG, FLOW)])).nothing_left
    assert (await bench.queue.open_work([(IG, "posts_by_handle")])).pending


async def test_a_stale_token_is_refused_and_the_other_results_stand(bench: Bench) -> None:
    await bench.add(2)
    old = await bench.claim(lease=0.001)
    await asyncio.sleep(0.05)
    assert await bench.queue.reap(0.001) == 2
    (again,) = await bench.claim(1)
    assert again.retry_count == 1
    assert await bench.finish(old, TaskStatus.COMPLETE, data={"who": "late"}) == set()
    assert await bench.finish([again], TaskStatus.COMPLETE, data={"who": "new"}) == {again.id}
    assert await bench.rows("status::text, data ->> 'who'") == [("COMPLETE", "new"), ("PENDING", None)]


async def test_finishing_twice_is_refused(bench: Bench) -> None:
    await bench.add(1)
    tasks = await bench.claim()
    assert await bench.finish(tasks, TaskStatus.COMPLETE) == {tasks[0].id}
    assert await bench.finish(tasks, TaskStatus.FAILED) == set()
    assert await bench.rows() == [("COMPLETE",)]


async def test_expired_tasks_are_never_picked_and_end_with_the_reason(bench: Bench) -> None:
    await bench.add(1, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await bench.add(1, first=1, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert [task.params["handle"] for task in await bench.claim()] == ["h1"]
    assert await bench.queue.expire() == 1
    status, reason, ended = (await bench.rows("status::text, data -> 'error' ->> 'message', scraped_at"))[0]
    assert (status, "expired" in reason, ended is not None) == ("FAILED", True, True)


async def test_waiting_tasks_of_the_named_flows_alone_are_woken_before_their_time(
    bench: Bench, settings: Settings
) -> None:
    await bench.add(3)
    await bench.finish(await bench.claim(2), TaskStatus.WAITING, delay=3_600)
    assert await wake(settings, [(IG, "posts_by_handle"), (Platform.YOUTUBE, FLOW)]) == 0
    assert len(await bench.claim()) == 1
    assert await wake(settings, [(IG, FLOW)]) == 2
    assert {task.retry_count for task in await bench.claim()} == {0}
    assert await wake(settings, [(IG, FLOW)]) == 0


async def test_a_waiting_task_is_not_claimable_before_its_time(bench: Bench) -> None:
    await bench.add(1)
    tasks = await bench.claim()
    await bench.finish(tasks, TaskStatus.WAITING, delay=60, attempts=1)
    assert await bench.queue.promote_due([(IG, FLOW)]) == 0
    assert await bench.claim() == []
    open_work = await bench.queue.open_work([(IG, FLOW), (IG, "posts_by_handle")])
    assert 0 < (open_work.next_due_in or 0) <= 60
    await bench.run("UPDATE beat.scrape_request_log SET run_after = now()")
    assert await bench.queue.promote_due([(IG, "posts_by_handle"), (Platform.YOUTUBE, FLOW)]) == 0
    assert await bench.queue.promote_due([(IG, "posts_by_handle"), (IG, FLOW)]) == 1
    (task,) = await bench.claim()
    assert task.retry_count == 1


async def test_heartbeats_keep_a_lease_from_the_rescue_and_tell_what_was_lost(bench: Bench) -> None:
    await bench.add(2)
    mine = await bench.claim(1, lease=0.2)
    lost = await bench.claim(1, lease=0.2)
    await asyncio.sleep(0.1)
    assert await bench.queue.heartbeat(tokens(mine), 60) == set(tokens(mine))
    await asyncio.sleep(0.3)
    assert await bench.queue.reap(0.1) == 1
    assert await bench.queue.heartbeat(tokens([*mine, *lost]), 60) == set(tokens(mine))


async def test_a_lease_whose_tasks_have_ended_is_dropped_and_rescues_nothing(bench: Bench) -> None:
    await bench.add(2)
    tasks = await bench.claim(lease=0.001)
    await bench.finish(tasks, TaskStatus.COMPLETE)
    await asyncio.sleep(0.01)
    assert await bench.queue.reap(0.001) == 0
    await bench.add(1, first=5)
    (held,) = await bench.claim()
    assert await bench.queue.heartbeat([], 60, ended=tokens([held])) == set()
    async with bench.pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM beat.task_lease")
        assert await cursor.fetchone() == (0,)


async def test_the_rescue_waits_until_a_task_is_stuck_and_raises_its_retry_count(bench: Bench) -> None:
    await bench.add(1)
    await bench.claim(lease=0.01)
    await asyncio.sleep(0.1)
    assert await bench.queue.reap(60) == 0
    assert await bench.queue.reap(0.05) == 1
    assert await bench.rows("status::text, retry_count, lease_token") == [("PENDING", 1, None)]


async def test_a_task_that_outlives_many_workers_fails_instead_of_killing_more(bench: Bench) -> None:
    await bench.add(1)
    for _ in range(CRASH_LIMIT):
        assert await bench.claim(lease=0.001)
        await asyncio.sleep(0.01)
        await bench.queue.reap(0.001)
    ((status, reason),) = await bench.rows("status::text, data -> 'error' ->> 'message'")
    assert status == "FAILED"
    assert "workers were lost" in reason


async def test_tasks_given_back_lose_no_attempt(bench: Bench) -> None:
    await bench.add(2)
    first, second = await bench.claim()
    assert await bench.queue.give_back([first]) == {first.id}
    assert await bench.queue.give_back([second], delay=60) == {second.id}
    assert await bench.rows("status::text, retry_count") == [("PENDING", 0), ("WAITING", 0)]
    assert await bench.finish([first], TaskStatus.COMPLETE) == set()


async def test_heartbeats_finishing_and_rescue_at_once_do_not_deadlock(bench: Bench) -> None:
    await bench.add(400)

    async def worker(name: str) -> int:
        done = 0
        while tasks := await bench.claim(20, lease=5, worker=name):
            beat = asyncio.create_task(bench.queue.heartbeat(tokens(tasks), 5))
            done += len(await bench.finish(tasks, TaskStatus.COMPLETE))
            await bench.queue.reap(0.5)
            await beat
        return done

    assert sum(await asyncio.gather(*(worker(f"w{n}") for n in range(6)))) == 400


async def test_one_notification_wakes_workers_per_batch(bench: Bench, settings: Settings) -> None:
    listener = await psycopg.AsyncConnection.connect(settings.postgres_dsn(), autocommit=True)
    async with listener:
        await listener.execute("LISTEN upbeat_tasks")
        await bench.add(100)
        await bench.add(100)
        await bench.run("NOTIFY upbeat_tasks, 'the end'")
        heard: list[str] = []
        async for notice in listener.notifies(timeout=240):
            if notice.payload == "the end":
                break
            heard.append(notice.payload)
    assert heard == [f"instagram.{FLOW}"], "the second batch held nothing new"


async def blocks_touched(
    bench: Bench, statement: str, positional: Sequence[Any] | None = None, **parameters: Any
) -> int:
    """Blocks of 8 KiB that a statement reads."""
    explained = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + SQL[statement]
    async with bench.pool.connection() as connection:
        if positional is None:
            cursor = await connection.execute(explained, parameters)
        else:
            cursor = await psycopg.AsyncRawCursor(connection).execute(explained, positional)
        ((plan,),) = await cursor.fetchall()
    return int(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])


async def test_workers_look_at_their_own_open_tasks_alone(bench: Bench) -> None:
    """Behind tasks that wait, tasks of other flows and tasks that ended, all by the ten thousand."""
    await bench.run(
        "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, run_after, scraped_at) "
        "SELECT kind.flow || kind.status || n, 'INSTAGRAM', kind.flow, kind.status::beat.task_status, "
        "CASE kind.status WHEN 'WAITING' THEN now() + interval '1 hour' END, "
        "CASE kind.status WHEN 'COMPLETE' THEN now() - interval '2 hours' END "
        f"FROM generate_series(1, 20000) n, (VALUES ('{FLOW}', 'WAITING'), ('other', 'WAITING'), ('other', 'PENDING'), "
        f"('{FLOW}', 'COMPLETE')) AS kind (flow, status)"
    )
    await bench.run("ANALYZE beat.scrape_request_log")
    await bench.add(10)
    flows = {"platforms": ["INSTAGRAM", "INSTAGRAM"], "flows": [FLOW, "third"]}
    wanted = {(IG, FLOW): 10, (IG, "third"): 10}
    assert await blocks_touched(bench, "open_work", **flows) < 50
    assert await blocks_touched(bench, "promote_due", **flows, limit=2000) < 50
    assert await blocks_touched(bench, "claim", claim_arguments(wanted, 10, str(uuid4()), "w", 60)) < 500
    assert await blocks_touched(bench, "expire", limit=2000) < 50
    assert await blocks_touched(bench, "reap", limit=2000, stuck_after=1.0, crash_limit=3) < 50


async def test_the_counts_for_people_do_not_walk_through_all_that_ever_ended(bench: Bench) -> None:
    await bench.run(
        "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, status, scraped_at) "
        f"SELECT 'e' || n, 'INSTAGRAM', '{FLOW}', 'COMPLETE', now() - interval '2 hours' FROM generate_series(1, 40000) n"
    )
    # What autovacuum does soon after rows were added (`autosummarize`).
    await bench.run("SELECT brin_summarize_new_values('beat.scrape_request_log_ended')")
    await bench.add(10)
    await bench.run("ANALYZE beat.scrape_request_log")
    assert await blocks_touched(bench, "counts") < 150
    assert await blocks_touched(bench, "ended_last_hour") < 100


async def test_a_backlog_that_expired_is_marked_batch_after_batch(bench: Bench) -> None:
    from upbeat.queue.store import MAINTENANCE_BATCH

    await bench.run(
        "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, expires_at) "
        f"SELECT 'x' || n, 'INSTAGRAM', '{FLOW}', now() FROM generate_series(1, {2 * MAINTENANCE_BATCH + 1}) n"
    )
    upkeep = QueueUpkeep(bench.queue, [(IG, FLOW)], stuck_after=60)
    for _ in range(3):
        await upkeep.run_due()
    assert set(await bench.rows()) == {("FAILED",)}


async def test_ends_are_matched_by_their_ids_also_when_the_statistics_are_from_before_the_claims(
    bench: Bench,
) -> None:
    """Statistics that know of no held task once made Postgres compare every held one with every end of the group."""
    await bench.add(20_000)
    await bench.run("ANALYZE beat.scrape_request_log")
    held = await bench.claim(2_000)
    compared = 0
    async with bench.pool.connection() as connection, connection.transaction(force_rollback=True):
        explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + SQL["finish"]
        cursor = await connection.execute(
            explained.encode(),
            {
                "ids": [task.id for task in held[:500]],
                "tokens": [task.lease_token for task in held[:500]],
                "statuses": ["COMPLETE"] * 500,
                "data": None,
                "delays": None,
                "attempts": None,
            },
        )
        row = await cursor.fetchone()
        assert row is not None
        plans = [row[0][0]["Plan"]]
        while plans:
            plan = plans.pop()
            compared += plan.get("Rows Removed by Join Filter", 0) * plan.get("Actual Loops", 1)
            plans += plan.get("Plans", [])
    assert compared < 100_000
