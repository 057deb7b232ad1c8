"""What can be asked of a source of YouTube data. A source overrides what it has an endpoint for.

A channel is a profile, a video a post. Lists are asked for page by page: a source overrides `…_page`, the loop is here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from upbeat.crawlers.base import Crawler
from upbeat.crawlers.collections import collect_items
from upbeat.crawlers.paging import collect_pages
from upbeat.records import ChannelActivity, Comment, ListedPost, Parsed, Platform, Post, SearchHit


class YouTubeCrawler(Crawler):
    """A source of YouTube data. `channel_id` is `UC…`, `video_id` 11 letters."""

    platform = Platform.YOUTUBE

    # --- channels -------------------------------------------------------------------------------
    async def fetch_channel_by_id(self, channel_id: str) -> Parsed:
        """The channel: one profile."""
        raise self._unsupported("channels by id")

    async def fetch_channel_by_handle(self, handle: str) -> Parsed:
        """The channel: one profile."""
        raise self._unsupported("channels by handle")

    async def fetch_channel_basic(self, channel_id: str) -> Parsed:
        """The channel with its counts, from the cheapest request that tells them."""
        raise self._unsupported("counts of channels")

    async def fetch_channel_insights(
        self, handle: str, channel_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """Figures of a connected channel per day: views, watch time, subscribers gained and lost."""
        raise self._unsupported("channel insights")

    async def fetch_channel_audience(
        self, handle: str, channel_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """Who watches a connected channel: age groups and gender, countries."""
        raise self._unsupported("channel audiences")

    async def fetch_channel_sections(self, channel_id: str) -> Parsed:
        """The shelves on a channel's page."""
        raise self._unsupported("channel sections")

    async def activity_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One page of what a channel did."""
        raise self._unsupported("channel activities")

    async def fetch_channel_activities(self, channel_id: str, limit: int) -> Parsed:
        """What a channel did, newest first."""
        return await collect_pages(
            lambda cursor, _: self.activity_page(channel_id, cursor), limit, of=ChannelActivity
        )

    async def channel_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """One page of the channels that a search finds; `offset` is how many hits came before it."""
        raise self._unsupported("searches for channels")

    async def search_channels(self, query: str, limit: int) -> Parsed:
        """The channels that a search finds."""
        return await collect_pages(
            lambda cursor, offset: self.channel_search_page(query, cursor, offset), limit, of=SearchHit
        )

    # --- videos ---------------------------------------------------------------------------------
    async def video_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One page of a channel's videos."""
        raise self._unsupported("videos by channel")

    async def fetch_videos_by_channel(self, channel_id: str, limit: int) -> Parsed:
        """A channel's newest videos."""
        return await collect_pages(lambda cursor, _: self.video_page(channel_id, cursor), limit)

    async def short_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One page of a channel's shorts."""
        raise self._unsupported("shorts")

    async def fetch_shorts_by_channel(self, channel_id: str, limit: int) -> Parsed:
        """A channel's newest shorts."""
        return await collect_pages(lambda cursor, _: self.short_page(channel_id, cursor), limit)

    async def fetch_video_by_id(self, video_id: str) -> Parsed:
        """One video."""
        raise self._unsupported("videos by id")

    async def fetch_videos(self, video_ids: Sequence[str]) -> Parsed:
        """Up to 50 videos in one request."""
        raise self._unsupported("batches of videos")

    async def fetch_video_insights(
        self, handle: str, video_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """Figures of one video of a connected channel."""
        raise self._unsupported("video insights")

    async def comment_page(self, video_id: str, cursor: str | None) -> Parsed:
        """One page of the comments under a video."""
        raise self._unsupported("comments")

    async def fetch_video_comments(self, video_id: str, limit: int) -> Parsed:
        """Comments under a video, in the source's order."""
        return await collect_pages(lambda cursor, _: self.comment_page(video_id, cursor), limit, of=Comment)

    async def playlist_page(self, playlist_id: str, cursor: str | None, offset: int) -> Parsed:
        """One page of a playlist; `offset` is how many entries came before it."""
        raise self._unsupported("playlists")

    async def fetch_playlist_items(self, playlist_id: str, limit: int) -> Parsed:
        """The entries of a playlist."""
        return await collect_pages(
            lambda cursor, offset: self.playlist_page(playlist_id, cursor, offset), limit, of=ListedPost
        )

    async def video_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """One page of the videos that a search finds; `offset` is how many hits came before it."""
        raise self._unsupported("searches for videos")

    async def search_videos(self, query: str, limit: int) -> Parsed:
        """The videos that a search finds."""
        return await collect_pages(
            lambda cursor, offset: self.video_search_page(query, cursor, offset), limit, of=SearchHit
        )

    async def trending_page(self, region: str, cursor: str | None, offset: int) -> Parsed:
        """One page of a region's chart; `offset` is how many videos came before it."""
        raise self._unsupported("charts")

    async def fetch_trending_videos(self, region: str, limit: int) -> Parsed:
        """A region's chart."""
        found = await collect_pages(
            lambda cursor, offset: self.trending_page(region, cursor, offset), limit, of=ListedPost
        )
        found.cut(Post, limit)
        return found

    # --- collections ----------------------------------------------------------------------------
    async def fetch_collection_videos(self, collection_id: str, video_ids: Sequence[str]) -> Parsed:
        """The videos of a collection, one by one where the source takes no batches."""
        return await collect_items(self.fetch_video_by_id, video_ids, collection_id)

    async def fetch_collection_channels(self, collection_id: str, channel_ids: Sequence[str]) -> Parsed:
        """The channels of a collection."""
        return await collect_items(self.fetch_channel_by_id, channel_ids, collection_id)
