"""`insta-best-performance`: a scraper on RapidAPI, two requests a second.

**Paths and shapes are inferred from nothing but its neighbours**: neither a recording nor client code of it was found. The paths are those that
most such scrapers have (`/user/info?username=`, `/user/posts?username=&end_cursor=`), and the bodies any of Instagram's shapes in any known wrapper
(`envelopes`). Errors are RapidAPI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.records import Parsed, PayloadKind


class BestPerformance(InstagramCrawler):
    """Profiles and their posts from instagram-best-performance."""

    source = "insta-best-performance"
    base_url = "https://instagram-best-performance.p.rapidapi.com"
    credential_fields = ("key",)
    default_limit = "2/s"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /user/info`: one request."""
        return await self._ask(PayloadKind.PROFILE, "/user/info", {"username": handle}, {"handle": handle})

    async def fetch_profile_basic(self, handle: str) -> Parsed:
        """The account: it has no cheaper endpoint."""
        return await self.fetch_profile_by_handle(handle)

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """`GET /user/posts`; an empty first page is what a private account shows too: the account is asked then."""

        async def page(cursor: str | None, _: int) -> Parsed:
            query = {"username": handle, **({"end_cursor": cursor} if cursor else {})}
            return await self._ask(PayloadKind.POSTS, "/user/posts", query, {"handle": handle})

        parsed = await collect_pages(page, limit)
        if not parsed.posts:
            parsed.extend(await self.fetch_profile_by_handle(handle))
        return parsed

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; any of Instagram's shapes."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
