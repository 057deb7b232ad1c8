"""The flows of connected accounts and hashtags by the Graph API, from the queue over the sandbox into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.collection_run import CollectionRun, collection_run

from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.sandbox.creators import CONNECTED
from upbeat.sandbox.instagram_graphapi import TOKENS, own_user_id
from upbeat.sandbox.world import World
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

OWNER = CONNECTED[own_user_id(TOKENS[0])]
VERSIONS = ("v15.0", "v18.0", "v22.0")


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    """A run with one credential per connected account, each under its account's handle."""
    with collection_run(settings) as run:
        run.add_credentials(owners=True)
        yield run


def collect(run: CollectionRun, flow: str, **params: Any) -> dict[str, Any]:
    """Run one task of a flow by the Graph API alone; the task as it ended."""
    run.change(source_chains={f"instagram.{flow}": ["graphapi"]})
    key = f"{flow}:{sorted(params.items())}:{run.settings.graph_api_version}"
    task = NewTask(idempotency_key=key, platform=Platform.INSTAGRAM, flow=flow, params=params)
    with transaction(run.settings) as connection:
        assert enqueue_now(connection, [task]) == 1
    run.work(flows=[f"instagram.{flow}"])
    return run.rows("SELECT * FROM beat.scrape_request_log ORDER BY id DESC LIMIT 1")[0]


def edge(run: CollectionRun, name: str, token: str = TOKENS[0], **query: str) -> list[dict[str, Any]]:
    """The entries of an edge of a connected account, asked for at the sandbox itself."""
    base = run.settings.source_base_url("graphapi", "https://graph.facebook.com")
    answer = httpx.get(
        f"{base}/v15.0/{own_user_id(token)}/{name}",
        params={**query, "access_token": token},
        trust_env=False,
        timeout=60,
    )
    return list(answer.raise_for_status().json()["data"])


def user_id(run: CollectionRun, handle: str = OWNER) -> str:
    return str(run.sandbox.creator(handle)["profile_id"])


