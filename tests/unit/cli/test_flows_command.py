"""`upbeat flows` shows the whole catalogue."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.errors import InputError
from upbeat.flows import FLOWS


def test_json_has_every_flow_with_all_that_the_catalogue_states() -> None:
    told = json.loads(CliRunner().invoke(app, ["flows", "--json"]).stdout)
    assert [flow["flow"] for flow in told] == list(FLOWS)
    stated = {
        "flow",
        "state",
        "part",
        "parameters",
        "sources",
        "processes",
        "concurrency",
        "limit_levels",
        "priority",
        "freshness_seconds",
        "deadline_seconds",
        "own_account",
        "writes",
        "dags",
    }
    assert all(set(flow) == stated for flow in told)
    assert sum(flow["state"] == "live" for flow in told) == 73


def test_one_flow_is_shown_with_its_parameters() -> None:
    text = CliRunner().invoke(app, ["flows", "instagram.post_insights"]).stdout
    assert "post_id: required" in text
    assert "that of the account itself" in text
    assert "asked by    ig_post_insights" in text


def test_a_flow_that_no_dag_asks_for_says_how_else_it_runs() -> None:
    text = CliRunner().invoke(app, ["flows", "instagram.location_posts"]).stdout
    assert "asked by    no DAG: `upbeat enqueue`" in text


def test_a_flow_that_asks_no_source_says_so() -> None:
    text = CliRunner().invoke(app, ["flows", "instagram.follower_scores"]).stdout
    assert "sources     none: worked out from what was collected" in text
    assert "asked by    score_followers" in text


def test_a_flow_of_assets_says_its_dags() -> None:
    text = CliRunner().invoke(app, ["flows", "instagram.instagram_post_media"]).stdout
    assert "asked by    assets_ig_post_media" in text


def test_a_pattern_that_meets_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"flow tiktok\.\*: no flow has such a name"):
        CliRunner().invoke(app, ["flows", "tiktok.*"], catch_exceptions=False)
