"""All 19 flows of YouTube from the queue to the tables, over the sandbox: each with every source of its chain."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.collection_run import CollectionRun

from upbeat.credentials import store
from upbeat.flows import FLOWS, Flow
from upbeat.ingestion.replay import replay
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.sandbox.google_api import connected_channels
from upbeat.stores.postgres import transaction

SOURCES = ("ytapi", "youtube138")
YOUTUBE = [flow for flow in FLOWS.values() if flow.platform is Platform.YOUTUBE and flow.part == "collection"]
LISTINGS = {"playlist_items": "playlist", "trending_videos": "trending"}


@pytest.fixture
def youtube(run: CollectionRun) -> CollectionRun:
    """A run with credentials for both sources and no limits of ours."""
    run.change(source_limits=dict.fromkeys(SOURCES, "1000000/h"))
    run.add_credentials(owners=True)
    return run


def params_of_all(run: CollectionRun) -> dict[str, dict[str, Any]]:
    """What each flow is asked, about the largest channel of the sandbox and one that is connected."""
    channel = run.sandbox.channels(1)[0]
    handle, secrets = next(iter(connected_channels().items()))
    own = {"handle": handle, "channel_id": secrets["user_id"]}
    last_days = {"start": datetime.now(UTC).date() - timedelta(days=10)}
    one = {"channel_id": channel["channel_id"]}
    return {
        "channel_by_id": one,
        "channel_by_handle": {"handle": channel["handle"]},
        "channel_basic": one,
        "channel_insights": own,
        "channel_audience": own,
        "channel_sections": one,
        "search_channels": {"query": "music", "limit": 30},
        "videos_by_channel": one,
        "video_by_id": {"video_id": channel["videos"][0]},
        "videos_batch": {"video_ids": channel["videos"][:5]},
        "shorts_by_channel": one,
        "video_insights": {
            "handle": handle,
            "video_id": run.sandbox.channel(handle)["videos"][0],
            **last_days,
        },
        "video_comments": {"video_id": channel["videos"][0]},
        "playlist_items": {"playlist_id": channel["playlists"][0]},
        "channel_activities": one,
        "search_videos": {"query": "music", "limit": 30},
        "trending_videos": {"region": "IN"},
        "collection_videos": {"collection_id": "c-1", "video_ids": channel["videos"][:3]},
        "collection_channels": {"collection_id": "c-1", "channel_ids": [channel["channel_id"]]},
    }


def collect(run: CollectionRun, flow: Flow, params: dict[str, Any], source: str) -> dict[str, Any]:
    """Work one task of a flow with one source alone; the task afterwards."""
    run.change(source_chains={flow.key: [source]})
    task = NewTask(
        idempotency_key=f"{flow.key}:{source}",
        platform=flow.platform,
        flow=flow.name,
        params=flow.validate(params),
    )
    with transaction(run.settings) as connection:
        enqueue_now(connection, [task])
    run.work(flows=[flow.key], concurrency=1)
    (row,) = run.rows(
        "SELECT * FROM beat.scrape_request_log WHERE flow = %(flow)s ORDER BY id DESC LIMIT 1", flow=flow.name
    )
    return row


CASES = [(flow.name, source) for flow in YOUTUBE for source in flow.chain]


def test_every_flow_of_the_catalogue_is_tried() -> None:
    assert len(YOUTUBE) == 19
    assert {source for _, source in CASES} == set(SOURCES)


def test_every_flow_brings_rows_into_each_of_its_tables_with_every_source(youtube: CollectionRun) -> None:
    asked = params_of_all(youtube)
    for name, source in CASES:
        flow = FLOWS[f"youtube.{name}"]
        for table in flow.writes:
            youtube.rows(f"DELETE FROM {table} RETURNING 1")
        task = collect(youtube, flow, asked[name], source)
        assert task["status"] == "COMPLETE", (name, source, task["data"])
        for table in flow.writes:
            rows = youtube.rows(f"SELECT platform, source FROM {table}")
            assert rows, f"{name} by {source} wrote nothing into {table}"
            assert {(row["platform"], row["source"]) for row in rows} == {("YOUTUBE", source)}


def ask(run: CollectionRun, name: str, **params: Any) -> dict[str, Any]:
    """Work one task over the chain of its flow; the task afterwards."""
    flow = FLOWS[f"youtube.{name}"]
    task = NewTask(
        idempotency_key=f"{name}:{params}",
        platform=flow.platform,
        flow=flow.name,
        params=flow.validate(params),
    )
    with transaction(run.settings) as connection:
        enqueue_now(connection, [task])
    run.work(flows=[flow.key], concurrency=1)
    (row,) = run.rows("SELECT * FROM beat.scrape_request_log WHERE flow = %(flow)s", flow=flow.name)
    return row


def test_a_channel_is_one_row_whoever_tells_of_it(youtube: CollectionRun) -> None:
    channel = youtube.sandbox.channels(1)[0]
    assert ask(youtube, "channel_by_id", channel_id=channel["channel_id"])["data"]["source"] == "ytapi"
    assert ask(youtube, "channel_basic", channel_id=channel["channel_id"])["data"]["source"] == "youtube138"
    (row,) = youtube.rows("SELECT * FROM beat.youtube_account")
    assert (row["profile_id"], row["handle"]) == (channel["channel_id"], channel["handle"])
    assert row["full_name"] == channel["title"]
    assert row["posts_count"] == channel["video_count"]
    assert row["views_count"] == channel["total_views"]
    assert row["country"] == "IN"
    assert youtube.count("beat.profile_log") == 2


def test_a_key_whose_units_are_used_up_rests_and_the_scraper_answers(youtube: CollectionRun) -> None:
    youtube.sandbox.set_limit("ytapi", 0)
    channel = youtube.sandbox.channels(1)[0]
    task = ask(youtube, "channel_by_id", channel_id=channel["channel_id"])
    assert (task["status"], task["data"]["source"]) == ("COMPLETE", "youtube138")
    resting = [c for c in store.list_credentials(youtube.settings) if c.state == "cooling"]
    assert resting
    assert {credential.source for credential in resting} == {"ytapi"}


def test_a_channel_that_hides_its_subscribers_is_complete(youtube: CollectionRun) -> None:
    task = ask(youtube, "channel_by_handle", handle="hidden.channel.sandbox")
    assert (task["status"], task["data"]["source"]) == ("COMPLETE", "ytapi")
    (row,) = youtube.rows("SELECT followers_count FROM beat.youtube_account")
    assert row["followers_count"] is None


def test_comments_that_are_turned_off_complete_the_task(youtube: CollectionRun) -> None:
    video_id = youtube.sandbox.channel("commentsoff.channel.sandbox")["videos"][0]
    task = ask(youtube, "video_comments", video_id=video_id)
    assert (task["status"], task["data"]["source"]) == ("COMPLETE", "ytapi")
    assert youtube.count("beat.comment") == 0


def replay_all(run: CollectionRun, *names: str) -> None:
    """Read the archive of these flows anew."""

    async def read() -> None:
        connection = await psycopg.AsyncConnection.connect(
            run.settings.postgres_dsn(), autocommit=True, options="-c timezone=UTC"
        )
        async with connection:
            report = await replay(
                run.settings, connection, flows=[FLOWS[f"youtube.{name}"] for name in names]
            )
        assert report.problems == {}

    asyncio.run(read())


def test_a_replay_of_the_archive_gives_the_same_rows(youtube: CollectionRun) -> None:
    channel = youtube.sandbox.channels(1)[0]
    ask(youtube, "search_channels", query="music", limit=40)  # two whole pages
    ask(youtube, "videos_by_channel", channel_id=channel["channel_id"])
    before = [
        youtube.rows(f"SELECT * FROM beat.{table} ORDER BY 1, 2, 3")
        for table in ("search_hit", "youtube_post")
    ]
    assert all(before)
    for table in ("search_hit", "youtube_post"):
        youtube.rows(f"DELETE FROM beat.{table} RETURNING 1")
    replay_all(youtube, "search_channels", "videos_by_channel")
    after = [
        youtube.rows(f"SELECT * FROM beat.{table} ORDER BY 1, 2, 3")
        for table in ("search_hit", "youtube_post")
    ]
    assert [len(rows) for rows in after] == [len(rows) for rows in before]
