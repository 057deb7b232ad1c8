"""Resources of the YouTube Data API v3 as the stand-in sends them: each part as recorded. `part` chooses among them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from upbeat.sandbox.creators import digest
from upbeat.sandbox.youtube_channels import Channel, letters
from upbeat.sandbox.youtube_videos import Video, VideoComment
from upbeat.sandbox.youtube_world import Playlist

Resource = dict[str, Any]
_SIZES = {"default": (120, 90), "medium": (320, 180), "high": (480, 360), "standard": (640, 480)}


def etag(text: str) -> str:
    """27 letters that depend on the text alone."""
    return letters(f"etag:{text}", 27)


def timestamp(seconds: int) -> str:
    """`2019-11-29T20:00:11Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: int) -> str:
    """ISO 8601: `PT25M26S`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if n]
    return f"PT{''.join(parts) or '0S'}"


def _resource(kind: str, identity: Any, parts: Mapping[str, Any], wanted: Sequence[str]) -> Resource:
    chosen = {name: value for name, value in parts.items() if name in wanted and value is not None}
    return {"kind": f"youtube#{kind}", "etag": etag(f"{kind}:{identity}"), "id": identity, **chosen}


def _thumbnails(video: Video) -> Resource:
    return {s: {"url": video.thumbnail(s), "width": w, "height": h} for s, (w, h) in _SIZES.items()}


def _avatars(channel: Channel) -> Resource:
    return {
        size: {"url": avatar_of(channel, width), "width": width, "height": width}
        for size, width in (("default", 88), ("medium", 240), ("high", 800))
    }


def avatar_of(channel: Channel, width: int) -> str:
    """Where the picture would be; see `media_cdn`."""
    return f"https://cdn.sandbox.invalid/channel/{channel.channel_id}.s{width}.jpg"


def rounded(subscribers: int) -> int:
    """As the API tells them: rounded down to three digits."""
    step = 10 ** max(0, len(str(subscribers)) - 3)
    return subscribers // step * step


def render_channel(channel: Channel, wanted: Sequence[str]) -> Resource:
    """`youtube#channel`."""
    said = {"title": channel.title, "description": channel.description}
    snippet = {
        **said,
        "customUrl": f"@{channel.handle}",
        "publishedAt": timestamp(channel.joined_at),
        "thumbnails": _avatars(channel),
        "localized": said,
    }
    if channel.country_code:
        snippet["country"] = channel.country_code
    statistics = {
        "viewCount": str(channel.total_views),
        "subscriberCount": str(0 if channel.hides_subscribers else rounded(channel.subscribers)),
        "hiddenSubscriberCount": channel.hides_subscribers,
        "videoCount": str(channel.video_count),
    }
    topic = (channel.category or "Entertainment").replace(" ", "_")
    parts = {
        "snippet": snippet,
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "statistics": statistics,
        "topicDetails": {"topicCategories": [f"https://en.wikipedia.org/wiki/{topic}"]},
        "status": {"privacyStatus": "public", "isLinked": True, "longUploadsStatus": "longUploadsUnspecified"},
        "brandingSettings": {"channel": {**said, "keywords": "sandbox"}, "image": {"bannerExternalUrl": avatar_of(channel, 2560)}},
    }  # fmt: skip
    return _resource("channel", channel.channel_id, parts, wanted)


def render_video(channel: Channel, video: Video, wanted: Sequence[str]) -> Resource:
    """`youtube#video`."""
    said = {"title": video.title, "description": video.description}
    snippet = {
        "publishedAt": timestamp(video.published_at),
        "channelId": channel.channel_id,
        **said,
        "thumbnails": _thumbnails(video),
        "channelTitle": channel.title,
        "tags": ["sandbox"],
        "categoryId": video.category_id,
        "liveBroadcastContent": "none",
        "localized": said,
        "defaultAudioLanguage": video.language,
    }
    statistics = {"viewCount": str(video.views), "likeCount": str(video.likes), "favoriteCount": "0"}
    if video.comments is not None:
        statistics["commentCount"] = str(video.comments)
    details = {
        "duration": duration(video.duration),
        "dimension": "2d",
        "definition": "hd",
        "caption": "false",
        "licensedContent": True,
        "contentRating": {},
        "projection": "rectangular",
    }
    began, ended = timestamp(video.published_at), timestamp(video.published_at + video.duration)
    live = {"actualStartTime": began, "actualEndTime": ended, "scheduledStartTime": began}
    parts = {
        "snippet": snippet,
        "contentDetails": details,
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "license": "youtube", "embeddable": True},
        "statistics": statistics,
        "liveStreamingDetails": live if video.was_live else None,
    }  # fmt: skip
    return _resource("video", video.video_id, parts, wanted)


