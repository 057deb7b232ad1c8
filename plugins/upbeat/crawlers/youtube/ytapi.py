"""`ytapi`: the YouTube Data API v3 and, for connected channels, the YouTube Analytics API v2; official.

Shapes: 75 recorded answers of the Data API (channels, videos, playlistItems, search, comments, activities, sections; an error); the
reference for what they do not show (`statistics` of videos, `liveStreamingDetails`, replies within threads, error reasons); Google's
discovery document for Analytics.

Limits: a project has 10,000 units a day (Pacific time). A search costs 100 units, every other request here 1, however many parts and
whether it brings 1 entry or 50. `default_limit` counts requests: 8,000 a day leave one project room for 20 searches. A source of
several keys may have as many times that, by the setting `source_limits`. A key whose units are used up rests until midnight Pacific.

Credentials: `key` for public data; `token` and `user_id` (an OAuth access token and the channel's id) for a connected channel, whose
insights a key does not open. A token opens public data too. Google's access tokens last an hour: who holds the refresh token stores a
new one under the same `user_id` (`upbeat credentials add ytapi`).

Ids: a channel is `UC…`, a video 11 letters, as in all sources. A video names its channel by id alone: the channel id stands for the
handle then. Counts of subscribers are rounded down to three digits, and not told where the channel hides them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from upbeat.crawlers.collections import collection_items
from upbeat.crawlers.http import Answer
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.refusals import retry_after_seconds
from upbeat.crawlers.youtube import data_api_page as of
from upbeat.crawlers.youtube.analytics_reports import read_report
from upbeat.crawlers.youtube.data_api_channels import read_channels
from upbeat.crawlers.youtube.data_api_comments import read_comments
from upbeat.crawlers.youtube.data_api_lists import (
    VIDEO_IDS,
    read_activities,
    read_listed_ids,
    read_playlist,
    read_search,
    read_sections,
)
from upbeat.crawlers.youtube.data_api_videos import read_videos
from upbeat.crawlers.youtube.google_login import login_headers
from upbeat.crawlers.youtube.google_refusals import CommentsOffError, error_of, google_refusal
from upbeat.crawlers.youtube.handles import uploads_playlist
from upbeat.crawlers.youtube.interface import YouTubeCrawler
from upbeat.errors import MalformedBodyError, NotFoundError, UnsupportedError, UpbeatError
from upbeat.records import Parsed, PayloadKind, Problem

PAGE = "50"
COMMENTS_PAGE = "100"
CHANNEL_PARTS = "snippet,statistics,brandingSettings,contentDetails,status,topicDetails"
VIDEO_PARTS = "snippet,statistics,contentDetails,status,liveStreamingDetails"
ANALYTICS_URL = "https://youtubeanalytics.googleapis.com"
METRICS = (
    "views,estimatedMinutesWatched,averageViewDuration,averageViewPercentage,likes,comments,shares,"
    "subscribersGained,subscribersLost"
)
DEFAULT_DAYS = 28

_WANTED: dict[PayloadKind, tuple[str, ...]] = {
    PayloadKind.PROFILE: (of.CHANNEL,),
    PayloadKind.PROFILES: (of.CHANNEL,),
    PayloadKind.POST: (of.VIDEO,),
    PayloadKind.POSTS: (of.VIDEO,),
    PayloadKind.SEARCH: (of.SEARCH_RESULT,),
    PayloadKind.COMMENTS: (of.COMMENT_THREAD, of.COMMENT),
    PayloadKind.PLAYLIST: (of.PLAYLIST_ITEM,),
    PayloadKind.ACTIVITIES: (of.ACTIVITY,),
    PayloadKind.SECTIONS: (of.CHANNEL_SECTION,),
    PayloadKind.IDENTIFIER: (of.PLAYLIST_ITEM,),
}


class YtApi(YouTubeCrawler):
    """Everything of a public channel, and the owner's figures of a connected one."""

    source = "ytapi"
    base_url = "https://www.googleapis.com"
    credential_fields = ("key",)
    own_credential_fields = ("token", "user_id")
    default_limit = "8000/d"

    def _headers(self) -> dict[str, str]:
        return login_headers(self._credential)

    async def _get(
        self,
        kind: PayloadKind,
        resource: str,
        query: Mapping[str, str | None],
        params: Mapping[str, str] | None = None,
    ) -> Parsed:
        given = {name: value for name, value in query.items() if value}
        return await self._ask(kind, f"/youtube/v3/{resource}", given, params or {})

    # --- channels -------------------------------------------------------------------------------
    async def fetch_channel_by_id(self, channel_id: str) -> Parsed:
        """One unit."""
        return await self._get(PayloadKind.PROFILE, "channels", {"part": CHANNEL_PARTS, "id": channel_id})

    async def fetch_channel_by_handle(self, handle: str) -> Parsed:
        """One unit."""
        query = {"part": CHANNEL_PARTS, "forHandle": f"@{handle}"}
        return await self._get(PayloadKind.PROFILE, "channels", query, {"handle": handle})

    async def fetch_channel_basic(self, channel_id: str) -> Parsed:
        """One unit, the smallest answer that has the counts."""
        return await self._get(
            PayloadKind.PROFILE, "channels", {"part": "statistics,snippet", "id": channel_id}
        )

    async def fetch_channel_sections(self, channel_id: str) -> Parsed:
        """One unit; the API sends all sections at once."""
        query = {"part": "snippet,contentDetails", "channelId": channel_id}
        return await self._get(PayloadKind.SECTIONS, "channelSections", query, {"profile_id": channel_id})

    async def activity_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """One unit for up to 50."""
        query = {
            "part": "snippet,contentDetails",
            "channelId": channel_id,
            "maxResults": PAGE,
            "pageToken": cursor,
        }
        return await self._get(PayloadKind.ACTIVITIES, "activities", query, {"profile_id": channel_id})

    async def channel_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """100 units for up to 50."""
        return await self._search("channel", query, cursor, offset)

    async def video_search_page(self, query: str, cursor: str | None, offset: int) -> Parsed:
        """100 units for up to 50."""
        return await self._search("video", query, cursor, offset)

    async def _search(self, kind: str, query: str, cursor: str | None, offset: int) -> Parsed:
        asked = {"part": "snippet", "type": kind, "q": query, "maxResults": PAGE, "pageToken": cursor}
        return await self._get(PayloadKind.SEARCH, "search", asked, {"query": query, "offset": str(offset)})

    # --- videos ---------------------------------------------------------------------------------
    async def video_page(self, channel_id: str, cursor: str | None) -> Parsed:
        """Two units for up to 50: the ids of what was uploaded, then the videos."""
        asked = {
            "part": "contentDetails",
            "playlistId": uploads_playlist(channel_id),
            "maxResults": PAGE,
            "pageToken": cursor,
        }
        listed = await self._get(PayloadKind.IDENTIFIER, "playlistItems", asked)
        ids = listed.identifiers.pop(VIDEO_IDS)
        if ids:
            videos = await self._videos(ids, profile_id=channel_id)
            listed.posts += videos.posts
            listed.problems += videos.problems
        return listed

    async def fetch_video_by_id(self, video_id: str) -> Parsed:
        """One unit."""
        query = {"part": VIDEO_PARTS, "id": video_id}
        return await self._get(PayloadKind.POST, "videos", query, {"post_id": video_id})

    async def fetch_videos(self, video_ids: Sequence[str]) -> Parsed:
        """One unit; a video that does not exist is a problem."""
        return await self._videos(",".join(video_ids))

    async def _videos(self, ids: str, **params: str) -> Parsed:
        query = {"part": VIDEO_PARTS, "id": ids, "maxResults": PAGE}
        return await self._get(PayloadKind.POSTS, "videos", query, {"video_ids": ids, **params})

    async def comment_page(self, video_id: str, cursor: str | None) -> Parsed:
        """One unit for up to 100 threads, each with up to five replies.

        Comments that are turned off are an answer too: none, with a problem that says so.
        """
        query = {
            "part": "snippet,replies",
            "videoId": video_id,
            "textFormat": "plainText",
            "maxResults": COMMENTS_PAGE,
            "pageToken": cursor,
        }
        try:
            return await self._get(PayloadKind.COMMENTS, "commentThreads", query, {"post_id": video_id})
        except CommentsOffError:
            return Parsed(problems=[Problem("comments", "turned off under this video")])

    async def playlist_page(self, playlist_id: str, cursor: str | None, offset: int) -> Parsed:
        """One unit for up to 50."""
        query = {
            "part": "snippet,contentDetails",
            "playlistId": playlist_id,
            "maxResults": PAGE,
            "pageToken": cursor,
        }
        params = listing_params("playlist", playlist_id, offset)
        return await self._get(PayloadKind.PLAYLIST, "playlistItems", query, params)

    async def trending_page(self, region: str, cursor: str | None, offset: int) -> Parsed:
        """One unit for up to 50; the chart has 200 at most."""
        query = {
            "part": VIDEO_PARTS,
            "chart": "mostPopular",
            "regionCode": region,
            "maxResults": PAGE,
            "pageToken": cursor,
        }
        params = listing_params("trending", region, offset)
        return await self._get(PayloadKind.POSTS, "videos", query, params)

    async def fetch_collection_videos(self, collection_id: str, video_ids: Sequence[str]) -> Parsed:
        """One unit for all of them."""
        found = await self.fetch_videos(video_ids)
        found.facts += collection_items(found, collection_id)
        return found

    async def fetch_collection_channels(self, collection_id: str, channel_ids: Sequence[str]) -> Parsed:
        """One unit for all of them; a channel that does not exist is a problem."""
        query = {"part": CHANNEL_PARTS, "id": ",".join(channel_ids), "maxResults": PAGE}
        found = await self._get(PayloadKind.PROFILES, "channels", query)
        known = {profile.profile_id for profile in found.profiles}
        found.problems += [Problem(asked, "no such channel") for asked in channel_ids if asked not in known]
        found.facts += collection_items(found, collection_id)
        return found

    # --- connected channels ---------------------------------------------------------------------
    async def fetch_channel_insights(
        self, handle: str, channel_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """One request of Analytics; the last two or three days are not counted yet, and have no rows."""
        query = {"ids": f"channel=={channel_id}", "metrics": METRICS, "dimensions": "day"}
        return await self._report(
            PayloadKind.INSIGHTS, query, start, end, handle=handle, profile_id=channel_id
        )

    async def fetch_channel_audience(
        self, handle: str, channel_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """Two requests of Analytics: per cent of viewers by age and gender, views and minutes watched by country."""
        ids, subject = f"channel=={channel_id}", {"handle": handle, "profile_id": channel_id}
        people = {"ids": ids, "metrics": "viewerPercentage", "dimensions": "ageGroup,gender"}
        found = await self._report(PayloadKind.AUDIENCE, people, start, end, **subject)
        places = {"ids": ids, "metrics": "views,estimatedMinutesWatched", "dimensions": "country"}
        found.extend(await self._report(PayloadKind.AUDIENCE, places, start, end, **subject))
        return found

    async def fetch_video_insights(
        self, handle: str, video_id: str, start: date | None = None, end: date | None = None
    ) -> Parsed:
        """One request of Analytics, about the channel that the token belongs to."""
        query = {
            "ids": "channel==MINE",
            "metrics": METRICS,
            "dimensions": "day",
            "filters": f"video=={video_id}",
        }
        return await self._report(PayloadKind.INSIGHTS, query, start, end, handle=handle, post_id=video_id)

    async def _report(
        self, kind: PayloadKind, query: dict[str, str], start: date | None, end: date | None, **params: str
    ) -> Parsed:
        if not self._credential.get("token"):
            raise UnsupportedError(
                "the credential of this channel is a key: its owner's figures take its token",
                source=self.source,
            )
        last = end or datetime.now(UTC).date() - timedelta(days=1)
        first = start or last - timedelta(days=DEFAULT_DAYS - 1)
        days = {"startDate": first.isoformat(), "endDate": last.isoformat()}
        params |= {"start": first.isoformat(), "end": last.isoformat()}
        return await self._ask(kind, "/v2/reports", query | days, params, base_url=ANALYTICS_URL)

    # --- answers --------------------------------------------------------------------------------
    @classmethod
    def refusal(cls, answer: Answer) -> UpbeatError:
        """What an error answer means: by its reason, else by its status."""
        try:
            document = load_json(answer.body)
        except MalformedBodyError:
            document = None
        retry_after = retry_after_seconds(answer.headers)
        return google_refusal(cls.source, document, status=answer.status, retry_after=retry_after)

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; resources are told apart by their `kind`."""
        try:
            document = load_json(body)
        except MalformedBodyError as error:
            error.source = cls.source
            raise
        if error_of(document) is not None:
            raise google_refusal(cls.source, document, status=200)
        about: dict[str, Any] = {"source": cls.source, "observed_at": observed_at}
        if kind in (PayloadKind.INSIGHTS, PayloadKind.AUDIENCE):
            return read_report(document, **about, params=params)
        wanted = _WANTED.get(kind)
        if wanted is None:
            raise MalformedBodyError(f"the YouTube APIs send no {kind} body", source=cls.source)
        page = of.find_page(document, wanted, cls.source)
        if not page.items and _must_exist(kind, params):
            raise NotFoundError("nothing has this id or handle", source=cls.source, status=200)
        return _read(kind, page, about, params)


def _must_exist(kind: PayloadKind, params: Mapping[str, str]) -> bool:
    """Whether an answer without items means that what was asked for by id is not there; a list may be empty."""
    one = (PayloadKind.PROFILE, PayloadKind.PROFILES, PayloadKind.POST)
    return kind in one or (kind == PayloadKind.POSTS and "video_ids" in params and "profile_id" not in params)


def _read(kind: PayloadKind, page: of.Page, about: dict[str, Any], params: Mapping[str, str]) -> Parsed:
    match kind:
        case PayloadKind.PROFILE | PayloadKind.PROFILES:
            return read_channels(page, **about)
        case PayloadKind.POST | PayloadKind.POSTS:
            return read_videos(page, **about, params=params)
        case PayloadKind.SEARCH:
            return read_search(page, **about, params=params)
        case PayloadKind.COMMENTS:
            return read_comments(page, **about, params=params)
        case PayloadKind.PLAYLIST:
            return read_playlist(page, **about, params=params)
        case PayloadKind.ACTIVITIES:
            return read_activities(page, **about, params=params)
        case PayloadKind.SECTIONS:
            return read_sections(page, **about, params=params)
        case _:
            return read_listed_ids(page, source=about["source"])
