"""The YouTube Data API v3, official, as `ytapi`: what the crawler asks of it, in units of quota as the real one counts them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from upbeat.sandbox.google_api import GoogleApi, GoogleError, required
from upbeat.sandbox.upstream import Answer, Request, json_answer
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import Channel
from upbeat.sandbox.youtube_resources import (
    Resource,
    etag,
    render_activity,
    render_channel,
    render_comment,
    render_playlist_item,
    render_search_result,
    render_section,
    render_thread,
    render_video,
)
from upbeat.sandbox.youtube_videos import Video, make_comments
from upbeat.sandbox.youtube_world import Playlist, YouTubeWorld

SEARCH_UNITS = 100
DEFAULT_PAGE = 5
Item = TypeVar("Item")


def _parts(request: Request) -> list[str]:
    return [part.strip() for part in required(request, "part").split(",")]


def encode_token(offset: int) -> str:
    """The opaque token of the page that begins there."""
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode().rstrip("=")


def _offset(request: Request) -> int:
    token = request.query.get("pageToken", "")
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    if not text.startswith("from:") or not text[5:].isdigit():
        raise GoogleError("invalidPageToken", "The request specifies an invalid page token.")
    return int(text[5:])


def _page_size(request: Request, most: int = 50) -> int:
    text = request.query.get("maxResults", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= most:
        raise GoogleError(
            "invalidValue", f"Invalid value '{text[:20]}'. Values must be within the range: [1, {most}]"
        )
    return int(text)


def _listed(kind: str, items: Sequence[Any], **more: Any) -> Answer:
    body = {"kind": f"youtube#{kind}ListResponse", "etag": etag(f"{kind}:{len(items)}"), **more}
    return json_answer({**body, "items": list(items)})


def _paged(
    request: Request,
    kind: str,
    entries: Sequence[Item],
    render: Callable[[int, Item], Resource],
    *,
    most: int = 50,
) -> Answer:
    """The page that the request asks for, with the tokens of those beside it."""
    start, size = _offset(request), _page_size(request, most)
    page = entries[start : start + size]
    beside = {}
    if start + size < len(entries):
        beside["nextPageToken"] = encode_token(start + size)
    if start:
        beside["prevPageToken"] = encode_token(max(0, start - size))
    info = {"totalResults": len(entries), "resultsPerPage": size}
    items = [render(start + number, entry) for number, entry in enumerate(page)]
    return _listed(kind, items, **beside, pageInfo=info)


def _not_found(what: str, parameter: str, domain: str) -> GoogleError:
    message = f"The {what} identified by the <code>{parameter}</code> parameter could not be found."
    return GoogleError(f"{what}NotFound", message, status=404, domain=domain)


class DataApi(GoogleApi):
    """`GET /youtube/v3/{channels,videos,playlistItems,search,commentThreads,comments,activities,channelSections}`."""

    host = "www.googleapis.com"

    def cost(self, request: Request) -> int:
        """Units: a search takes 100, everything else 1."""
        return SEARCH_UNITS if request.path.rstrip("/").endswith("/search") else 1

    def subject(self, request: Request, world: World) -> str:
        """The handle behind the channel that is asked about; the (first) id of a video or playlist; the words of a search."""
        query = request.query
        name = query.get("forHandle") or query.get("channelId") or query.get("id", "").partition(",")[0]
        channel = world.youtube.channel(name) if name else None
        others = (query.get(p, "") for p in ("videoId", "playlistId", "parentId", "q", "regionCode"))
        return channel.handle if channel else name or next((o for o in others if o), "")

    def answer(self, request: Request, world: World) -> Answer:
        """One list of resources."""
        lists: dict[str, Callable[[Request, YouTubeWorld], Answer]] = {
            "channels": _channels,
            "videos": _videos,
            "playlistItems": _playlist_items,
            "search": _search,
            "commentThreads": _comment_threads,
            "comments": _replies,
            "activities": _activities,
            "channelSections": _sections,
        }
        name = request.path.strip("/").removeprefix("youtube/v3/")
        if name not in lists:
            return json_answer({"error": {"code": 404, "message": "Not Found", "status": "NOT_FOUND"}}, 404)
        try:
            return lists[name](request, world.youtube)
        except GoogleError as error:
            return error.answer()


def _channels(request: Request, world: YouTubeWorld) -> Answer:
    parts = _parts(request)
    asked = request.query.get("forHandle") or required(request, "id")
    found = [c for name in dict.fromkeys(asked.split(",")) if (c := world.channel(name))]
    size = _page_size(request)
    info = {"totalResults": len(found), "resultsPerPage": size}
    if not found:  # the real API leaves `items` out
        kind = "youtube#channelListResponse"
        return json_answer({"kind": kind, "etag": etag("none"), "pageInfo": info})
    return _listed("channel", [render_channel(c, parts) for c in found[:size]], pageInfo=info)


def _videos(request: Request, world: YouTubeWorld) -> Answer:
    parts = _parts(request)

    def render(_: int, entry: tuple[Channel, Video]) -> Resource:
        return render_video(*entry, parts)

    if request.query.get("chart") == "mostPopular":
        return _paged(request, "video", world.chart(request.query.get("regionCode", "US")), render)
    ids = dict.fromkeys(required(request, "id").split(","))
    if len(ids) > 50:
        raise GoogleError("invalidFilters", "The request specifies too many ids.")
    found = [entry for video_id in ids if (entry := world.video(video_id))]
    info = {"totalResults": len(found), "resultsPerPage": len(found)}
    return _listed("video", [render(0, entry) for entry in found], pageInfo=info)


def _playlist_items(request: Request, world: YouTubeWorld) -> Answer:
    parts, playlist_id = _parts(request), required(request, "playlistId")
    found = world.playlist(playlist_id)
    if found is None:
        raise _not_found("playlist", "playlistId", "youtube.playlistItem")
    channel, playlist = found
    return _paged(
        request,
        "playlistItem",
        playlist.videos,
        lambda at, _: render_playlist_item(channel, playlist, at, parts),
    )


def _search(request: Request, world: YouTubeWorld) -> Answer:
    _parts(request)
    words, kinds = request.query.get("q", ""), request.query.get("type", "video,channel,playlist")
    hits: list[tuple[Channel, Video | None]] = []
    if "channel" in kinds:
        hits += [(channel, None) for channel in world.find_channels(words)]
    if "video" in kinds:
        hits += world.find_videos(words)
    return _paged(request, "search", hits, lambda _, hit: render_search_result(*hit))


def _video_of(request: Request, world: YouTubeWorld) -> tuple[Channel, Video]:
    found = world.video(required(request, "videoId"))
    if found is None:
        raise _not_found("video", "videoId", "youtube.commentThread")
    if not found[0].has_comments:
        message = (
            'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code> '
            "parameter has disabled comments."
        )
        raise GoogleError("commentsDisabled", message, status=403, domain="youtube.commentThread")
    return found


def _comment_threads(request: Request, world: YouTubeWorld) -> Answer:
    parts = _parts(request)
    channel, video = _video_of(request, world)
    start, size = _offset(request), _page_size(request, 100)
    comments = make_comments(video)
    page = comments[start : start + size]
    more = {"nextPageToken": encode_token(start + size)} if start + size < len(comments) else {}
    info = {"totalResults": len(page), "resultsPerPage": size}  # this list counts its page, as recorded
    threads = [render_thread(channel, video, comment, parts) for comment in page]
    return _listed("commentThread", threads, **more, pageInfo=info)


def _replies(request: Request, world: YouTubeWorld) -> Answer:
    """Replies are found under the video that the request names beside the parent: the sandbox keeps no list of all comments."""
    _parts(request)
    parent_id = required(request, "parentId")
    channel, video = _video_of(request, world)
    parent = next((c for c in make_comments(video) if c.comment_id == parent_id), None)
    if parent is None:
        raise _not_found("comment", "parentId", "youtube.comment")
    return _paged(
        request, "comment", parent.replies, lambda _, reply: render_comment(channel, video, reply, parent_id)
    )


def _channel_of(request: Request, world: YouTubeWorld, domain: str) -> Channel:
    channel = world.channel(required(request, "channelId"))
    if channel is None:
        raise _not_found("channel", "channelId", domain)
    return channel


def _activities(request: Request, world: YouTubeWorld) -> Answer:
    parts = _parts(request)
    channel = _channel_of(request, world, "youtube.activity")
    playlists = world.playlists(channel)
    done: list[tuple[Video, Playlist | None]] = [(video, None) for video in world.videos(channel)]
    done += [(video, playlists[0]) for video in playlists[0].videos[:5]] if playlists else []
    done.sort(key=lambda entry: -entry[0].published_at)
    return _paged(request, "activity", done, lambda _, entry: render_activity(channel, *entry, parts))


def _sections(request: Request, world: YouTubeWorld) -> Answer:
    parts = _parts(request)
    channel = _channel_of(request, world, "youtube.channelSection")
    playlists = world.playlists(channel)
    sections = [render_section(channel, 0, "recentUploads", (), parts)]
    if playlists:
        sections.append(render_section(channel, 1, "multiplePlaylists", playlists, parts))
    return _listed("channelSection", sections)


UPSTREAM = DataApi()
