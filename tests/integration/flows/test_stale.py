"""What is due is enqueued once per window; named creators whenever somebody asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from upbeat.errors import InputError
from upbeat.flows.stale import StaleRequest, enqueue_handles, enqueue_stale
from upbeat.ingestion.tracking import track
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
PROFILES = StaleRequest(
    platform=Platform.INSTAGRAM,
    flow="profile_by_handle",
    kind="profiles",
    tiers=("tracked",),
    freshness=timedelta(hours=1),
)
POSTS = StaleRequest(
    platform=Platform.INSTAGRAM,
    flow="posts_by_handle",
    kind="posts",
    tiers=("tracked",),
    freshness=timedelta(hours=1),
)
ACCOUNT = """INSERT INTO beat.instagram_account (profile_id, handle, source, observed_at)
             VALUES (%(id)s, %(handle)s, 'lama', %(observed_at)s)"""
POST = """INSERT INTO beat.instagram_post (post_id, profile_id, handle, source, observed_at)
          VALUES (%(id)s || '-1', %(id)s, %(handle)s, 'lama', %(observed_at)s)"""


def _handles(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT params->>'handle' AS handle FROM beat.scrape_request_log ORDER BY id"
    ).fetchall()
    return [row["handle"] for row in rows]


@pytest.mark.parametrize("request_", [PROFILES, POSTS], ids=["profiles", "posts"])
def test_only_tracked_creators_that_were_not_seen_lately_are_enqueued(
    settings: Settings, request_: StaleRequest
) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["fresh", "new", "old"])
        track(connection, Platform.INSTAGRAM, ["other"], "long_tail")
        for handle, age in (
            ("fresh", timedelta(minutes=5)),
            ("old", timedelta(hours=2)),
            ("stranger", timedelta(days=9)),
        ):
            row = {"id": handle, "handle": handle, "observed_at": NOW - age}
            connection.execute(ACCOUNT, row)
            connection.execute(POST, row)
        assert enqueue_stale(connection, request_, NOW) == 2
        assert _handles(connection) == ["new", "old"]


@pytest.mark.parametrize("request_", [PROFILES, POSTS], ids=["profiles", "posts"])
def test_a_handle_seen_on_one_platform_says_nothing_of_the_same_handle_on_another(
    settings: Settings, request_: StaleRequest
) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.YOUTUBE, ["natgeo"])
        row = {"id": "1", "handle": "natgeo", "observed_at": NOW}
        connection.execute(ACCOUNT, row)
        connection.execute(POST, row)
        assert enqueue_stale(connection, replace(request_, platform=Platform.YOUTUBE), NOW) == 1


def test_a_second_run_in_the_same_window_adds_nothing_and_the_next_window_does(settings: Settings) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["natgeo"])
        assert enqueue_stale(connection, PROFILES, NOW) == 1
        assert enqueue_stale(connection, PROFILES, NOW + timedelta(minutes=20)) == 0
        assert enqueue_stale(connection, PROFILES, NOW + timedelta(minutes=31)) == 1


def test_named_creators_are_enqueued_once_per_request(settings: Settings) -> None:
    with transaction(settings) as connection:
        handles = ["@NatGeo", "https://www.instagram.com/natgeo/", "nasa"]
        assert enqueue_handles(connection, PROFILES, handles, request_name="run-1", now=NOW) == 2
        assert enqueue_handles(connection, PROFILES, handles, request_name="run-1", now=NOW) == 0
        assert enqueue_handles(connection, PROFILES, handles, request_name="run-2", now=NOW) == 2


@pytest.mark.parametrize("written", [" ", "no such handle!"])
def test_what_is_no_handle_is_refused_before_anything_is_enqueued(settings: Settings, written: str) -> None:
    with transaction(settings) as connection:
        with pytest.raises(InputError, match="handle="):
            enqueue_handles(connection, PROFILES, ["natgeo", written], request_name="run-1", now=NOW)
        assert _handles(connection) == []


def test_idle_workers_are_woken_when_something_was_added(settings: Settings) -> None:
    with connect(settings, autocommit=True) as listener:
        listener.execute("LISTEN upbeat_tasks")
        with transaction(settings) as connection:
            track(connection, Platform.INSTAGRAM, ["natgeo"])
            enqueue_stale(connection, PROFILES, NOW)
        listener.execute("SELECT pg_notify('upbeat_tasks', 'nothing more')")
        told = [note.payload for note in listener.notifies(timeout=5, stop_after=2)]
        assert told == ["instagram.profile_by_handle", "nothing more"]
