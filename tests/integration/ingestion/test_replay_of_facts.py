"""A replay of flows that bring more than profiles and posts: facts are compared, counted, corrected and rebuilt."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from tests.collection_run import CollectionRun

from upbeat.crawlers.youtube.ytapi import YtApi
from upbeat.flows import FLOWS
from upbeat.ingestion.replay import ReplayReport, replay
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.stores.postgres import transaction

COMMENTS = "youtube.video_comments"
COLLECTION = "youtube.collection_videos"


@pytest.fixture
def youtube(run: CollectionRun) -> CollectionRun:
    run.change(
        source_limits={"ytapi": "1000000/h"}, source_chains={COMMENTS: ["ytapi"], COLLECTION: ["ytapi"]}
    )
    run.add_credentials()
    return run


def collect(run: CollectionRun, flow: str, **params: Any) -> None:
    named = FLOWS[flow]
    task = NewTask(
        idempotency_key=flow, platform=named.platform, flow=named.name, params=named.validate(params)
    )
    with transaction(run.settings) as connection:
        assert enqueue_now(connection, [task]) == 1
    assert run.work(flows=[flow]).complete == 1


def replayed(run: CollectionRun, flow: str, **options: Any) -> ReplayReport:
    async def go() -> ReplayReport:
        connection = await psycopg.AsyncConnection.connect(
            run.settings.postgres_dsn(), autocommit=True, options="-c timezone=UTC"
        )
        async with connection:
            return await replay(run.settings, connection, flows=[FLOWS[flow]], **options)

    return asyncio.run(go())


def rows(run: CollectionRun, table: str) -> list[dict[str, Any]]:
    found = run.rows(f"SELECT * FROM beat.{table} ORDER BY 1, 2, 3")
    return [{name: row[name] for name in row if name not in ("created_at", "updated_at")} for row in found]


def test_comments_are_counted_corrected_and_added_and_twice_changes_nothing(youtube: CollectionRun) -> None:
    collect(youtube, COMMENTS, video_id=youtube.sandbox.channels(1)[0]["videos"][0], limit=10_000)
    right, events = rows(youtube, "comment"), youtube.count("beat.outbox")
    assert len(right) > 2
    same = replayed(youtube, COMMENTS)
    assert same.records == {"comment": len(right)}
    assert (same.added, same.corrected, youtube.count("beat.outbox")) == (0, 0, events)
    wrong, gone = right[0]["comment_id"], right[1]["comment_id"]
    youtube.rows("UPDATE beat.comment SET text = 'x' WHERE comment_id = %(id)s RETURNING 1", id=wrong)
    youtube.rows("DELETE FROM beat.comment WHERE comment_id = %(id)s RETURNING 1", id=gone)
    told = replayed(youtube, COMMENTS, dry_run=True)
    assert (told.added, told.corrected) == (1, 1)
    shown = next(one for one in told.differences if one.before is not None)
    assert (shown.table, shown.id, shown.before) == ("comment", f"YOUTUBE:{wrong}", {"text": "x"})
    assert shown.after == {"text": right[0]["text"]}
    assert rows(youtube, "comment") != right
    done = replayed(youtube, COMMENTS)
    assert (done.added, done.corrected) == (1, 1)
    assert rows(youtube, "comment") == right


def test_the_entries_of_a_collection_are_rebuilt_while_their_task_is_known(youtube: CollectionRun) -> None:
    collect(youtube, COLLECTION, collection_id="c-1", video_ids=youtube.sandbox.channels(1)[0]["videos"][:3])
    right = rows(youtube, "collection_item")
    assert len(right) == 3
    youtube.rows("DELETE FROM beat.collection_item RETURNING 1")
    assert replayed(youtube, COLLECTION).records["collection_item"] == 3
    assert rows(youtube, "collection_item") == right
    youtube.rows("DELETE FROM beat.scrape_request_log RETURNING 1")
    assert "collection_item" not in replayed(youtube, COLLECTION).records
    assert rows(youtube, "collection_item") == right


def test_a_parser_that_crashes_costs_its_answer_alone(
    youtube: CollectionRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(youtube, COMMENTS, video_id=youtube.sandbox.channels(1)[0]["videos"][0], limit=10_000)

    def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(YtApi, "parse", crash)
    report = replayed(youtube, COMMENTS)
    assert report.parsed == 0
    assert report.problems == {"ytapi: the parser failed (ZeroDivisionError)": report.payloads}