def render_search_result(channel: Channel, video: Video | None) -> Resource:
    """`youtube#searchResult`: of a channel, or of its video."""
    thumbnails = _thumbnails(video) if video else _avatars(channel)
    snippet = {
        "publishedAt": timestamp(video.published_at if video else channel.joined_at),
        "channelId": channel.channel_id,
        "title": (video.title if video else channel.title).replace("&", "&amp;").replace("'", "&#39;"),
        "description": video.description if video else channel.description,
        "thumbnails": {size: thumbnails[size] for size in ("default", "medium", "high")},
        "channelTitle": channel.title,
        "liveBroadcastContent": "none",
    }
    found = (
        {"kind": "youtube#video", "videoId": video.video_id}
        if video
        else {"kind": "youtube#channel", "channelId": channel.channel_id}
    )
    return _resource("searchResult", found, {"snippet": snippet}, ("snippet",))


def render_playlist_item(
    channel: Channel, playlist: Playlist, position: int, wanted: Sequence[str]
) -> Resource:
    """`youtube#playlistItem`."""
    video = playlist.videos[position]
    published = timestamp(video.published_at)
    parts = {
        "snippet": {
            "publishedAt": published,
            "channelId": channel.channel_id,
            "title": video.title,
            "description": video.description,
            "thumbnails": _thumbnails(video),
            "channelTitle": channel.title,
            "playlistId": playlist.playlist_id,
            "position": position,
            "resourceId": {"kind": "youtube#video", "videoId": video.video_id},
        },
        "contentDetails": {"videoId": video.video_id, "videoPublishedAt": published},
    }
    identity = base64.b64encode(f"{playlist.playlist_id}.{video.video_id}".encode()).decode()
    return _resource("playlistItem", identity, parts, wanted)


def render_activity(
    channel: Channel, video: Video, playlist: Playlist | None, wanted: Sequence[str]
) -> Resource:
    """`youtube#activity`: an upload, or an entry of a playlist."""
    kind, details = "upload", {"upload": {"videoId": video.video_id}}
    if playlist is not None:
        entry = {"kind": "youtube#video", "videoId": video.video_id}
        listed: Resource = {"resourceId": entry, "playlistId": playlist.playlist_id}
        kind, details = "playlistItem", {"playlistItem": listed}
    parts = {
        "snippet": {
            "publishedAt": timestamp(video.published_at),
            "channelId": channel.channel_id,
            "title": video.title,
            "description": video.description,
            "thumbnails": _thumbnails(video),
            "channelTitle": channel.title,
            "type": kind,
        },
        "contentDetails": details,
    }
    number = f"{video.published_at}{digest(f'{kind}:{video.video_id}')}"
    return _resource("activity", base64.b64encode(number.encode()).decode(), parts, wanted)


def render_section(
    channel: Channel, position: int, kind: str, playlists: Sequence[Playlist], wanted: Sequence[str]
) -> Resource:
    """`youtube#channelSection`; one that the platform fills has no title and no playlists."""
    snippet: Resource = {"type": kind, "channelId": channel.channel_id, "position": position}
    if playlists:
        snippet["title"] = "Playlists"
    details = {"playlists": [playlist.playlist_id for playlist in playlists]} if playlists else None
    identity = f"{channel.channel_id}.{letters(f'section:{channel.handle}:{kind}', 11)}"
    return _resource("channelSection", identity, {"snippet": snippet, "contentDetails": details}, wanted)


def render_comment(channel: Channel, video: Video, comment: VideoComment, parent_id: str = "") -> Resource:
    """`youtube#comment`; a reply names its parent."""
    written = timestamp(comment.published_at)
    snippet = {
        "authorDisplayName": f"@{comment.author}",
        "authorProfileImageUrl": "https://cdn.sandbox.invalid/viewer.jpg",
        "authorChannelUrl": f"http://www.youtube.com/@{comment.author}",
        "authorChannelId": {"value": comment.author_id},
        "channelId": channel.channel_id,
        "videoId": video.video_id,
        "textDisplay": comment.text,
        "textOriginal": comment.text,
        "canRate": True,
        "viewerRating": "none",
        "likeCount": comment.likes,
        "publishedAt": written,
        "updatedAt": written,
    }
    if parent_id:
        snippet["parentId"] = parent_id
    return _resource("comment", comment.comment_id, {"snippet": snippet}, ("snippet",))


def render_thread(channel: Channel, video: Video, comment: VideoComment, wanted: Sequence[str]) -> Resource:
    """`youtube#commentThread` with its replies."""
    replies = [render_comment(channel, video, r, comment.comment_id) for r in comment.replies]
    snippet = {
        "channelId": channel.channel_id,
        "videoId": video.video_id,
        "topLevelComment": render_comment(channel, video, comment),
        "canReply": True,
        "totalReplyCount": len(replies),
        "isPublic": True,
    }
    parts = {"snippet": snippet, "replies": {"comments": replies} if replies else None}
    return _resource("commentThread", comment.comment_id, parts, wanted)
