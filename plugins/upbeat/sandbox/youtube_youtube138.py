"""The RapidAPI scraper `youtube138.p.rapidapi.com`, as `youtube138`.

Recorded: `/channel/details`, `/channel/videos`, `/video/details`, `/video/comments`, `/search`. Inferred: a page of shorts, which has no
lengths and no ages, and that what does not exist is told 404 with an `error`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from upbeat.sandbox.limits import Limit
from upbeat.sandbox.rapidapi import RapidApi
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import Channel
from upbeat.sandbox.youtube_resources import avatar_of, rounded
from upbeat.sandbox.youtube_videos import Video, VideoComment, make_comments
from upbeat.sandbox.youtube_world import YouTubeWorld

VIDEOS_PAGE = 30
LIST_PAGE = 20
Body = dict[str, Any]
Item = TypeVar("Item")
_AGES = (
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (7 * 86_400, "week"),
    (86_400, "day"),
    (3_600, "hour"),
)
_TYPES = ("Video", "Channel", "Playlist", "Movie")


def age_text(published_at: int, now: int) -> str:
    """`12 days ago`, as pages say it: days up to two weeks."""
    seconds = max(0, now - published_at)
    for size, unit in _AGES:
        if seconds >= size and not (unit == "week" and seconds < 2 * size):
            count = seconds // size
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return f"{seconds // 60} minutes ago"


def short_count(count: int) -> str:
    """`447M`, `308K`, `1.29M`."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= size:
            return f"{count / size:.3g}{letter}"
    return str(count)


def _pictures(channel: Channel, *widths: int) -> list[Body]:
    return [{"height": w, "url": avatar_of(channel, w), "width": w} for w in widths]


def _thumbnails(video: Video) -> list[Body]:
    sizes = (("default", 120, 90), ("hqdefault", 480, 360), ("maxresdefault", 1280, 720))
    return [{"url": video.thumbnail(name), "width": w, "height": h} for name, w, h in sizes]


def _badges(channel: Channel) -> list[Body]:
    return [{"text": "Verified", "type": "VERIFIED_CHANNEL"}] if channel.is_verified else []


def _subscribers(channel: Channel) -> Body:
    if channel.hides_subscribers:
        return {"subscribers": None, "subscribersText": None}
    count = rounded(channel.subscribers)
    return {"subscribers": count, "subscribersText": f"{short_count(count)} subscribers"}


def render_details(channel: Channel) -> Body:
    """`/channel/details`."""
    joined = datetime.fromtimestamp(channel.joined_at, UTC)
    return {
        "artistBio": None,
        "avatar": _pictures(channel, 900),
        "badges": _badges(channel),
        "banner": {"desktop": [{"height": 175, "url": avatar_of(channel, 1060), "width": 1060}], "mobile": [], "tv": []},
        "canonicalBaseUrl": None,
        "channelId": channel.channel_id,
        "country": channel.country or None,
        "description": channel.description,
        "hasBusinessEmail": True,
        "isFamilySafe": True,
        "isVerified": channel.is_verified,
        "isVerifiedArtist": False,
        "joinedDate": joined.date().isoformat(),
        "joinedDateText": f"Joined {joined.strftime('%b')} {joined.day}, {joined.year}",
        "keywords": ["sandbox"],
        "links": [{"icon": [], "targetUrl": f"https://example.com/{channel.handle}", "title": "Site"}],
        "stats": {
            **_subscribers(channel),
            "videos": channel.video_count,
            "videosText": None,
            "views": channel.total_views,
        },
        "title": channel.title,
        "username": f"@{channel.handle}",
    }  # fmt: skip


def render_listed(video: Video, now: int, *, among_shorts: bool = False) -> Body:
    """A video in `/channel/videos` and `/search`; a list of shorts tells neither length nor age."""
    length, age = (None, None) if among_shorts else (video.duration, age_text(video.published_at, now))
    return {
        "badges": [],
        "isLiveNow": False,
        "lengthSeconds": length,
        "movingThumbnails": None
        if among_shorts
        else [{"height": 180, "url": video.thumbnail("an_webp"), "width": 320}],
        "publishedTimeText": age,
        "stats": {"views": video.views},
        "thumbnails": _thumbnails(video),
        "title": video.title,
        "videoId": video.video_id,
    }  # fmt: skip


def render_found(channel: Channel, video: Video | None, now: int) -> Body:
    """A channel or video in `/search`."""
    if video is None:
        found = {
            "avatar": _pictures(channel, 88, 176),
            "badges": _badges(channel),
            "canonicalBaseUrl": f"/@{channel.handle}",
            "channelId": channel.channel_id,
            "descriptionSnippet": channel.description[:100],
            "stats": _subscribers(channel),
            "title": channel.title,
            "username": f"@{channel.handle}",
        }
        return {"type": "channel", "channel": found}
    author = {
        "avatar": _pictures(channel, 68),
        "badges": _badges(channel),
        "canonicalBaseUrl": f"/@{channel.handle}",
        "channelId": channel.channel_id,
        "title": channel.title,
    }
    listed = render_listed(video, now)
    return {
        "type": "video",
        "video": {"author": author, "descriptionSnippet": video.description[:100], **listed},
    }


def render_video(channel: Channel, video: Video) -> Body:
    """`/video/details`."""
    published = datetime.fromtimestamp(video.published_at, UTC)
    author: Body = {
        "avatar": [],
        "badges": [],
        "canonicalBaseUrl": None,
        "channelId": channel.channel_id,
        "isVerified": None,
        "stats": {"subscribers": None, "subscribersText": None},
        "title": channel.title,
    }
    return {
        "author": author,
        "cards": None,
        "description": video.description,
        "endScreen": None,
        "isLiveContent": video.was_live,
        "isLiveNow": False,
        "keywords": ["sandbox"],
        "lengthSeconds": video.duration,
        "musics": None,
        "publishedDate": published.date().isoformat(),
        "publishedDateTime": published.strftime("%Y-%m-%d %H:%M:%S"),
        "publishedTimestamp": video.published_at,
        "stats": {"comments": video.comments or 0, "likes": video.likes, "views": video.views},
        "superTitle": None,
        "thumbnails": _thumbnails(video),
        "title": video.title,
        "type": None,
        "videoId": video.video_id,
    }