def test_daily_insights_are_rows_of_the_account_that_all_sources_know(run: CollectionRun) -> None:
    task = collect(run, "profile_insights", handle=OWNER)
    assert (task["status"], task["data"]["source"]) == ("COMPLETE", "graphapi")
    rows = run.rows("SELECT * FROM beat.profile_insight")
    assert {(row["source"], row["subject_id"], row["period"]) for row in rows} == {
        ("graphapi", user_id(run), "day")
    }
    metrics = {row["metric"] for row in rows}
    assert {"reach", "impressions", "profile_views", "follower_count", "website_clicks"} <= metrics
    assert len(rows) == 7 * len(metrics)
    assert run.count("beat.profile_audience") == 0
    events = run.rows("SELECT DISTINCT kind FROM beat.outbox ORDER BY 1")
    assert [event["kind"] for event in events] == ["profile_insight", "task_log"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_the_api_tells_insights_and_audience(run: CollectionRun, version: str) -> None:
    run.change(graph_api_version=version)
    assert collect(run, "profile_insights", handle=OWNER)["status"] == "COMPLETE"
    assert collect(run, "profile_audience", handle=OWNER)["status"] == "COMPLETE"
    metrics = {row["metric"] for row in run.rows("SELECT DISTINCT metric FROM beat.profile_insight")}
    assert ("accounts_engaged" in metrics) is (version != "v15.0")
    assert ("views" in metrics) is (version == "v22.0")
    audience = run.rows("SELECT * FROM beat.profile_audience")
    parts = {row["breakdown"]: set() for row in audience}
    for row in audience:
        parts[row["breakdown"]].add(row["breakdown_value"])
    assert set(parts) == {"age_gender", "city", "country"} | ({"locale"} if version == "v15.0" else set())
    assert "F.18-24" in parts["age_gender"]
    assert "Mumbai, Maharashtra" in parts["city"]
    assert "IN" in parts["country"]
    ends = {row["end_time"] for row in audience}
    assert {(end.hour, end.minute, end.second) for end in ends} == {(0, 0, 0)}
    assert {row["subject_id"] for row in audience} == {user_id(run)}


@pytest.mark.parametrize("version", VERSIONS[::2])
def test_post_insights_are_rows_of_the_post_that_all_sources_know(run: CollectionRun, version: str) -> None:
    run.change(graph_api_version=version)
    kinds: dict[str, dict[str, Any]] = {}
    for post in edge(run, "media", fields="id,ig_id,media_type,media_product_type", limit="40"):
        kinds.setdefault(post["media_type"] + post["media_product_type"], post)
    assert {"IMAGEFEED", "VIDEOREELS", "CAROUSEL_ALBUMFEED"} <= set(kinds)
    for post in kinds.values():
        task = collect(run, "post_insights", handle=OWNER, post_id=post["id"])
        assert task["status"] == "COMPLETE", task["data"]
    rows = run.rows("SELECT * FROM beat.post_insight")
    assert {row["subject_id"] for row in rows} == {post["ig_id"] for post in kinds.values()}
    assert {row["source"] for row in rows} == {"graphapi"}
    reached = [row for row in rows if row["metric"] in ("reach", "carousel_album_reach")]
    assert len(reached) == len(kinds)
    assert all(row["value"] > 0 for row in reached)


@pytest.mark.parametrize("version", VERSIONS[::2])
def test_story_insights_are_rows_of_the_story(run: CollectionRun, version: str) -> None:
    run.change(graph_api_version=version)
    shown = [(token, story) for token in TOKENS for story in edge(run, "stories", token, fields="id,ig_id")]
    if not shown:
        pytest.skip("none of the sandbox's connected accounts shows a story today")
    token, story = shown[0]
    task = collect(run, "story_insights", handle=CONNECTED[own_user_id(token)], story_id=story["id"])
    assert task["status"] == "COMPLETE", task["data"]
    rows = run.rows("SELECT * FROM beat.story_insight")
    assert {(row["subject_id"], row["source"]) for row in rows} == {(story["ig_id"], "graphapi")}
    assert {"reach", "exits" if version == "v15.0" else "navigation"} <= {row["metric"] for row in rows}


def test_posts_and_stories_are_found_by_the_id_that_all_sources_share(run: CollectionRun) -> None:
    posts = edge(run, "media", fields="id,ig_id", limit="60")
    for post in (posts[0], posts[-1]):  # the last one stands on the second page
        task = collect(run, "post_insights", handle=OWNER, post_id=post["ig_id"])
        assert task["status"] == "COMPLETE", task["data"]
    told = {row["subject_id"] for row in run.rows("SELECT DISTINCT subject_id FROM beat.post_insight")}
    assert told == {posts[0]["ig_id"], posts[-1]["ig_id"]}
    for token in TOKENS:
        for story in edge(run, "stories", token, fields="id,ig_id"):
            owner = CONNECTED[own_user_id(token)]
            task = collect(run, "story_insights", handle=owner, story_id=story["ig_id"])
            assert task["status"] == "COMPLETE", task["data"]


def test_a_post_that_is_not_the_accounts_is_not_found(run: CollectionRun) -> None:
    task = collect(run, "post_insights", handle=OWNER, post_id="2421224614649404224")
    assert task["status"] == "FAILED"
    assert "not among the newest 200 media" in str(task["data"])
    assert run.count("beat.post_insight") == 0


def test_a_mention_is_an_entry_of_the_accounts_list(run: CollectionRun) -> None:
    media = edge(run, "tags", fields="id,ig_id")[0]
    assert collect(run, "mentions", handle=OWNER, media_id=media["id"])["status"] == "COMPLETE"
    (row,) = run.rows("SELECT * FROM beat.listed_post")
    assert (row["listing"], row["listing_key"], row["post_id"]) == ("mention", user_id(run), media["ig_id"])
    assert row["source"] == "graphapi"
    assert run.count("beat.instagram_post") == 0


@pytest.mark.parametrize("listing", ["hashtag_top", "hashtag_recent"])
def test_posts_under_a_hashtag_are_entries_of_its_list(run: CollectionRun, listing: str) -> None:
    name = World().index.hashtags()[0]
    task = collect(run, listing, hashtag=name, limit=60)
    assert task["status"] == "COMPLETE", task["data"]
    rows = run.rows("SELECT * FROM beat.listed_post ORDER BY position")
    assert {(row["listing"], row["listing_key"], row["source"]) for row in rows} == {
        (listing, name, "graphapi")
    }
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) == 60
    secrets = {token for token in TOKENS if token in str(run.archived(task["data"]["raw"][1]))}
    assert secrets == set(), "the addresses of further pages repeat the token"


def test_the_creators_of_a_collection_are_found(run: CollectionRun) -> None:
    handles = run.handles(3)
    task = collect(run, "collection_profiles", collection_id="c1", handles=handles)
    assert task["status"] == "COMPLETE"
    assert run.count("beat.collection_item") == run.count("beat.instagram_account") == 3


def test_an_account_without_a_credential_of_its_own_is_told_nothing(run: CollectionRun) -> None:
    stranger = next(handle for handle in run.handles(10) if handle not in CONNECTED.values())
    task = collect(run, "profile_insights", handle=stranger)
    assert task["status"] != "COMPLETE"
    assert "no usable credential" in str(task["data"]) or stranger in str(task["data"])
    assert run.count("beat.profile_insight") == 0


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ("429", None),
        ("401", None),
        ("500", None),
        ("broken_body", None),
        ("drop_field", "insights"),
        ("wrong_type", "value"),
    ],
)
def test_a_fault_leaves_no_row_and_says_what_happened(
    run: CollectionRun, fault: str, field: str | None
) -> None:
    run.sandbox.add_fault("graphapi", fault, field=field)
    task = collect(run, "profile_insights", handle=OWNER)
    assert (task["status"] == "COMPLETE") is (fault == "drop_field")
    assert run.count("beat.profile_insight") == 0
