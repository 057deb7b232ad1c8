"""`graphapi`: Facebook's Graph API, official.

`GET /<version>/<own user id>?fields=business_discovery.username(<handle>){…}` tells of any professional account. Of the account that
the credential belongs to, its insights, audience and mentions are told as well, and the insights of its posts and stories, by Graph's
own id of them, which its lists tell (`graph_own_media`). `ig_hashtag_search` finds a hashtag's id, whose `top_media` and `recent_media` list posts of unnamed owners.
Shapes and their origin: the `graph_…` modules beside this one; error codes: `graph_errors`. Private accounts, personal ones and those
that do not exist are all "cannot be found" (110, subcode 2207013).

Ids (docs/adr/0005): the user id, `ig_id`, is asked for in every request and taken where it is told; else `id`, Graph's own. A
post's id is read out of its permalink, for Graph's `id` of a post is foreign too.

Limits: 200 requests an hour for each user; 30 different hashtags in seven days. Cursors: `paging.cursors.after`.
Figures of insights per day are of days in Pacific time, as Graph counts them, and may be two days late.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from upbeat.crawlers.http import Answer
from upbeat.crawlers.instagram.graph_comments import read_comments
from upbeat.crawlers.instagram.graph_envelopes import SOURCE, is_refused, malformed
from upbeat.crawlers.instagram.graph_errors import graph_refusal
from upbeat.crawlers.instagram.graph_hashtags import read_hashtag_id, read_hashtags
from upbeat.crawlers.instagram.graph_insights import read_insights
from upbeat.crawlers.instagram.graph_media import read_kind, read_posts, read_single
from upbeat.crawlers.instagram.graph_metrics import (
    AUDIENCE_BREAKDOWNS,
    audience_metrics,
    daily_metrics,
    insights_field,
    post_metrics,
    story_metrics,
    total_metrics,
)
from upbeat.crawlers.instagram.graph_own_media import FIELDS as OWN_MEDIA_FIELDS
from upbeat.crawlers.instagram.graph_own_media import is_graph_media_id, read_node_id
from upbeat.crawlers.instagram.graph_stories import read_stories
from upbeat.crawlers.instagram.graph_users import read_profile
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.refusals import COOL_DOWN_SECONDS, retry_after_seconds
from upbeat.errors import (
    MalformedBodyError,
    NextSourceError,
    NotFoundError,
    RotateCredentialError,
    UpbeatError,
)
from upbeat.records import ListedPost, Listing, Parsed, PayloadKind, Problem

PAGE = 50
OWN_PAGES = 4
"""Pages of an account's own posts that are looked through for one of them: insights are asked for of new ones."""
INSIGHT_DAYS = 7
"""Days of insights in one request: those of a missed run come with the next."""
USER_FIELDS = (
    "id,ig_id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count"
)
OWNER_FIELDS = "id,ig_id,username"
MEDIA_FIELDS = (
    "id,caption,media_type,media_product_type,like_count,comments_count,permalink,timestamp,media_url"
)
# The API does not tell whose these posts are.
HASHTAG_FIELDS = "id,caption,media_type,like_count,comments_count,permalink,timestamp,media_url"
MENTION_FIELDS = (
    "id,caption,media_type,like_count,comments_count,permalink,timestamp,media_url,username,owner"
)
MEDIA_NODE_FIELDS = "id,username,permalink,shortcode,media_type,media_product_type"
_HASHTAG_EDGES: dict[Listing, str] = {"hashtag_top": "top_media", "hashtag_recent": "recent_media"}

_Reader = Callable[[Any, datetime, Mapping[str, str]], Parsed]
_READERS: dict[PayloadKind, _Reader] = {
    PayloadKind.PROFILE: lambda document, observed_at, _: read_profile(document, observed_at),
    PayloadKind.POSTS: read_posts,
    PayloadKind.POST: read_single,
    PayloadKind.COMMENTS: read_comments,
    PayloadKind.STORIES: read_stories,
    PayloadKind.HASHTAG: read_hashtags,
    PayloadKind.IDENTIFIER: lambda document, observed_at, params: _read_identifier(
        document, observed_at, params
    ),
    PayloadKind.INSIGHTS: read_insights,
    PayloadKind.AUDIENCE: lambda document, observed_at, params: read_insights(
        document, observed_at, params, audience=True
    ),
}


