"""What the sandbox sends as YouTube's APIs is held against recorded answers: key paths and JSON types.

Parts that no recording shows (`status`, `topicDetails`, `liveStreamingDetails`, `contentDetails` of lists, replies in threads, reports) are
not asked for here: the references have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import COMMENTS_OFF_HANDLE, HIDDEN_HANDLE, Channel

from .body_shapes import problems, shape_of, shape_of_all
from .conftest import Caller
from .youtube_calls import data_api, youtube138

Read = Callable[[str], Any]
V3, RAPID = "youtube_v3", "youtube138_rapidapi"


@pytest.fixture
def channel(world: World) -> Channel:
    found = world.youtube.channel("tseries")
    assert found is not None
    return found


def ids(world: World, channel: Channel) -> dict[str, str]:
    return {
        "channel": channel.channel_id,
        "handle": channel.handle,
        "video": world.youtube.videos(channel)[0].video_id,
        "playlist": world.youtube.playlists(channel)[0].playlist_id,
        "uploads": channel.uploads,
        "off": world.youtube.videos(world.youtube.channel(COMMENTS_OFF_HANDLE) or channel)[0].video_id,
    }


@pytest.mark.parametrize(
    ("resource", "query", "recorded"),
    [
        (
            "channels",
            {"id": "{channel}", "part": "snippet,statistics,contentDetails,brandingSettings"},
            ("channel_info_single", "channels/info", "channels/info_multiple"),
        ),
        ("channels", {"forHandle": f"@{HIDDEN_HANDLE}", "part": "snippet"}, ("channels/info",)),
        (
            "videos",
            {"id": "{video}", "part": "snippet,statistics,contentDetails"},
            ("videos/videos_info_single", f"../{RAPID}/singleVideoData"),
        ),
        (
            "videos",
            {"chart": "mostPopular", "part": "snippet"},
            ("videos/videos_chart_paged_1", "videos/videos_info_single"),
        ),
        ("search", {"q": "music", "type": "video", "part": "snippet"}, ("search/search_by_keywords_p1",)),
        ("search", {"q": "music", "type": "channel", "part": "snippet"}, ("search/search_channels", "search/search_by_keywords_p1")),
        ("playlistItems", {"playlistId": "{playlist}", "part": "snippet"}, ("playlist_items/playlist_items_paged_1",)),
        (
            "commentThreads",
            {"videoId": "{video}", "part": "snippet"},
            ("comment_threads/comment_threads_by_video_paged_1", f"../{RAPID}/singleVideoComments"),
        ),
        ("activities", {"channelId": "{channel}", "part": "snippet"}, ("activities/activities_by_channel_p1",)),
        (
            "channelSections",
            {"channelId": "{channel}", "part": "snippet,contentDetails"},
            ("channel_sections/channel_sections_by_channel",),
        ),
    ],
)  # fmt: skip
async def test_an_official_body_has_the_recorded_shape(
    caller: Caller,
    recording: Read,
    world: World,
    channel: Channel,
    resource: str,
    query: dict[str, str],
    recorded: tuple[str, ...],
) -> None:
    known = shape_of_all(recording(f"{V3}/{name}.json") for name in recorded)
    if resource == "search":  # pages in the middle have a token that first pages have not
        known |= {"$.prevPageToken": {"string"}}
    known |= {"$.regionCode": {"string"}}
    names = ids(world, channel)
    answer = await data_api(caller, resource, **{k: v.format(**names) for k, v in query.items()})
    assert answer.status_code == 200
    assert answer.json()["items"]
    assert problems(answer.json(), known) == []


@pytest.mark.parametrize(
    ("path", "query", "recorded"),
    [
        ("/channel/details/", {"id": "{channel}"}, "ChannelContentData"),
        ("/channel/details/", {"id": "@{handle}"}, "ChannelContentData"),
        ("/channel/videos/", {"id": "{channel}", "filter": "videos_latest"}, "ChannelVideos"),
        ("/video/details/", {"id": "{video}"}, "videoDetails"),
        ("/video/comments/", {"id": "{video}"}, "VideoComments"),
        ("/search/", {"q": "music"}, "recomendedVideos"),
    ],
)
async def test_a_scraped_body_has_the_recorded_shape(
    caller: Caller,
    recording: Read,
    world: World,
    channel: Channel,
    path: str,
    query: dict[str, str],
    recorded: str,
) -> None:
    known = shape_of(recording(f"{RAPID}/{recorded}.json"))
    known |= {"$.cursorNext": {"string"}}  # the recorded list of videos was cut to four, without its cursor
    names = ids(world, channel)
    answer = await youtube138(caller, path, **{k: v.format(**names) for k, v in query.items()})
    assert answer.status_code == 200
    assert problems(answer.json(), known) == []


async def test_a_scraped_channel_and_video_have_all_recorded_keys(
    caller: Caller, recording: Read, world: World, channel: Channel
) -> None:
    names = ids(world, channel)
    for path, identity, recorded in (
        ("/channel/details/", names["channel"], "ChannelContentData"),
        ("/video/details/", names["video"], "videoDetails"),
    ):
        body = (await youtube138(caller, path, id=identity)).json()
        assert list(body) == list(recording(f"{RAPID}/{recorded}.json"))


async def test_googles_errors_have_the_quoted_shape(
    caller: Caller, quoted_errors: list[dict[str, Any]], world: World, channel: Channel
) -> None:
    bodies = [quoted["body"] for quoted in quoted_errors if quoted["api"] == "youtube_v3"]
    known = shape_of_all(bodies)
    await caller.order("limits", source="ytapi", requests=0)
    limited = await data_api(caller, "channels", id=channel.channel_id, part="snippet")
    assert (limited.status_code, limited.json()) == (403, bodies[0])
    await caller.order("limits", source="ytapi", requests=100)
    names = ids(world, channel)
    for resource, query in (
        ("channels", {"id": names["channel"]}),
        ("commentThreads", {"videoId": names["off"], "part": "snippet"}),
        ("commentThreads", {"videoId": "xxxxxxxxxxx", "part": "snippet"}),
        ("playlistItems", {"playlistId": "PLnone", "part": "snippet"}),
        ("activities", {"channelId": "UCnone", "part": "snippet"}),
    ):
        answer = await data_api(caller, resource, **query)
        assert answer.status_code in (400, 403, 404)
        assert problems(answer.json(), known) == []
    for key in ("", "none"):
        answer = await data_api(caller, "channels", key=key, id=names["channel"], part="snippet")
        assert problems(answer.json(), known) == []
