"""The tour's two DAGs of audiences over the sandbox, step by step as Airflow runs them: what they bring is what the tour shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.collection_run import CollectionRun, collection_run

from upbeat.demo.audiences import COLLECT_FOLLOWERS, SCORE, audiences, creators_to_score, likeliest_fake
from upbeat.embedded.environment import process_environment
from upbeat.flows.sync_requests import SYNC_DAGS
from upbeat.ingestion.tracking import track
from upbeat.operators import enqueue, scrape
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CollectionRun]:
    for name, value in process_environment(settings).items():
        if name.startswith("AIRFLOW_CONN_"):
            monkeypatch.setenv(name, value)
    with collection_run(settings) as run:
        run.add_credentials(owners=True)
        for module in (enqueue, scrape):
            monkeypatch.setattr(module, "settings_from_connections", lambda **_: run.settings)
        yield run


def steps(dag_id: str, named: list[str]) -> dict[str, int]:
    entry = SYNC_DAGS[dag_id]
    context = {"run_id": f"demo__{dag_id}"}
    shards = EnqueueStaleOperator(
        task_id="enqueue", requests=entry.requests, named=named, named_requests=entry.named_requests()
    ).execute(context)
    summaries = [
        ScrapeOperator(task_id="scrape", flows=entry.flows, shard=shard, time_budget_seconds=60).execute(
            context
        )
        for shard in shards
    ]
    return CheckScrapeOperator(task_id="check", summaries=summaries).execute(context)


def test_two_hundred_followers_of_each_creator_give_a_share_with_its_interval_and_one_explained(
    run: CollectionRun,
) -> None:
    handles = run.handles(3)
    with transaction(run.settings) as connection:
        track(connection, Platform.INSTAGRAM, handles)
    assert steps("ig_profiles_tracked", handles)["complete"] == 3
    chosen = creators_to_score(run.settings, handles)
    assert list(chosen) == handles
    assert SYNC_DAGS[COLLECT_FOLLOWERS].by_hand == "user_ids"
    assert steps(COLLECT_FOLLOWERS, list(chosen.values()))["complete"] == 3
    assert SYNC_DAGS[SCORE].by_hand == "handles"
    assert steps(SCORE, list(chosen))["failed"] == 0
    rows = audiences(run.settings, list(chosen.values()))
    assert sorted(row.handle for row in rows) == sorted(handles)
    for row in rows:
        assert row.sample_size == 200
        assert row.model_fake_share is not None
        assert row.model_fake_share_low is not None
        assert row.model_fake_share_high is not None
        assert row.model_fake_share_low <= row.model_fake_share <= row.model_fake_share_high
    found = likeliest_fake(run.settings, list(chosen.values()))
    assert found is not None
    assert found.creator in handles
    assert found.probability > 0.5