def _read_identifier(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """What is looked up on the way to something else, by what the request kept of it."""
    if "shared_id" in params:
        return read_node_id(document, params)
    return read_kind(document) if "post_id" in params else read_hashtag_id(document, observed_at, params)


class GraphApi(InstagramCrawler):
    """Professional accounts by business discovery, hashtags, and what the credential's own account is told."""

    source = SOURCE
    base_url = "https://graph.facebook.com"
    credential_fields = ("token", "user_id")
    default_limit = "200/h"

    def _headers(self) -> dict[str, str]:
        # As a header the token stays out of addresses, which proxies log and archives keep.
        return {"Authorization": f"Bearer {self._credential.get('token', '')}"}

    @property
    def _version(self) -> str:
        return self._http.settings.graph_api_version

    @property
    def _own_id(self) -> str:
        return self._credential.get("user_id", "")

    async def _node(
        self, kind: PayloadKind, path: str, query: Mapping[str, str], params: Mapping[str, Any]
    ) -> Parsed:
        """Ask for a node or an edge of one."""
        try:
            return await self._ask(kind, f"/{self._version}/{path}", query, params)
        except NotFoundError as error:
            # Graph names the node that it does not find: not what was asked about, but the credential's own user.
            if not self._own_id or self._own_id not in str(error):
                raise
            raise RotateCredentialError(
                f"the credential's user_id is not one that its token may use ({error})",
                source=self.source,
                status=401,
                cool_down=COOL_DOWN_SECONDS,
            ) from error

    async def _own(self, kind: PayloadKind, fields: str, handle: str, **params: Any) -> Parsed:
        """Ask for what only the credential's own account is told."""
        found = await self._node(kind, self._own_id, {"fields": fields}, {"handle": handle, **params})
        return self._checked(found, handle)

    def _checked(self, found: Parsed, handle: str) -> Parsed:
        """The answer, unless it is about another account than the one that was asked about."""
        told = found.identifiers.get("handle", handle)
        if handle and told != handle:
            raise NextSourceError(
                f"the credential belongs to @{told}, not to @{handle}: only the owner is told these figures",
                source=self.source,
            )
        return found

    # --- any professional account ---------------------------------------------------------------
    async def _discover(
        self, kind: PayloadKind, handle: str, fields: str, params: Mapping[str, Any]
    ) -> Parsed:
        query = {"fields": f"business_discovery.username({handle}){{{fields}}}"}
        return await self._node(kind, self._own_id, query, params)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """One request."""
        return await self._discover(PayloadKind.PROFILE, handle, USER_FIELDS, {"handle": handle})

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """Up to 50 posts a request, from cursor to cursor."""

        async def page(cursor: str | None, _: int) -> Parsed:
            after = f".after({cursor})" if cursor else ""
            media = f"media.limit({min(limit, PAGE)}){after}{{{MEDIA_FIELDS}}}"
            return await self._discover(
                PayloadKind.POSTS, handle, f"{OWNER_FIELDS},{media}", {"handle": handle}
            )

        return await collect_pages(page, limit)

    # --- hashtags -------------------------------------------------------------------------------
    async def fetch_hashtag_top_posts(self, hashtag: str, limit: int) -> Parsed:
        """One request for the hashtag's id, then up to 50 posts a request."""
        return await self._hashtag_posts("hashtag_top", hashtag, limit)

    async def fetch_hashtag_recent_posts(self, hashtag: str, limit: int) -> Parsed:
        """One request for the hashtag's id, then up to 50 posts a request, of the last 24 hours."""
        return await self._hashtag_posts("hashtag_recent", hashtag, limit)

    async def _hashtag_posts(self, listing: Listing, hashtag: str, limit: int) -> Parsed:
        search = {"user_id": self._own_id, "q": hashtag}
        found = await self._node(PayloadKind.IDENTIFIER, "ig_hashtag_search", search, {"hashtag": hashtag})
        path = f"{found.identifiers['hashtag_id']}/{_HASHTAG_EDGES[listing]}"
        query = {"user_id": self._own_id, "fields": HASHTAG_FIELDS, "limit": str(min(limit, PAGE))}

        async def page(cursor: str | None, offset: int) -> Parsed:
            after = {"after": cursor} if cursor else {}
            params = listing_params(listing, hashtag, offset)
            return await self._node(PayloadKind.POSTS, path, query | after, params)

        return await collect_pages(page, limit, of=ListedPost)

    # --- the credential's own account -----------------------------------------------------------
    async def fetch_profile_insights(self, handle: str) -> Parsed:
        """Figures of the last days; one request, from v18 on a second one for the figures that are told as a total of yesterday."""
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since, yesterday, until = today - timedelta(days=INSIGHT_DAYS), today - timedelta(days=1), today
        daily = insights_field(
            daily_metrics(self._version), period="day", since=_seconds(since), until=_seconds(until)
        )
        found = await self._own(
            PayloadKind.INSIGHTS, f"{OWNER_FIELDS},{daily}", handle, until=_seconds(until)
        )
        totals = total_metrics(self._version)
        if totals:
            total = insights_field(
                totals,
                period="day",
                metric_type="total_value",
                since=_seconds(yesterday),
                until=_seconds(until),
            )
            await _extend(
                found,
                self._own(PayloadKind.INSIGHTS, f"{OWNER_FIELDS},{total}", handle, until=_seconds(until)),
            )
        return found

    async def fetch_profile_audience(self, handle: str) -> Parsed:
        """One request; from v18 on one for each breakdown."""
        metrics = audience_metrics(self._version)
        if len(metrics) > 1:
            fields = f"{OWNER_FIELDS},{insights_field(metrics, period='lifetime')}"
            return await self._own(PayloadKind.AUDIENCE, fields, handle)
        found = Parsed()
        for breakdown in AUDIENCE_BREAKDOWNS:
            asked = insights_field(
                metrics,
                period="lifetime",
                metric_type="total_value",
                timeframe="this_month",
                breakdown=breakdown,
            )
            found.extend(await self._own(PayloadKind.AUDIENCE, f"{OWNER_FIELDS},{asked}", handle))
        return found

    async def fetch_post_insights(self, post_id: str, handle: str = "") -> Parsed:
        """Two requests, for which figures there are depends on the kind of post; and before them those of `_own_node`."""
        node = await self._own_node("media", post_id, handle)
        params = {"post_id": post_id, "handle": handle}
        looked_up = await self._node(PayloadKind.IDENTIFIER, node, {"fields": MEDIA_NODE_FIELDS}, params)
        kind = looked_up.identifiers
        metrics = post_metrics(self._version, kind.get("media_type", ""), kind.get("product", ""))
        fields = f"{MEDIA_NODE_FIELDS},{insights_field(metrics)}"
        return self._checked(await self._node(PayloadKind.INSIGHTS, node, {"fields": fields}, params), handle)

    async def fetch_story_insights(self, story_id: str, handle: str = "") -> Parsed:
        """One request and those of `_own_node`; Graph tells them for 24 hours, and of stories that five accounts or more saw."""
        node = await self._own_node("stories", story_id, handle)
        fields = f"{MEDIA_NODE_FIELDS},{insights_field(story_metrics(self._version))}"
        params = {"story_id": story_id, "handle": handle}
        return self._checked(await self._node(PayloadKind.INSIGHTS, node, {"fields": fields}, params), handle)

    async def _own_node(self, edge: str, identity: str, handle: str) -> str:
        """Graph's id of a post or story of the credential's account, which its newest pages tell; no request where it is that already.

        Raises:
            NotFoundError: it is not among the newest 200.
        """
        if is_graph_media_id(identity):
            return identity
        query = {"fields": OWN_MEDIA_FIELDS, "limit": str(PAGE)}
        for _ in range(OWN_PAGES):
            params = {"shared_id": identity, "handle": handle}
            page = await self._node(PayloadKind.IDENTIFIER, f"{self._own_id}/{edge}", query, params)
            if "node_id" in page.identifiers:
                return page.identifiers["node_id"]
            if page.next_cursor is None:
                break
            query = query | {"after": page.next_cursor}
        raise NotFoundError(
            f"{identity} is not among the newest {OWN_PAGES * PAGE} {edge} of @{handle}", source=self.source
        )

    async def fetch_mentions(self, handle: str, media_id: str) -> Parsed:
        """One request. The owner of the post is seldom told: then it is an entry of the list of mentions only."""
        fields = f"{OWNER_FIELDS},mentioned_media.media_id({media_id}){{{MENTION_FIELDS}}}"
        return await self._own(PayloadKind.POST, fields, handle)

    @classmethod
    def refusal(cls, answer: Answer) -> UpbeatError:
        """What an error answer means: by its code, else by its status."""
        try:
            document = load_json(answer.body)
        except MalformedBodyError:
            document = None
        return graph_refusal(document, status=answer.status, retry_after=retry_after_seconds(answer.headers))

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`.

        `params`: `handle`, `profile_id` own what a body does not name an owner of; `listing`, `listing_key` name a list; `post_id`
        is the post of comments and insights, `story_id` the story of insights; `until` ends the days of a total. Where `params` is empty, what a body
        does not say of these is empty and a problem; else what lacks its owner or post is refused.
        """
        try:
            document = load_json(body)
        except MalformedBodyError as error:
            error.source = cls.source
            raise
        if is_refused(document):
            raise graph_refusal(document, status=200, retry_after=None)
        read = _READERS.get(kind)
        if read is None:
            raise malformed(f"the Graph API sends no {kind} body")
        return read(document, observed_at, params)


def _seconds(instant: datetime) -> str:
    return str(int(instant.timestamp()))


async def _extend(found: Parsed, more: Awaitable[Parsed]) -> None:
    """Add what a further request finds; one that this source cannot answer is a problem, and costs nothing of the first."""
    try:
        found.extend(await more)
    except NextSourceError as error:
        found.problems.append(Problem("insights", str(error)))