def render_comment(comment: VideoComment, now: int) -> Body:
    """A comment in `/video/comments`; its replies would be asked for by their cursor."""
    replies = len(comment.replies)
    author: Body = {
        "channelId": comment.author_id,
        "title": f"@{comment.author}",
        "isVerified": False,
        "isArtist": False,
        "isCreator": False,
        "avatar": [],
        "avatarThumbnailUrl": "https://cdn.sandbox.invalid/viewer.jpg",
    }
    return {
        "commentId": comment.comment_id,
        "content": comment.text,
        "author": author,
        "publishedTimeText": age_text(comment.published_at, now),
        "stats": {"votes": comment.likes, "replies": replies},
        "cursorReplies": encode_cursor("replies", 0) if replies else "",
    }


def encode_cursor(what: str, offset: int) -> str:
    """The opaque cursor of a page; `what` says which list, so that a cursor fits its own alone."""
    return base64.urlsafe_b64encode(f"{what}|{offset}".encode()).decode()


def _decode(cursor: str) -> tuple[str, int]:
    try:
        what, _, offset = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
    except (binascii.Error, UnicodeDecodeError):
        return "", 0
    return what, int(offset) if offset.isdigit() else 0


def _page(entries: Sequence[Item], what: str, start: int, size: int) -> tuple[Sequence[Item], Body]:
    more = start + size < len(entries)
    return entries[start : start + size], {"cursorNext": encode_cursor(what, start + size)} if more else {}


def _missing(what: str) -> Answer:
    return json_answer({"error": f"{what} not found"}, 404)


class YouTube138(RapidApi):
    """`GET /channel/details/`, `/channel/videos/`, `/video/details/`, `/video/comments/`, `/search/`."""

    name = "youtube138"
    host = "youtube138.p.rapidapi.com"
    limit = Limit(850, 60)

    def subject(self, request: Request, world: World) -> str:
        """The handle of the channel that is asked about, the id of the video, or the words of a search."""
        name = request.query.get("id", "")
        channel = world.youtube.channel(name) if name else None
        return channel.handle if channel else name or request.query.get("q", "")

    def answer(self, request: Request, world: World) -> Answer:
        """A channel, a list, or one video."""
        youtube, query = world.youtube, request.query
        match request.path.strip("/"):
            case "channel/details":
                channel = youtube.channel(query.get("id", ""))
                return json_answer(render_details(channel)) if channel else _missing("Channel")
            case "channel/videos":
                return _uploads(request, youtube)
            case "video/details":
                found = youtube.video(query.get("id", ""))
                return json_answer(render_video(*found)) if found else _missing("Video")
            case "video/comments":
                return _comments(request, youtube)
            case "search":
                return _search(request, youtube)
        return json_answer({"message": f"Endpoint '{request.path}' does not exist"}, 404)


def _uploads(request: Request, world: YouTubeWorld) -> Answer:
    channel = world.channel(request.query.get("id", ""))
    if channel is None:
        return _missing("Channel")
    name = request.query.get("filter", "videos_latest")
    wanted = {"videos_latest": False, "shorts_latest": True}.get(name)
    videos = [video for video in world.videos(channel) if video.is_short is wanted]
    what, start = _decode(request.query.get("cursor", ""))
    page, more = _page(videos, name, start if what == name else 0, VIDEOS_PAGE)
    entries = [
        {"type": "video", "video": render_listed(video, world.today, among_shorts=bool(wanted))}
        for video in page
    ]
    return json_answer({"contents": entries, **more})


def _comments(request: Request, world: YouTubeWorld) -> Answer:
    found = world.video(request.query.get("id", ""))
    if found is None:
        return _missing("Video")
    comments = make_comments(found[1])
    _, start = _decode(request.query.get("cursor", ""))
    page, more = _page(comments, "comments", start, LIST_PAGE)
    filters = [
        {"selected": title == "Top comments", "title": title, "cursorFilter": encode_cursor(title, 0)}
        for title in ("Top comments", "Newest first")
    ]
    body = {"totalCommentsCount": len(comments), "filters": filters}
    return json_answer({**body, "comments": [render_comment(c, world.today) for c in page], **more})


def _search(request: Request, world: YouTubeWorld) -> Answer:
    """Channels first, then videos; the cursors of `filterGroups` narrow it to either."""
    words = request.query.get("q", "")
    what, start = _decode(request.query.get("cursor", ""))
    hits: list[tuple[Channel, Video | None]] = []
    if what in ("", "mixed", "Channel"):
        channels = world.find_channels(words)
        hits += [(channel, None) for channel in (channels if what == "Channel" else channels[:2])]
    if what in ("", "mixed", "Video"):
        hits += world.find_videos(words)
    page, more = _page(hits, what or "mixed", start, LIST_PAGE)
    filters = [
        {"cursorSelect": encode_cursor(label, 0), "label": label, "selected": label == what}
        for label in _TYPES
    ]
    return json_answer(
        {
            "contents": [render_found(channel, video, world.today) for channel, video in page],
            **more,
            "didYouMean": None,
            "estimatedResults": len(hits),
            "filterGroups": [{"filters": filters, "title": "Type"}],
            "refinements": [],
        }
    )


UPSTREAM = YouTube138()
