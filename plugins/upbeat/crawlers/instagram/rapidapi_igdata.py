"""`rapidapi-igdata`: the scraper instagram-data1 on RapidAPI.

**The shapes are inferred**: no recording of this API was found. Public client code shows the paths `/user/info?username=`,
`/user/feed?username=&limit=&end_cursor=` and `/post/info?post=<address>`, the headers, that a feed pages with `collector`,
`has_more`, `end_cursor`, that an account is also asked for by `user_id=`, and names of fields of web GraphQL, of the private API and of a flattened post. So all of
them are taken, in any of the known wrappers (`envelopes`). Errors are RapidAPI's: 401/403 for a key that is missing or not
subscribed, 429 for one whose quota is used up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.records import Parsed, PayloadKind

PAGE = 50


class RapidApiIgData(InstagramCrawler):
    """Profiles, posts and single posts from instagram-data1."""

    source = "rapidapi-igdata"
    base_url = "https://instagram-data1.p.rapidapi.com"
    credential_fields = ("key",)
    default_limit = "60/min"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /user/info`: one request."""
        return await self._ask(PayloadKind.PROFILE, "/user/info", {"username": handle}, {"handle": handle})

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`GET /user/info` by id: one request."""
        query = {"user_id": user_id}
        return await self._ask(PayloadKind.PROFILE, "/user/info", query, query)

    async def fetch_profile_basic(self, handle: str) -> Parsed:
        """The account: it has no cheaper endpoint."""
        return await self.fetch_profile_by_handle(handle)

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /user/feed` by id, up to 50 posts a request."""
        query = {"user_id": user_id, "limit": str(PAGE), **({"end_cursor": cursor} if cursor else {})}
        return await self._ask(PayloadKind.POSTS, "/user/feed", query, {"user_id": user_id})

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """`GET /user/feed`, up to 50 posts a request.

        An empty first page is what a private account shows too: the account is asked then, and comes along.
        """

        async def page(cursor: str | None, _: int) -> Parsed:
            query = {"username": handle, "limit": str(min(limit, PAGE))}
            if cursor:
                query["end_cursor"] = cursor
            return await self._ask(PayloadKind.POSTS, "/user/feed", query, {"handle": handle})

        parsed = await collect_pages(page, limit)
        if not parsed.posts:
            parsed.extend(await self.fetch_profile_by_handle(handle))
        return parsed

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /post/info`: one request."""
        query = {"post": f"https://www.instagram.com/p/{shortcode}/"}
        return await self._ask(PayloadKind.POST, "/post/info", query, {"shortcode": shortcode})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; any of Instagram's shapes."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
