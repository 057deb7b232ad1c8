"""`rapidapi-neotank`: the scraper instagram130 on RapidAPI.

**The shapes are inferred.** A public list of its endpoints names `/account-info?username=`, `/account-medias?userid=&first=&after=`,
`/media-info?code=` and `/username-by-id?userid=`; clients read web GraphQL without a wrapper (`edge_followed_by.count`, `count`, `edges`,
`page_info.end_cursor`). The private API's shape is taken as well. It has no search and no look-up of an account by
its id but for its handle. Errors are RapidAPI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.records import Parsed, PayloadKind

PAGE = 40


class RapidApiNeoTank(InstagramCrawler):
    """Profiles, posts by user id and single posts from instagram130."""

    source = "rapidapi-neotank"
    base_url = "https://instagram130.p.rapidapi.com"
    credential_fields = ("key",)
    default_limit = "60/min"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /account-info`: one request."""
        query = {"username": handle}
        return await self._ask(PayloadKind.PROFILE, "/account-info", query, {"handle": handle})

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`GET /username-by-id`, then the account by its handle: two requests."""
        query = {"userid": user_id}
        found = await self._ask(PayloadKind.IDENTIFIER, "/username-by-id", query, {"user_id": user_id})
        return await self.fetch_profile_by_handle(found.identifiers["handle"])

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /account-medias`, 40 posts a request."""
        query = {"userid": user_id, "first": str(PAGE), **({"after": cursor} if cursor else {})}
        return await self._ask(PayloadKind.POSTS, "/account-medias", query, {"user_id": user_id})

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /media-info`: one request."""
        return await self._ask(PayloadKind.POST, "/media-info", {"code": shortcode}, {"shortcode": shortcode})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; any of Instagram's shapes."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
