"""How the stand-ins of YouTube's APIs behave: units of quota, credentials, pages, reports, changes of the world."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.sandbox.google_api import KEYS, TOKENS, connected_channels
from upbeat.sandbox.posts import DAY
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import (
    CASES,
    HIDDEN_HANDLE,
    NO_VIDEOS_HANDLE,
    UNKNOWN_CHANNEL_ID,
    Channel,
)
from upbeat.sandbox.youtube_youtube138 import age_text

from .conftest import Caller, Clock
from .youtube_calls import analytics, data_api, youtube138


@pytest.fixture
def channel(world: World) -> Channel:
    return world.youtube.channels()[0]


async def test_a_search_costs_a_hundred_units_and_everything_else_one(
    caller: Caller, channel: Channel
) -> None:
    await caller.order("limits", source="ytapi", requests=102)
    search = {"q": "music", "type": "video", "part": "snippet"}
    assert (await data_api(caller, "search", **search)).status_code == 200
    assert (await data_api(caller, "search", **search)).status_code == 403, "two units are left"
    for status in (200, 200, 403):
        answer = await data_api(caller, "channels", id=channel.channel_id, part="snippet")
        assert answer.status_code == status
    assert answer.json()["error"]["errors"][0]["reason"] == "quotaExceeded"
    other = await data_api(caller, "channels", key=KEYS[1], id=channel.channel_id, part="snippet")
    assert other.status_code == 200, "each key has its own units"


async def test_the_units_are_there_again_a_day_later(caller: Caller, channel: Channel, clock: Clock) -> None:
    await caller.order("limits", source="ytapi", requests=1)
    query = {"id": channel.channel_id, "part": "snippet"}
    assert [(await data_api(caller, "channels", **query)).status_code for _ in range(2)] == [200, 403]
    clock.now += DAY
    assert (await data_api(caller, "channels", **query)).status_code == 200


async def test_a_key_is_taken_as_a_header_or_in_the_query(caller: Caller, channel: Channel) -> None:
    query = {"id": channel.channel_id, "part": "snippet", "key": KEYS[0]}
    answer = await caller.client.get("/www.googleapis.com/youtube/v3/channels", params=query)
    assert answer.status_code == 200


@pytest.mark.parametrize(("key", "status", "reason"), [("", 403, "forbidden"), ("none", 400, "badRequest")])
async def test_a_wrong_key_is_refused_in_googles_words(
    caller: Caller, key: str, status: int, reason: str
) -> None:
    answer = await data_api(caller, "channels", key=key, id="UC", part="snippet")
    assert answer.status_code == status
    assert answer.json()["error"]["errors"][0]["reason"] == reason


async def test_pages_have_no_gap_and_no_double(caller: Caller, channel: Channel, world: World) -> None:
    query = {"playlistId": channel.uploads, "part": "contentDetails", "maxResults": "25"}
    found: list[str] = []
    while True:
        body = (await data_api(caller, "playlistItems", **query)).json()
        found += [item["contentDetails"]["videoId"] for item in body["items"]]
        if "nextPageToken" not in body:
            break
        query["pageToken"] = body["nextPageToken"]
    assert found == [video.video_id for video in world.youtube.videos(channel)]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"pageToken": "!"}, "invalidPageToken"),
        ({"maxResults": "51"}, "invalidValue"),
        ({"part": ""}, "missingRequiredParameter"),
    ],
)
async def test_a_wrong_parameter_is_refused(
    caller: Caller, channel: Channel, query: dict[str, str], reason: str
) -> None:
    asked = {"playlistId": channel.uploads, "part": "snippet"} | query
    answer = await data_api(caller, "playlistItems", **asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == reason


async def test_what_does_not_exist_is_no_item_or_not_found(caller: Caller) -> None:
    unknown = (await data_api(caller, "channels", id=UNKNOWN_CHANNEL_ID, part="snippet")).json()
    assert "items" not in unknown
    assert (await data_api(caller, "videos", id="xxxxxxxxxxx", part="snippet")).json()["items"] == []
    assert (await youtube138(caller, "/channel/details/", id=UNKNOWN_CHANNEL_ID)).status_code == 404


async def test_the_parts_that_are_asked_for_come(caller: Caller, channel: Channel) -> None:
    body = (await data_api(caller, "channels", id=channel.channel_id, part="statistics")).json()
    assert set(body["items"][0]) == {"kind", "etag", "id", "statistics"}


async def test_both_sources_tell_one_channel_alike(caller: Caller, channel: Channel) -> None:
    official = (await data_api(caller, "channels", id=channel.channel_id, part="statistics,snippet")).json()[
        "items"
    ][0]
    scraped = (await youtube138(caller, "/channel/details/", id=channel.channel_id)).json()
    assert int(official["statistics"]["subscriberCount"]) == scraped["stats"]["subscribers"]
    assert int(official["statistics"]["viewCount"]) == scraped["stats"]["views"]
    assert official["snippet"]["customUrl"] == scraped["username"]


async def test_a_hidden_count_is_told_by_nobody(caller: Caller) -> None:
    official = (await data_api(caller, "channels", forHandle=HIDDEN_HANDLE, part="statistics")).json()
    scraped = (await youtube138(caller, "/channel/details/", id=f"@{HIDDEN_HANDLE}")).json()
    assert official["items"][0]["statistics"]["hiddenSubscriberCount"] is True
    assert official["items"][0]["statistics"]["subscriberCount"] == "0"
    assert scraped["stats"]["subscribers"] is None


def report_query(**query: str) -> dict[str, str]:
    days = {"startDate": "2026-11-01", "endDate": "2026-11-21"}
    return {"ids": "channel==MINE", "metrics": "views", "dimensions": "day", **days, **query}


async def test_a_report_has_a_row_for_each_day_that_is_counted(caller: Caller) -> None:
    body = (await analytics(caller, **report_query(metrics="views,likes"))).json()
    assert [header["name"] for header in body["columnHeaders"]] == ["day", "views", "likes"]
    assert [row[0] for row in body["rows"]] == [f"2026-11-{day:02d}" for day in range(1, 20)]


async def test_the_shares_of_an_audience_are_a_hundred_per_cent(caller: Caller) -> None:
    query = report_query(metrics="viewerPercentage", dimensions="ageGroup,gender")
    rows = (await analytics(caller, **query)).json()["rows"]
    assert len(rows) == 14
    assert 99 < sum(row[2] for row in rows) < 101


async def test_a_token_opens_its_own_channel_alone(caller: Caller) -> None:
    own, other, _ = connected_channels().values()
    assert (await analytics(caller, **report_query(ids=f"channel=={own['user_id']}"))).status_code == 200
    assert (await analytics(caller, **report_query(ids=f"channel=={other['user_id']}"))).status_code == 403
    key = await caller.client.get(
        "/youtubeanalytics.googleapis.com/v2/reports",
        params=report_query(),
        headers={"X-Goog-Api-Key": KEYS[0]},
    )
    assert key.status_code == 401


async def test_an_expired_token_is_refused_by_both_apis(caller: Caller, channel: Channel) -> None:
    await caller.order("credentials", source="ytapi", credential=TOKENS[0], state="expired")
    assert (await analytics(caller, **report_query())).status_code == 401
    headers = {"Authorization": f"Bearer {TOKENS[0]}"}
    url = "/www.googleapis.com/youtube/v3/channels"
    query = {"id": channel.channel_id, "part": "snippet"}
    assert (await caller.client.get(url, params=query, headers=headers)).status_code == 401


async def test_a_changed_channel_is_told_at_once_and_kept(
    caller: Caller, world: World, channel: Channel
) -> None:
    url = f"/_sandbox/world/youtube/{channel.handle}"
    query = {"id": channel.channel_id, "part": "statistics"}
    await data_api(caller, "channels", **query)
    shown = (await caller.client.post(url, json={"subscribers": 4321})).json()
    assert shown["subscribers"] == 4321
    body = (await data_api(caller, "channels", **query)).json()
    assert body["items"][0]["statistics"]["subscriberCount"] == "4320", "the API rounds"
    await caller.client.post(url, json={"is_gone": True})
    assert "items" not in (await data_api(caller, "channels", **query)).json()
    await caller.client.delete(url)
    assert world.youtube.channel(channel.handle) == channel


def test_changes_of_channels_outlive_the_process_and_end_with_the_reset(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "sandbox.json"
    World(file, clock=clock).change_channel("tseries", {"subscribers": 1})
    again = World(file, clock=clock)
    changed = again.youtube.channel("tseries")
    assert changed is not None
    assert changed.subscribers == 1
    again.restore()
    assert again.youtube.channel("tseries") == World(clock=clock).youtube.channel("tseries")


async def test_a_fault_strikes_one_channel_alone(caller: Caller) -> None:
    await caller.order("faults", source="ytapi", fault="500", handle="tseries")
    statuses = [
        (await data_api(caller, "channels", forHandle=f"@{handle}", part="snippet")).status_code
        for handle in ("tseries", "pewdiepie")
    ]
    assert statuses == [500, 200]


@pytest.mark.parametrize(
    ("handle", "fields", "message"),
    [
        ("nobody", {"subscribers": 1}, "no such channel"),
        ("tseries", {"followers": 1}, "cannot be changed of a channel"),
        ("tseries", {"subscribers": "1"}, "must be a int"),
        ("tseries", {"subscribers": -1}, "of 0 or more"),
    ],
)
def test_a_wrong_change_is_refused(
    world: World, handle: str, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        world.change_channel(handle, fields)


def test_channels_and_videos_have_ids_of_youtubes_form_and_no_two_the_same(world: World) -> None:
    channels = world.youtube.channels()
    assert len(channels) == 150
    assert all(re.fullmatch(r"UC[\w-]{22}", channel.channel_id) for channel in channels)
    videos = [video.video_id for channel in channels for video in world.youtube.videos(channel)]
    assert all(re.fullmatch(r"[\w-]{11}", video_id) for video_id in videos)
    assert len(set(videos)) == len(videos) == 150 * 60


def test_a_new_day_brings_new_videos_and_counts_them(world: World, channel: Channel, clock: Clock) -> None:
    before = world.youtube.videos(channel)
    clock.now += 10 * DAY
    assert world.revision
    later = world.youtube.channel(channel.handle)
    assert later is not None
    now = world.youtube.videos(later)
    new = [video for video in now if video not in before]
    assert new
    assert later.video_count == channel.video_count + len(new)
    assert now[len(new) :] == before[: -len(new)], "a video never changes"


def test_every_case_for_tests_has_its_channel(world: World) -> None:
    for handle in CASES:
        assert world.youtube.channel(f"@{handle}") is not None
    nothing = world.youtube.channel(NO_VIDEOS_HANDLE)
    assert nothing is not None
    assert world.youtube.videos(nothing) == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90, "1 minutes ago"),
        (3_600, "1 hour ago"),
        (13 * DAY, "13 days ago"),
        (14 * DAY, "2 weeks ago"),
        (400 * DAY, "1 year ago"),
    ],
)
def test_ages_are_worded_as_on_the_pages(seconds: int, text: str) -> None:
    assert age_text(1_000_000_000, 1_000_000_000 + seconds) == text
