"""The DAGs of assets: due posts are kept, and what nobody uses is counted, then deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.collection_run import CollectionRun, collection_run
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.demo import pictures
from upbeat.flows.sync_requests import SYNC_DAGS
from upbeat.operators import assets
from upbeat.operators import enqueue as enqueue_module
from upbeat.operators import scrape as scrape_module
from upbeat.operators.assets import AssetRetentionOperator
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore

DAG = SYNC_DAGS["assets_ig_post_media"]
CDN = "https://cdn.sandbox.invalid"
RUN = {"run_id": "scheduled__2026-11-22"}


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectionRun]:
    """The operators' and commands' settings are this test's, buckets too."""
    with collection_run(settings) as run:
        for module in (assets, enqueue_module, scrape_module):
            monkeypatch.setattr(module, "settings_from_connections", lambda **_: run.settings)
        monkeypatch.setattr("upbeat.settings.get_settings", lambda: run.settings)
        yield run


def command(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["assets", *arguments])
    assert done.exception is None, done.output
    return json.loads(done.output) if "--json" in arguments else done.output


def test_new_posts_are_kept_by_a_run_of_the_dag_and_unused_ones_go(run: CollectionRun) -> None:
    for post_id, url, age in (
        ("1", f"{CDN}/post/1.jpg", 1),
        ("2", f"{CDN}/case/page/2.jpg", 2),
        ("3", f"{CDN}/post/3.jpg", 9),
    ):
        run.rows(
            "INSERT INTO beat.instagram_post (post_id, profile_id, handle, media_url, published_at, source, observed_at) "
            "VALUES (%(id)s, '7', 'a', %(url)s, now() - make_interval(days => %(age)s), 'test', now()) RETURNING post_id",
            id=post_id, url=url, age=age,
        )  # fmt: skip
    enqueue = EnqueueStaleOperator(task_id="enqueue", requests=DAG.requests)
    assert enqueue.execute(RUN) == [0]
    counts = ScrapeOperator(task_id="scrape", flows=DAG.flows).execute(RUN)
    assert (counts["complete"], counts["failed"]) == (1, 1)
    assert (
        CheckScrapeOperator(task_id="check", summaries=[], most_failed_share=1.0).execute(RUN)["failed"] == 0
    )
    enqueue.execute(RUN)
    assert run.count("beat.scrape_request_log") == 2, "once in a window"

    listed = command("list", "--json")
    assert listed["counts"] == [
        {"platform": "INSTAGRAM", "subject_kind": "post_media", "stored": 1, "gone": 0, "failed": 1, "bytes": listed["counts"][0]["bytes"]}
    ]  # fmt: skip
    assert [one["status"] for one in command("list", "--status", "failed", "--json")["assets"]] == ["failed"]
    assert "no picture or film by its content" in command("list")
    assert command("show", "1", "--json")["assets"][0]["status"] == "stored"
    run.change(asset_base_url="https://cdn.example/pictures/")
    (shown,) = command("show", "1", "--json")["assets"]
    assert shown["cdn_url"] == f"https://cdn.example/pictures/{shown['object_key']}", "that of today"
    assert command("list", "--status", "gone").endswith("no such asset\n")
    for wrong in (["show", "404"], ["list", "--kind", "portrait"], ["prune", "--days", "9999999"]):
        assert CliRunner().invoke(app, ["assets", *wrong]).exit_code != 0

    for table, column in (
        ("asset", "observed_at"),
        ("asset_object", "used_at"),
        ("instagram_post", "observed_at"),
    ):
        run.rows(f"UPDATE beat.{table} SET {column} = now() - interval '91 days' RETURNING 1 AS one")
    bucket = ObjectStore(run.settings, run.settings.s3_assets_bucket)
    told = AssetRetentionOperator(task_id="dry", dry_run=True).execute(RUN)
    assert (told["assets"], told["objects"], told["deleted"], len(list(bucket.keys()))) == (2, 1, False, 1)
    assert "1 objects" in command("prune")
    assert command("prune", "--days", "92", "--json")["assets"] == 0
    told = AssetRetentionOperator(task_id="delete").execute(RUN)
    assert (told["assets"], told["objects"], told["deleted"], list(bucket.keys())) == (2, 1, True, [])


def test_the_tour_keeps_pictures_once(run: CollectionRun) -> None:
    handles = run.handles(2)
    run.enqueue(*handles)
    run.add_credentials()
    run.work()
    kept = pictures.keep(run.settings, handles)
    assert (kept.pictures, kept.line().startswith("2 profile pictures kept")) == (2, True)
    assert f"http://127.0.0.1:{run.settings.api_port}/assets/" in kept.line()
    assert pictures.keep(run.settings, handles) == kept
    assert run.sandbox.requests(source="cdn")["total"] == 2
    assert pictures.keep(run.settings, ["nobody"]).line().startswith("no picture")
