"""`upbeat due` says what each sync DAG would add, and adds nothing."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.errors import InputError
from upbeat.flows.sync_requests import SYNC_DAGS
from upbeat.ingestion.tracking import track
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction


@pytest.fixture(autouse=True)
def told_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command asks for the settings of this test."""
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)


def test_it_counts_per_dag_and_flow_and_adds_nothing(settings: Settings) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["nasa", "natgeo"])
        track(connection, Platform.YOUTUBE, ["nasa"])
    told = json.loads(CliRunner().invoke(app, ["due", "--json"]).stdout)
    assert [line["dag_id"] for line in told] == [
        dag.dag_id for dag in SYNC_DAGS.values() for _ in dag.requests
    ]
    found = {line["dag_id"]: line["due"] for line in told if line["due"]}
    assert found == {
        "ig_profiles_new": 2, "ig_profiles_tracked": 2, "ig_posts_recent": 2, "yt_channels_new": 1, "yt_trending": 1,
    }  # fmt: skip
    first = next(line for line in told if line["dag_id"] == "ig_profiles_tracked")
    assert (first["flow"], first["first"]) == ("instagram.profile_by_handle", {"handle": "nasa"})
    assert first["window_seconds"] == 3600
    with connect(settings) as connection:
        assert connection.execute("SELECT count(*) AS n FROM beat.scrape_request_log").fetchone() == {"n": 0}


def test_a_pattern_chooses_dags_and_the_table_names_the_sum(settings: Settings) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["nasa"])
    text = CliRunner().invoke(app, ["due", "ig_profiles_*"]).stdout
    assert "ig_profiles_tracked" in text
    assert "ig_posts_recent" not in text
    assert "2 tasks; nothing was added" in text


def test_what_no_flow_takes_is_told_apart(settings: Settings) -> None:
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO coffee.collection (collection_id, kind, name, updated_at) VALUES ('k', 'HASHTAGS', 'c', now())"
        )
        connection.execute(
            "INSERT INTO coffee.collection_hashtag (collection_id, platform, hashtag, added_at, updated_at)"
            " VALUES ('k', 'INSTAGRAM', 'two words', now(), now())"
        )
    result = CliRunner().invoke(app, ["due", "collection_hashtags"])
    assert "collection_hashtags: 1 left out: instagram.hashtag_recent: hashtag='two words'" in result.stderr


def test_a_name_that_no_dag_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"dag tiktok: no sync DAG has such a name"):
        CliRunner().invoke(app, ["due", "tiktok"], catch_exceptions=False)
