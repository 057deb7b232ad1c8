"""`rapidapi-jotucker`: the scraper instagram-scraper2 on RapidAPI.

**The shapes are inferred.** A public list of its endpoints names the paths and parameters (`/user_info?user_name=`,
`/user_info_by_id`, `/medias`, `/media_info`, `/media_likers`, `/media_comments`, `/stories`, `/followers`, `/following`,
`/hash_tag_medias`, `/user_tagged`); `/user_reels` was seen in client code only. Clients read web GraphQL
(`data.user.edge_owner_to_timeline_media.edges`) and, from newer ones, the private API: both are taken. Lists page with `next_cursor`, which is
GraphQL's `page_info.end_cursor`; `batch_size` is at most 50. It lists no endpoint for searches, suggestions and highlights. Errors are RapidAPI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.records import Listing, Parsed, PayloadKind

BATCH = 50


class RapidApiJoTucker(InstagramCrawler):
    """Profiles, posts, comments, likers, stories, followers and hashtags from instagram-scraper2."""

    source = "rapidapi-jotucker"
    base_url = "https://instagram-scraper2.p.rapidapi.com"
    credential_fields = ("key",)
    default_limit = "60/min"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /user_info`: one request."""
        return await self._ask(PayloadKind.PROFILE, "/user_info", {"user_name": handle}, {"handle": handle})

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`GET /user_info_by_id`: one request."""
        query = {"user_id": user_id}
        return await self._ask(PayloadKind.PROFILE, "/user_info_by_id", query, query)

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """The account first (posts are asked for by user id), then pages of 50. The profile comes along."""
        account = await self.fetch_profile_by_handle(handle)
        user_id = account.profiles[0].profile_id
        params = {"handle": handle, "user_id": user_id}
        account.extend(
            await collect_pages(
                lambda cursor, _: self._page(
                    PayloadKind.POSTS, "/medias", {"user_id": user_id}, cursor, params
                ),
                limit,
            )
        )
        return account

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /medias`."""
        return await self._page(PayloadKind.POSTS, "/medias", {"user_id": user_id}, cursor)

    async def reel_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /user_reels`."""
        return await self._page(PayloadKind.POSTS, "/user_reels", {"user_id": user_id}, cursor)

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /media_info`: one request."""
        params = {"shortcode": shortcode}
        return await self._ask(PayloadKind.POST, "/media_info", {"short_code": shortcode}, params)

    async def comment_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /media_comments`, by shortcode."""
        query = {"short_code": self._shortcode_of(post_id)}
        params = {"post_id": post_id}
        return await self._page(PayloadKind.COMMENTS, "/media_comments", query, cursor, params)

    async def liker_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /media_likers`, by shortcode."""
        query = {"short_code": self._shortcode_of(post_id)}
        return await self._page(PayloadKind.LIKERS, "/media_likers", query, cursor, {"post_id": post_id})

    async def listing_page(self, listing: Listing, key: str, cursor: str | None, offset: int) -> Parsed:
        """`GET /hash_tag_medias`, of which the most popular posts are taken, or `GET /user_tagged`."""
        params = listing_params(listing, key, offset)
        if listing == "hashtag_top":
            query = {"hash_tag": key}
            return await self._page(PayloadKind.POSTS, "/hash_tag_medias", query, cursor, params)
        if listing == "tagged":
            return await self._page(PayloadKind.POSTS, "/user_tagged", {"user_id": key}, cursor, params)
        return await super().listing_page(listing, key, cursor, offset)

    async def fetch_stories(self, user_id: str) -> Parsed:
        """`GET /stories`: one request."""
        return await self._ask(PayloadKind.STORIES, "/stories", {"user_id": user_id}, {"user_id": user_id})

    async def follower_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /followers`."""
        return await self._page(PayloadKind.FOLLOWERS, "/followers", {"user_id": user_id}, cursor)

    async def following_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /following`."""
        return await self._page(PayloadKind.FOLLOWING, "/following", {"user_id": user_id}, cursor)

    async def _page(
        self,
        kind: PayloadKind,
        path: str,
        query: Mapping[str, str],
        cursor: str | None,
        params: Mapping[str, str] | None = None,
    ) -> Parsed:
        paged = {**query, "batch_size": str(BATCH), **({"next_cursor": cursor} if cursor else {})}
        return await self._ask(kind, path, paged, query if params is None else params)

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; any of Instagram's shapes."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
