"""A sync DAG of each platform as Airflow runs it: enqueue → scrape → check through the operators' `execute`, over the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from tests.collection_run import CollectionRun, collection_run

from upbeat.embedded.environment import process_environment
from upbeat.flows.sync_requests import SYNC_DAGS
from upbeat.ingestion.tracking import track
from upbeat.operators import enqueue, scrape
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator
from upbeat.records import Platform
from upbeat.sandbox.creators import CONNECTED
from upbeat.sandbox.google_api import connected_channels
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

SyncRun = Callable[..., dict[str, int]]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectionRun]:
    """A run whose settings the operators get as well, with the connections of this test's database."""
    for name, value in process_environment(settings).items():
        if name.startswith("AIRFLOW_CONN_"):
            monkeypatch.setenv(name, value)
    with collection_run(settings) as run:
        run.add_credentials(owners=True)
        for module in (enqueue, scrape):
            monkeypatch.setattr(module, "settings_from_connections", lambda **_: run.settings)
        yield run


@pytest.fixture
def sync(run: CollectionRun) -> SyncRun:
    """Runs the three steps of a DAG; gives the counts of the last."""

    def steps(dag_id: str, named: Any = ()) -> dict[str, int]:
        entry = SYNC_DAGS[dag_id]
        context = {"run_id": f"scheduled__{dag_id}__{named}"}
        shards = EnqueueStaleOperator(task_id="enqueue", requests=entry.requests, named=named).execute(
            context
        )
        summaries = [
            ScrapeOperator(task_id="scrape", flows=entry.flows, shard=shard, time_budget_seconds=60).execute(
                context
            )
            for shard in shards
        ]
        return CheckScrapeOperator(task_id="check", summaries=summaries).execute(context)

    return steps


def follow(run: CollectionRun, platform: Platform, handles: list[str]) -> None:
    with transaction(run.settings) as connection:
        track(connection, platform, handles)


def test_instagram_from_a_tracked_handle_to_posts_comments_and_insights(
    run: CollectionRun, sync: SyncRun
) -> None:
    owner = next(iter(CONNECTED.values()))
    follow(run, Platform.INSTAGRAM, [owner, run.handles(1)[0]])
    assert sync("ig_profiles_new")["complete"] == 2
    assert sync("ig_profiles_tracked")["complete"] == 0, "they were collected just now"
    assert sync("ig_posts_recent")["complete"] == 2
    for dag_id in ("ig_posts_month", "ig_comments", "ig_post_insights", "ig_stories", "ig_profile_insights"):
        counts = sync(dag_id)
        assert counts["failed"] == counts["timeout"] == 0, dag_id
    told = run.rows(
        "SELECT count(DISTINCT insight.subject_id) AS n, count(post.post_id) = count(*) AS known "
        "FROM beat.post_insight AS insight LEFT JOIN beat.instagram_post AS post ON post.post_id = insight.subject_id"
    )[0]
    assert told["n"] > 0
    assert told["known"], "figures are of the posts that all sources know"
    assert run.count("beat.profile_insight") > 0
    assert run.count("beat.comment") > 0


def test_audiences_are_scored_once_they_were_collected_and_by_hand_for_named_creators(
    run: CollectionRun, sync: SyncRun
) -> None:
    handle, other = run.handles(2)
    follow(run, Platform.INSTAGRAM, [handle, other])
    assert sync("ig_profiles_new")["complete"] == 2
    assert sync("score_followers")["complete"] == 0, "nothing of an audience was collected"
    (account,) = run.rows("SELECT profile_id FROM beat.instagram_account WHERE handle = %(h)s", h=handle)
    run.change(source_chains={"instagram.followers": ["lama"]})
    assert sync("ig_followers_sample", [account["profile_id"]])["complete"] == 1
    assert sync("score_followers")["complete"] == 2, "its followers, and what they say of all"
    assert run.count("beat.follower_score") == run.count("beat.follower") > 0
    (quality,) = run.rows("SELECT handle, sample_size FROM beat.audience_quality")
    assert (quality["handle"], quality["sample_size"]) == (handle, run.count("beat.follower"))
    assert sync("score_followers", [other])["complete"] == 3, "without an audience, which the tasks say"
    with pytest.raises(AirflowFailException, match="3 of 3 tasks failed"):
        sync("score_followers", ["nobody.collected"])


def test_youtube_from_a_tracked_handle_to_videos_and_insights(run: CollectionRun, sync: SyncRun) -> None:
    handle, _ = next(iter(connected_channels().items()))
    follow(run, Platform.YOUTUBE, [handle.lower(), run.sandbox.channels(1)[0]["handle"].lower()])
    assert sync("yt_channels_new")["complete"] == 2
    assert sync("yt_videos_recent")["complete"] == 2
    for dag_id in ("yt_videos_month", "yt_channel_insights", "yt_video_insights", "yt_shorts", "yt_trending"):
        counts = sync(dag_id)
        assert counts["failed"] == counts["timeout"] == 0, dag_id
    for table in ("youtube_account", "youtube_post", "profile_insight", "listed_post"):
        assert run.count(f"beat.{table}") > 0, table


def test_collections_and_shops_of_the_product(run: CollectionRun, sync: SyncRun) -> None:
    handles, channel = run.handles(3), run.sandbox.channels(1)[0]
    with transaction(run.settings) as connection:
        for kind in ("POSTS", "PROFILES"):
            connection.execute(
                "INSERT INTO coffee.collection (collection_id, kind, name, account_id, updated_at)"
                " VALUES (%(kind)s::text, %(kind)s::coffee.collection_kind, 'c', 'brand-7', now())",
                {"kind": kind},
            )
        for platform, members in (("INSTAGRAM", handles), ("YOUTUBE", [channel["handle"].lower()])):
            for handle in members:
                connection.execute(
                    "INSERT INTO coffee.collection_profile (collection_id, platform, handle, added_at, updated_at)"
                    " VALUES ('PROFILES', %s, %s, now(), now())",
                    (platform, handle),
                )
        for video in channel["videos"][:3]:
            connection.execute(
                "INSERT INTO coffee.collection_post (collection_id, platform, shortcode, added_at, updated_at)"
                " VALUES ('POSTS', 'YOUTUBE', %s, now(), now())",
                (video,),
            )
    assert sync("collection_profiles_instagram")["complete"] == 1
    assert sync("collection_videos_youtube")["complete"] == 1
    assert sync("collection_channels_youtube")["complete"] == 1, "the handle becomes a channel id first"
    assert sync("collection_stories")["complete"] == 3
    assert sync("shopify_orders")["complete"] == 2
    assert sync("shopify_products")["complete"] == 6
    assert run.count("beat.instagram_account") == 3
    assert run.count("beat.collection_item") == 6
    owned = run.rows("SELECT DISTINCT account_id FROM beat.scrape_request_log WHERE platform <> 'SHOPIFY'")
    assert [row["account_id"] for row in owned] == ["brand-7"]


def test_check_says_the_numbers_when_more_than_one_in_twenty_fails(run: CollectionRun, sync: SyncRun) -> None:
    follow(run, Platform.INSTAGRAM, [*run.handles(3), "nobody.bears.this"])
    with pytest.raises(AirflowFailException, match="1 of 4 tasks failed"):
        sync("ig_profiles_new")
    assert run.count("beat.instagram_account") == 3
