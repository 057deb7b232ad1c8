"""`lama`: the free service of last resort.

It returned HikerAPI's `v1_` shape, of which recordings exist: a flat user (`v1_user_by_username`), pages `[[post, …], cursor]`
(`v1_user_medias_chunk`), a flat post (`v1_media_by_code`). Limited fields: the category is empty, plays of pages are 0. No
credential; errors are those of the library behind it (`detail`, `exc_type`). The old service is gone: `lama.sandbox` is answered by
the sandbox, and the setting `source_urls` points to one of your own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.paging import collect_pages
from upbeat.records import Parsed, PayloadKind


class Lama(InstagramCrawler):
    """Profiles, posts and single posts in HikerAPI's `v1_` shape."""

    source = "lama"
    base_url = "https://lama.sandbox"
    default_limit = "30/min"

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /v1/user/by/username`: one request."""
        return await self._ask(
            PayloadKind.PROFILE, "/v1/user/by/username", {"username": handle}, {"handle": handle}
        )

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """The account first (posts are asked for by user id), then pages of about twelve. The profile comes along."""
        account = await self.fetch_profile_by_handle(handle)
        profile_id = account.profiles[0].profile_id

        async def page(cursor: str | None, _: int) -> Parsed:
            query = {"user_id": profile_id} | ({"end_cursor": cursor} if cursor else {})
            params = {"handle": handle, "profile_id": profile_id}
            return await self._ask(PayloadKind.POSTS, "/v1/user/medias/chunk", query, params)

        posts = await collect_pages(page, limit)
        account.extend(posts)
        return account

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /v1/media/by/code`: one request."""
        params = {"shortcode": shortcode}
        return await self._ask(PayloadKind.POST, "/v1/media/by/code", {"code": shortcode}, params)

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
