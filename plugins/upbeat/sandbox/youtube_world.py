"""The YouTube part of the one world: channels, what they uploaded, their playlists, the chart and searches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from upbeat.errors import InputError
from upbeat.sandbox.creators import digest
from upbeat.sandbox.youtube_channels import Channel, letters, make_test_channels, read_channels
from upbeat.sandbox.youtube_videos import Video, make_videos, videos_since_table

CHANGEABLE: dict[str, type] = {
    "subscribers": int,
    "video_count": int,
    "total_views": int,
    "title": str,
    "hides_subscribers": bool,
    "is_gone": bool,
}
"""What can be changed of a channel, with its type. `is_gone` hides it as if it had been deleted."""
CHART_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Playlist:
    """One playlist of a channel."""

    playlist_id: str
    title: str
    videos: tuple[Video, ...]


class YouTubeWorld:
    """The channels as they stand on one day with the changes that were made. A change or a new day makes another one."""

    def __init__(
        self, base: Mapping[str, Channel], changes: Mapping[str, Mapping[str, Any]], today: int
    ) -> None:
        self._today = today
        self._videos: dict[str, tuple[Video, ...]] = {}
        self._charts: dict[str, tuple[tuple[Channel, Video], ...]] = {}
        self._channels: dict[str, Channel] = {}
        for handle, channel in base.items():
            change = dict(changes.get(handle, {}))
            if change.pop("is_gone", False):
                continue
            counted = {"video_count": channel.video_count + videos_since_table(channel, today)}
            self._channels[handle] = replace(channel, **{**counted, **change})
        self._by_id = {channel.channel_id: channel for channel in self._channels.values()}

    @property
    def today(self) -> int:
        """The start of the current UTC day, Unix seconds."""
        return self._today

    def channel(self, name: str) -> Channel | None:
        """The channel of a handle, with or without `@`, or of a channel id; None when there is none."""
        return self._by_id.get(name) or self._channels.get(name.removeprefix("@").lower())

    def channels(self) -> list[Channel]:
        """The channels of the table, largest first; without those for tests."""
        return [channel for channel in self._channels.values() if not channel.is_test_channel]

    def videos(self, channel: Channel) -> tuple[Video, ...]:
        """The newest videos of a channel, newest first."""
        found = self._videos.get(channel.handle)
        if found is None:
            found = self._videos[channel.handle] = make_videos(channel, self._today)
        return found

    def video(self, video_id: str) -> tuple[Channel, Video] | None:
        """A video and its channel; None when there is none."""
        return self._all_videos.get(video_id)

    @cached_property
    def _all_videos(self) -> dict[str, tuple[Channel, Video]]:
        return {
            video.video_id: (channel, video)
            for channel in self._channels.values()
            for video in self.videos(channel)
        }

    def playlists(self, channel: Channel) -> tuple[Playlist, ...]:
        """Two of a channel, without its uploads; none of one without videos."""
        videos = self.videos(channel)
        if not videos:
            return ()
        most_seen = sorted(videos, key=lambda video: -video.views)[:25]
        long = [video for video in videos if not video.is_short]
        return tuple(
            Playlist(f"PL{letters(f'playlist:{channel.handle}:{title}', 32)}", title, tuple(entries))
            for title, entries in (("Most seen", most_seen), ("Full length", long))
        )

    def playlist(self, playlist_id: str) -> tuple[Channel, Playlist] | None:
        """A playlist, or the uploads of a channel; None when there is none, or nothing in it."""
        if playlist_id.startswith("UU"):
            channel = self._by_id.get(f"UC{playlist_id[2:]}")
            videos = self.videos(channel) if channel else ()
            return (channel, Playlist(playlist_id, "Uploads", videos)) if channel and videos else None
        return self._all_playlists.get(playlist_id)

    @cached_property
    def _all_playlists(self) -> dict[str, tuple[Channel, Playlist]]:
        return {
            playlist.playlist_id: (channel, playlist)
            for channel in self._channels.values()
            for playlist in self.playlists(channel)
        }

    def chart(self, region: str) -> tuple[tuple[Channel, Video], ...]:
        """The most seen of the newest videos, those first that are made for the region."""
        found = self._charts.get(region)
        if found is None:
            newest = [(c, v) for c in self.channels() for v in self.videos(c)[:3]]
            newest.sort(key=lambda entry: (entry[0].country_code != region, -entry[1].views))
            found = self._charts[region] = tuple(newest[:CHART_LENGTH])
        return found

    def find_channels(self, query: str) -> list[Channel]:
        """Channels that a search finds: by handle, title or category."""
        word = query.strip().lower()
        return [
            channel
            for channel in self.channels()
            if word in channel.handle or word in channel.title.lower() or word in channel.category.lower()
        ]

    def find_videos(self, query: str) -> list[tuple[Channel, Video]]:
        """Videos that a search finds: the newest of the channels that it finds, in an order of its own."""
        found = [(c, v) for c in self.find_channels(query) for v in self.videos(c)[:10]]
        return sorted(found, key=lambda entry: digest(f"{query}:{entry[1].video_id}"))[:500]


def make_channels() -> dict[str, Channel]:
    """The channels of the table and those for tests, by handle, as they are before any change."""
    return {**read_channels(), **make_test_channels()}


def check_channel_change(fields: Mapping[str, Any]) -> None:
    """Raises `InputError` for an unknown field or a wrong type."""
    for name, value in fields.items():
        wanted = CHANGEABLE.get(name)
        if wanted is None:
            raise InputError(f"{name}: cannot be changed of a channel: there is {', '.join(CHANGEABLE)}")
        if type(value) is not wanted or (isinstance(value, int) and value < 0):
            raise InputError(
                f"{name}={value!r}: must be a {wanted.__name__}{' of 0 or more' * (wanted is int)}"
            )
