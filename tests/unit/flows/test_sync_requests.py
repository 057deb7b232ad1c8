"""The tables of the sync DAGs fit the catalogue of flows: what they ask for exists, and windows fit schedules."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter

from upbeat.flows import FLOWS
from upbeat.flows.stale import StaleRequest, subject_statements, window_start
from upbeat.flows.sync_dag import SyncDag
from upbeat.flows.sync_requests import COLLECTION_SYNC, INSTAGRAM_SYNC, SYNC_DAGS, YOUTUBE_SYNC

REQUESTS = [(dag, request) for dag in SYNC_DAGS.values() for request in dag.requests]
IDS = [f"{dag.dag_id}-{request.flow}" for dag, request in REQUESTS]
every_request = pytest.mark.parametrize(("dag", "request_"), REQUESTS, ids=IDS)


def ticks(schedule: str, days: int) -> list[datetime]:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    found = croniter(schedule, start)
    times = []
    while (time := found.get_next(datetime)) < start + timedelta(days=days):
        times.append(time)
    return times


def test_there_are_as_many_as_the_catalogue_of_dags_has() -> None:
    assert (len(INSTAGRAM_SYNC), len(YOUTUBE_SYNC), len(COLLECTION_SYNC), len(SYNC_DAGS)) == (17, 12, 10, 46)


@every_request
def test_every_request_names_a_live_flow_and_a_statement(dag: SyncDag, request_: StaleRequest) -> None:
    assert FLOWS[request_.flow].live
    assert request_.subjects in subject_statements()
    fields = FLOWS[request_.flow].params_model.model_fields
    assert set(request_.params) <= set(fields)
    needs_tiers = "%(tiers)s" in subject_statements()[request_.subjects]
    assert bool(request_.tiers) is needs_tiers
    assert (request_.age is not None) is ("%(published_after)s" in subject_statements()[request_.subjects])
    assert bool(request_.batched) is (" AS member" in subject_statements()[request_.subjects])


@every_request
def test_two_runs_after_one_another_ask_in_windows_of_their_own_or_share_one_on_purpose(
    dag: SyncDag, request_: StaleRequest
) -> None:
    times = ticks(dag.schedule, 30)
    steps = {later - sooner for sooner, later in pairwise(times)}
    assert min(steps) <= request_.every
    if request_.every == min(steps):
        windows = [window_start(request_.every, time) for time in times]
        assert len(set(windows)) == len(windows)


def test_every_tier_of_tracked_creators_is_collected_by_one_dag_of_profiles_per_platform() -> None:
    for dags, statement in ((INSTAGRAM_SYNC, "profiles"), (YOUTUBE_SYNC, "channels")):
        tiers = [
            tier
            for dag in dags
            for request in dag.requests
            if request.subjects == statement
            for tier in request.tiers
        ]
        assert sorted(tiers) == ["campaign", "leaderboard", "long_tail", "tracked"]


def test_runs_of_one_platform_start_at_different_minutes() -> None:
    hourly = [
        dag.schedule.split()[0] for dag in (*INSTAGRAM_SYNC, *YOUTUBE_SYNC) if dag.schedule.split()[1] == "*"
    ]
    fixed = [minute for minute in hourly if not minute.startswith("*/")]
    assert len(set(fixed)) == len(fixed)


@pytest.mark.parametrize("dag", SYNC_DAGS.values(), ids=SYNC_DAGS)
def test_subjects_named_by_hand_go_to_flows_that_take_them(dag: SyncDag) -> None:
    flows = [request.flow for request in dag.named_requests()]
    assert flows[0] == dag.requests[0].flow
    assert len(set(flows)) == len(flows)
    firsts = {next(iter(FLOWS[flow].params_model.model_fields)) for flow in flows}
    assert len(firsts) == 1


def test_what_a_dag_writes_are_the_tables_of_its_flows() -> None:
    assert SYNC_DAGS["ig_stories"].writes == ("beat.story", "beat.story_insight")
    assert SYNC_DAGS["ig_tagged_and_mentions"].flows == ("instagram.tagged_posts", "instagram.mentions")


def test_the_table_is_read_without_airflow() -> None:
    script = "import sys; sys.path.insert(0, 'plugins'); import upbeat.flows.sync_requests; assert 'airflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=240)
