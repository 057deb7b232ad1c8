"""Replay: today's parsers over archived answers, without a request; twice changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.collection_run import POSTS, PROFILES, CollectionRun

from upbeat.errors import InputError
from upbeat.flows import FLOWS
from upbeat.ingestion.replay import ReplayReport, replay
from upbeat.stores.postgres import transaction


def replayed(run: CollectionRun, **options: Any) -> ReplayReport:
    async def go() -> ReplayReport:
        connection = await psycopg.AsyncConnection.connect(
            run.settings.postgres_dsn(), autocommit=True, options="-c timezone=UTC"
        )
        async with connection:
            return await replay(run.settings, connection, **options)

    return asyncio.run(go())


def collected(run: CollectionRun, count: int = 3) -> list[str]:
    handles = run.handles(count)
    run.enqueue(*handles)
    run.enqueue(handles[0], flow=POSTS)
    summary = run.work(flows=[PROFILES, POSTS])
    assert summary.complete == count + 1
    return handles


def everything(run: CollectionRun) -> list[list[dict[str, Any]]]:
    columns = "platform, profile_id, dimensions, metrics, source, timestamp, raw_object"
    return [
        run.rows("SELECT * FROM beat.instagram_account ORDER BY profile_id"),
        run.rows("SELECT * FROM beat.instagram_post ORDER BY post_id"),
        run.rows(f"SELECT {columns} FROM beat.profile_log ORDER BY profile_id, timestamp"),
        run.rows(f"SELECT post_id, {columns} FROM beat.post_log ORDER BY post_id, timestamp"),
        run.rows("SELECT id, status::text, data, retry_count FROM beat.scrape_request_log ORDER BY id"),
        run.rows("SELECT id, kind, key FROM beat.outbox ORDER BY id"),
    ]


def test_a_replay_of_what_is_stored_changes_nothing_and_asks_nobody(run: CollectionRun) -> None:
    collected(run)
    before, asked = everything(run), run.sandbox.requests()["total"]
    report = replayed(run, flows=[FLOWS[PROFILES], FLOWS[POSTS]])
    assert (report.payloads, report.parsed) == (4, 4)
    assert (report.added, report.corrected) == (0, 0)
    assert everything(run) == before
    assert run.sandbox.requests()["total"] == asked


def test_a_replay_corrects_what_an_older_parser_got_wrong(run: CollectionRun) -> None:
    collected(run)
    right = everything(run)[:4]
    run.rows("UPDATE beat.profile_log SET metrics = metrics || '{\"followers\": 1}' RETURNING id")
    run.rows(
        "UPDATE beat.instagram_account SET followers_count = 1, updated_at = updated_at RETURNING handle"
    )
    run.rows("DELETE FROM beat.post_log RETURNING id")
    told = replayed(run, flows=[FLOWS[PROFILES], FLOWS[POSTS]], dry_run=True)
    assert told.corrected == 3
    assert told.added == len(right[3])
    shown = next(difference for difference in told.differences if difference.table == "profile_log")
    assert shown.before == {"followers": 1}
    assert set(shown.after) == {"followers"}
    assert run.rows("SELECT max((metrics ->> 'followers')::int) AS n FROM beat.profile_log")[0]["n"] == 1
    done = replayed(run, flows=[FLOWS[PROFILES], FLOWS[POSTS]])
    assert (done.corrected, done.added) == (told.corrected, told.added)
    for rows in (right[0], right[1]):
        for row in rows:
            row.pop("updated_at")
    after = everything(run)[:4]
    for rows in (after[0], after[1]):
        for row in rows:
            row.pop("updated_at")
    assert after == right
    assert replayed(run, flows=[FLOWS[PROFILES], FLOWS[POSTS]]).corrected == 0


def test_a_replay_of_an_old_answer_leaves_the_newer_current_row(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle, key="first")
    run.work()
    run.sandbox.change_creator(handle, followers=12_345)
    run.enqueue(handle, key="second")
    run.work()
    first = run.rows("SELECT min(id) AS id FROM beat.scrape_request_log")[0]["id"]
    run.rows("UPDATE beat.profile_log SET metrics = '{}' RETURNING id")
    report = replayed(run, task_id=first)
    assert (report.payloads, report.corrected) == (1, 1)
    assert run.rows("SELECT followers_count FROM beat.instagram_account")[0]["followers_count"] == 12_345


def test_failing_and_malformed_answers_are_counted_with_their_reason(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.change(source_chains={PROFILES: ["graphapi", "rapidapi-igdata", "lama"]})
    run.sandbox.add_fault("graphapi", "broken_body")
    run.sandbox.add_fault("rapidapi-igdata", "500")
    run.enqueue(handle)
    assert run.work().by_source == {"lama": 1}
    report = replayed(run, flows=[FLOWS[PROFILES]])
    assert (report.payloads, report.parsed) == (3, 1)
    assert sum(report.problems.values()) == 2
    assert any("HTTP 500" in reason for reason in report.problems)


def test_an_answer_that_postgres_refuses_costs_itself_alone(run: CollectionRun) -> None:
    handles = collected(run)
    refused = handles[1]
    run.rows("DELETE FROM beat.profile_log RETURNING id")
    with transaction(run.settings) as connection:
        check = sql.SQL("ALTER TABLE beat.profile_log ADD CHECK (handle <> {})")
        connection.execute(check.format(sql.Literal(refused)))
    report = replayed(run, flows=[FLOWS[PROFILES]])
    assert (report.parsed, report.added) == (3, 2)
    ((reason, times),) = report.problems.items()
    assert "the database refused" in reason
    assert times == 1
    assert {row["handle"] for row in run.rows("SELECT handle FROM beat.profile_log")} == {*handles} - {
        refused
    }


def test_an_unknown_task_is_named(run: CollectionRun) -> None:
    with pytest.raises(InputError, match="task 999"):
        replayed(run, task_id=999)
