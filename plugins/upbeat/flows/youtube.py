"""The flows of YouTube. A channel is a profile, a video a post."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from upbeat.flows import parameters as of
from upbeat.flows.flow import Flow
from upbeat.records import PayloadKind, Platform

_flow = partial(Flow, platform=Platform.YOUTUBE)

# The official API has a quota of units a day, and tells the most; the scraper has none and rounds some figures.
_PUBLIC = ("ytapi", "youtube138")
_OFFICIAL = ("ytapi",)
_CHANNEL = ("beat.youtube_account", "beat.profile_log")
_VIDEOS = ("beat.youtube_post", "beat.post_log")

YOUTUBE_FLOWS: tuple[Flow, ...] = (
    _flow(
        name="channel_by_id",
        method="fetch_channel_by_id",
        kind=PayloadKind.PROFILE,
        params_model=of.ChannelParameters,
        chain=_PUBLIC,
        writes=_CHANNEL,
        concurrency=32,
    ),
    _flow(
        name="channel_by_handle",
        method="fetch_channel_by_handle",
        kind=PayloadKind.PROFILE,
        params_model=of.ChannelHandleParameters,
        chain=_PUBLIC,
        writes=_CHANNEL,
        concurrency=32,
    ),
    _flow(
        name="channel_basic",
        method="fetch_channel_basic",
        kind=PayloadKind.PROFILE,
        params_model=of.ChannelParameters,
        chain=("youtube138", "ytapi"),
        writes=_CHANNEL,
        freshness=timedelta(hours=6),
    ),
    _flow(
        name="channel_insights",
        method="fetch_channel_insights",
        kind=PayloadKind.INSIGHTS,
        params_model=of.OwnChannelParameters,
        chain=_OFFICIAL,
        writes=("beat.profile_insight",),
        concurrency=8,
        own_account=True,
    ),
    _flow(
        name="channel_audience",
        method="fetch_channel_audience",
        kind=PayloadKind.AUDIENCE,
        params_model=of.OwnChannelParameters,
        chain=_OFFICIAL,
        writes=("beat.profile_audience",),
        concurrency=8,
        freshness=timedelta(days=7),
        own_account=True,
    ),
    _flow(
        name="channel_sections",
        method="fetch_channel_sections",
        kind=PayloadKind.SECTIONS,
        params_model=of.ChannelParameters,
        chain=_OFFICIAL,
        writes=("beat.channel_section",),
        concurrency=8,
        freshness=timedelta(days=7),
    ),
    _flow(
        name="search_channels",
        method="search_channels",
        kind=PayloadKind.SEARCH,
        params_model=of.SearchParameters,
        # A search costs 100 of the official API's 10,000 units a day: the scraper first.
        chain=("youtube138", "ytapi"),
        writes=("beat.search_hit",),
        concurrency=8,
        priority=5,
    ),
    _flow(
        name="videos_by_channel",
        method="fetch_videos_by_channel",
        kind=PayloadKind.POSTS,
        params_model=of.ChannelListParameters,
        chain=_PUBLIC,
        writes=_VIDEOS,
        freshness=timedelta(hours=6),
    ),
    _flow(
        name="video_by_id",
        method="fetch_video_by_id",
        kind=PayloadKind.POST,
        params_model=of.VideoParameters,
        chain=_PUBLIC,
        writes=_VIDEOS,
        concurrency=32,
        freshness=timedelta(hours=6),
    ),
    _flow(
        name="videos_batch",
        method="fetch_videos",
        kind=PayloadKind.POSTS,
        params_model=of.VideosParameters,
        chain=_OFFICIAL,
        writes=_VIDEOS,
        freshness=timedelta(hours=6),
    ),
    _flow(
        name="shorts_by_channel",
        method="fetch_shorts_by_channel",
        kind=PayloadKind.POSTS,
        params_model=of.ChannelListParameters,
        chain=("youtube138",),
        writes=_VIDEOS,
        freshness=timedelta(hours=6),
    ),
    _flow(
        name="video_insights",
        method="fetch_video_insights",
        kind=PayloadKind.INSIGHTS,
        params_model=of.OwnVideoParameters,
        chain=_OFFICIAL,
        writes=("beat.post_insight",),
        concurrency=8,
        own_account=True,
    ),
    _flow(
        name="video_comments",
        method="fetch_video_comments",
        kind=PayloadKind.COMMENTS,
        params_model=of.VideoCommentsParameters,
        chain=_PUBLIC,
        writes=("beat.comment",),
        freshness=timedelta(hours=3),
    ),
    _flow(
        name="playlist_items",
        method="fetch_playlist_items",
        kind=PayloadKind.PLAYLIST,
        params_model=of.PlaylistParameters,
        chain=_OFFICIAL,
        writes=("beat.listed_post",),
        concurrency=8,
    ),
    _flow(
        name="channel_activities",
        method="fetch_channel_activities",
        kind=PayloadKind.ACTIVITIES,
        params_model=of.ChannelListParameters,
        chain=_OFFICIAL,
        writes=("beat.channel_activity",),
        concurrency=8,
    ),
    _flow(
        name="search_videos",
        method="search_videos",
        kind=PayloadKind.SEARCH,
        params_model=of.SearchParameters,
        chain=("youtube138", "ytapi"),
        writes=("beat.search_hit",),
        concurrency=8,
        priority=5,
    ),
    _flow(
        name="trending_videos",
        method="fetch_trending_videos",
        kind=PayloadKind.POSTS,
        params_model=of.TrendingParameters,
        chain=_OFFICIAL,
        writes=(*_VIDEOS, "beat.listed_post"),
        concurrency=4,
        freshness=timedelta(hours=3),
    ),
    _flow(
        name="collection_videos",
        method="fetch_collection_videos",
        kind=PayloadKind.POSTS,
        params_model=of.CollectionVideosParameters,
        chain=_PUBLIC,
        writes=(*_VIDEOS, "beat.collection_item"),
        freshness=timedelta(minutes=30),
        priority=5,
    ),
    _flow(
        name="collection_channels",
        method="fetch_collection_channels",
        kind=PayloadKind.PROFILES,
        params_model=of.CollectionChannelsParameters,
        chain=_PUBLIC,
        writes=(*_CHANNEL, "beat.collection_item"),
        freshness=timedelta(hours=1),
        priority=5,
    ),
)
