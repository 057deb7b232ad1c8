"""The rules that hold for whatever is due: windows, limits, what is given up, batches, ends of campaigns, what no flow takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.integration.flows.due_world import FRESH, GONE, LONG_AGO, NOW, OLD, DueWorld, channel_id, video_id

from upbeat.errors import InputError
from upbeat.flows.stale import StaleRequest, enqueue_named, enqueue_stale, find_due
from upbeat.flows.sync_requests import SYNC_DAGS
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction

HOUR = timedelta(hours=1)
PROFILES = StaleRequest(
    flow="instagram.profile_by_handle", subjects="profiles", every=HOUR, tiers=("tracked",)
)
NEW = SYNC_DAGS["ig_profiles_new"].requests[0]
COLLECTED_POSTS = SYNC_DAGS["collection_posts_instagram"].requests[0]
COLLECTED_CHANNELS = SYNC_DAGS["collection_channels_youtube"].requests[0]


@pytest.fixture
def world(connection: psycopg.Connection[Any]) -> DueWorld:
    return DueWorld(connection)


def subjects(world: DueWorld, request: StaleRequest, now: Any = NOW) -> list[Any]:
    return [next(iter(task["params"].values())) for task in find_due(world.connection, request, now).tasks]


def test_the_next_window_adds_what_is_still_stale(world: DueWorld) -> None:
    world.track("natgeo")
    world.account("natgeo", "1")
    for minutes, added in ((0, 1), (19, 0), (20, 1)):
        due = enqueue_stale(world.connection, PROFILES, NOW + timedelta(minutes=minutes))
        assert len(due.tasks) == added, minutes
    assert [task["idempotency_key"] for task in world.tasks()] == [
        "instagram:profile_by_handle:natgeo:2026-11-22T14:00Z",
        "instagram:profile_by_handle:natgeo:2026-11-22T15:00Z",
    ]


def test_asking_what_is_due_adds_nothing(world: DueWorld) -> None:
    world.track("natgeo")
    assert subjects(world, PROFILES) == subjects(world, PROFILES) == ["natgeo"]
    assert world.tasks() == []


def test_a_limit_takes_those_first_that_were_not_seen_for_longest_and_a_second_run_the_rest(
    world: DueWorld,
) -> None:
    for number, handle in enumerate(("a", "b", "c", "d")):
        world.track(handle)
        if handle != "d":
            world.account(handle, str(number), OLD - number * HOUR)
    request = replace(PROFILES, limit=3)
    assert subjects(world, request) == ["d", "c", "b"]
    enqueue_stale(world.connection, request, NOW)
    assert subjects(world, request) == ["a"]
    enqueue_stale(world.connection, request, NOW)
    assert subjects(world, request) == []


def test_a_handle_that_nobody_bears_is_asked_for_every_six_hours_by_all_dags_together(
    world: DueWorld,
) -> None:
    world.track("nobody")
    assert len(enqueue_stale(world.connection, NEW, NOW).tasks) == 1
    for minutes in range(0, 3 * 60, 15):
        now = NOW + timedelta(minutes=minutes)
        assert subjects(world, NEW, now) == subjects(world, PROFILES, now) == [], minutes
    assert subjects(world, NEW, NOW + 6 * HOUR) == ["nobody"]


def test_an_account_that_was_not_seen_for_two_days_is_asked_for_every_six_hours(world: DueWorld) -> None:
    for handle, seen in (("gone", GONE), ("old", OLD)):
        world.track(handle)
        world.account(handle, handle, seen)
    enqueue_stale(world.connection, PROFILES, NOW)
    assert subjects(world, PROFILES, NOW + HOUR) == ["old"]
    assert subjects(world, PROFILES, NOW + 6 * HOUR) == ["gone", "old"]


def test_a_handle_seen_on_one_platform_says_nothing_of_the_same_handle_on_another(world: DueWorld) -> None:
    world.track("natgeo", platform="YOUTUBE")
    world.account("natgeo", "1", FRESH)
    (request,) = SYNC_DAGS["yt_channels_new"].requests
    assert subjects(world, request) == ["natgeo"]
    assert subjects(world, NEW) == []


@pytest.mark.parametrize(
    ("columns", "tier"),
    [
        ({}, "campaign"),
        ({"status": "DRAFT", "starts_on": (NOW + timedelta(days=30)).date()}, "campaign"),
        ({"ends_on": (NOW - timedelta(days=14)).date()}, "campaign"),
        ({"ends_on": (NOW - timedelta(days=15)).date()}, "long_tail"),
        ({"status": "COMPLETED", "updated_at": NOW - timedelta(days=3)}, "campaign"),
        ({"status": "CANCELLED", "updated_at": NOW - timedelta(days=20)}, "long_tail"),
        (
            {
                "status": "CANCELLED",
                "updated_at": NOW - timedelta(days=20),
                "ends_on": (NOW + timedelta(days=9)).date(),
            },
            "long_tail",
        ),
        ({"deleted_at": NOW}, "long_tail"),
    ],
)
def test_a_creator_of_a_campaign_goes_on_as_long_tail_fourteen_days_after_its_end(
    world: DueWorld, columns: dict[str, Any], tier: str
) -> None:
    world.track("natgeo", "campaign")
    world.campaign("c-1", ("INSTAGRAM", "natgeo"), **columns)
    for asked in ("campaign", "long_tail"):
        found = subjects(world, replace(PROFILES, tiers=(asked,)))
        assert found == (["natgeo"] if asked == tier else []), asked


def test_a_creator_who_was_added_lately_does_not_wait_for_the_message_of_the_campaign(
    world: DueWorld,
) -> None:
    world.track("natgeo", "campaign", added_at=NOW - timedelta(days=1))
    assert subjects(world, replace(PROFILES, tiers=("campaign",))) == ["natgeo"]


@pytest.mark.parametrize(
    ("columns", "campaign", "is_due"),
    [
        ({}, None, True),
        ({"starts_on": (NOW + timedelta(days=1)).date()}, None, True),
        ({"starts_on": (NOW + timedelta(days=2)).date()}, None, False),
        ({"ends_on": (NOW - timedelta(days=14)).date()}, None, True),
        ({"ends_on": (NOW - timedelta(days=15)).date()}, None, False),
        ({"deleted_at": NOW}, None, False),
        ({"campaign_id": "c-1"}, {"ends_on": (NOW - timedelta(days=15)).date()}, False),
        ({"campaign_id": "c-1"}, {"ends_on": (NOW - timedelta(days=3)).date()}, True),
        ({"campaign_id": "c-1", "ends_on": NOW.date()}, {"ends_on": (NOW - timedelta(days=15)).date()}, True),
        ({"campaign_id": "not-told-yet"}, None, True),
    ],
)
def test_a_collection_is_collected_from_its_start_until_fourteen_days_after_its_end(
    world: DueWorld, columns: dict[str, Any], campaign: dict[str, Any] | None, is_due: bool
) -> None:
    if campaign:
        world.campaign("c-1", **campaign)
    world.collection("k", "POSTS", **columns)
    world.member("collection_post", "k", shortcode="Po1")
    assert (subjects(world, COLLECTED_POSTS) == ["k"]) is is_due


def test_members_are_fifty_in_a_task_of_their_customer_and_stay_in_their_batch(world: DueWorld) -> None:
    world.collection("k", "POSTS")
    added = NOW - HOUR
    for number in range(120):
        world.member("collection_post", "k", shortcode=f"Po{number:03}", added_at=added)
    due = enqueue_stale(world.connection, COLLECTED_POSTS, NOW)
    assert [len(task["params"]["shortcodes"]) for task in due.tasks] == [50, 50, 20]
    assert {task["account_id"] for task in world.tasks()} == {"brand"}
    # The first task ends, which makes half of the posts fresh: the tasks that are still open are not added anew.
    ended = NOW + timedelta(minutes=10)
    for number in range(60):
        world.post(str(number + 1), "1", "a", age=HOUR, seen=ended, shortcode=f"Po{number:03}")
    assert subjects(world, COLLECTED_POSTS) == []
    assert subjects(world, COLLECTED_POSTS, ended) == []
    later = find_due(world.connection, COLLECTED_POSTS, NOW + timedelta(minutes=20))
    assert sorted(len(task["params"]["shortcodes"]) for task in later.tasks) == [20, 40]


def test_members_that_are_gone_cost_the_others_nothing_and_new_ones_among_them_are_asked_for_at_once(
    world: DueWorld,
) -> None:
    world.collection("k", "POSTS")
    for shortcode, added in (
        ("Gone1", LONG_AGO),
        ("Gone2", LONG_AGO),
        ("Late", NOW - HOUR),
        ("Seen", LONG_AGO),
    ):
        world.member("collection_post", "k", shortcode=shortcode, added_at=added)
    world.post("1", "1", "a", age=HOUR, shortcode="Seen")
    due = enqueue_stale(world.connection, COLLECTED_POSTS, NOW)
    asked = sorted(task["params"]["shortcodes"] for task in due.tasks)
    assert asked == [["Gone1", "Gone2"], ["Late", "Seen"]]
    half_an_hour_later = find_due(world.connection, COLLECTED_POSTS, NOW + timedelta(minutes=30))
    assert [task["params"]["shortcodes"] for task in half_an_hour_later.tasks] == [["Late", "Seen"]]
    world.member("collection_post", "k", shortcode="Gone3", added_at=LONG_AGO)
    again = find_due(world.connection, COLLECTED_POSTS, NOW + timedelta(minutes=30))
    assert ["Gone1", "Gone2", "Gone3"] in [task["params"]["shortcodes"] for task in again.tasks]


def test_videos_are_fifty_in_a_task_and_a_second_run_finds_the_same_batches(world: DueWorld) -> None:
    world.track("old", platform="YOUTUBE")
    world.account("old", channel_id("old"), platform="YOUTUBE")
    for number in range(60):
        world.post(
            video_id(f"v{number:02}"), channel_id("old"), "old", age=timedelta(days=10, minutes=number), platform="YOUTUBE"
        )  # fmt: skip
    (request,) = SYNC_DAGS["yt_videos_month"].requests
    due = enqueue_stale(world.connection, request, NOW)
    assert sorted(len(task["params"]["video_ids"]) for task in due.tasks) == [10, 50]
    world.connection.execute(
        "UPDATE beat.youtube_post SET observed_at = %s WHERE post_id < %s", (FRESH, video_id("v30"))
    )
    assert subjects(world, request, NOW + HOUR) == []


def test_what_no_flow_takes_is_left_out_with_its_reason_and_the_others_go_on(world: DueWorld) -> None:
    world.collection("k", "HASHTAGS")
    for hashtag in ("tea", "two words", "chai"):
        world.member("collection_hashtag", "k", hashtag=hashtag)
    (recent, *_) = SYNC_DAGS["collection_hashtags"].requests
    due = enqueue_stale(world.connection, recent, NOW)
    assert [task["params"]["hashtag"] for task in world.tasks()] == ["chai", "tea"]
    assert len(due.refused) == 1
    assert "two words" in due.refused[0]


def test_a_renamed_channel_is_one_member_of_its_collection(world: DueWorld) -> None:
    world.collection("k", "PROFILES")
    for handle in ("before", "after"):
        world.member(
            "collection_profile", "k", platform="YOUTUBE", handle=handle, profile_id=channel_id("one")
        )
    (task,) = find_due(world.connection, COLLECTED_CHANNELS, NOW).tasks
    assert task["params"]["channel_ids"] == [channel_id("one")]


def test_named_creators_are_enqueued_once_per_request(world: DueWorld) -> None:
    handles = ["@NatGeo", "https://www.instagram.com/natgeo/", "nasa"]
    for name, added in (("run-1", 2), ("run-1", 0), ("run-2", 2)):
        assert enqueue_named(world.connection, PROFILES, handles, request_name=name, now=NOW) == added
    assert sorted({task["params"]["handle"] for task in world.tasks()}) == ["nasa", "natgeo"]


def test_named_subjects_of_more_than_one_value_state_all_of_them(world: DueWorld) -> None:
    tasks = [{"collection_id": "k", "shortcodes": ["Po1"]}, {"collection_id": "k", "shortcodes": ["Po2"]}]
    assert enqueue_named(world.connection, COLLECTED_POSTS, tasks, request_name="run", now=NOW) == 2
    with pytest.raises(InputError, match="collection_id"):
        enqueue_named(
            world.connection, COLLECTED_POSTS, [{"shortcodes": ["Po1"]}], request_name="run", now=NOW
        )


def test_named_videos_are_fifty_in_a_task(world: DueWorld) -> None:
    (request,) = SYNC_DAGS["yt_videos_month"].requests
    videos = [video_id(f"v{number:02}") for number in range(60)]
    assert enqueue_named(world.connection, request, videos, request_name="run", now=NOW) == 2
    assert sorted(len(task["params"]["video_ids"]) for task in world.tasks()) == [10, 50]


@pytest.mark.parametrize("written", [" ", "no such handle!", 7])
def test_what_is_no_handle_is_refused_before_anything_is_enqueued(world: DueWorld, written: Any) -> None:
    with pytest.raises(InputError, match="handle="):
        enqueue_named(world.connection, PROFILES, ["natgeo", written], request_name="run-1", now=NOW)
    assert world.tasks() == []


def test_idle_workers_are_woken_when_something_was_added(settings: Settings) -> None:
    with connect(settings, autocommit=True) as listener:
        listener.execute("LISTEN upbeat_tasks")
        with transaction(settings) as connection:
            DueWorld(connection).track("natgeo")
            enqueue_stale(connection, PROFILES, NOW)
        listener.execute("SELECT pg_notify('upbeat_tasks', 'nothing more')")
        told = [note.payload for note in listener.notifies(timeout=5, stop_after=2)]
        assert told == ["instagram.profile_by_handle", "nothing more"]
