"""`lama`: the free service of last resort.

It returned HikerAPI's `v1_` shape, of which recordings and a description of the endpoints exist: a flat user (`v1_user_by_username`), pages
`[[post, …], cursor]` (`v1_user_medias_chunk`), a flat post (`v1_media_by_code`), flat lists. Only a search for posts has no `v1_` recording: it is asked
for as `/v2/fbsearch/topsearch`. Limited fields: the category is empty, plays of pages are 0. No credential; errors are those of the
library behind it (`detail`, `exc_type`). The old service is gone: `lama.sandbox` is answered by the sandbox, and the setting
`source_urls` points to one of your own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.paging import collect_pages
from upbeat.records import Listing, Parsed, PayloadKind

_LISTINGS: dict[Listing, tuple[str, str, str]] = {
    "hashtag_top": ("/v1/hashtag/medias/top/chunk", "name", "max_id"),
    "hashtag_recent": ("/v1/hashtag/medias/top/recent/chunk", "name", "max_id"),
    "location": ("/v1/location/medias/recent/chunk", "location_pk", "max_id"),
    "tagged": ("/v1/user/tag/medias/chunk", "user_id", "max_id"),
    "keyword": ("/v2/fbsearch/topsearch", "query", "next_max_id"),
}
"""Path, name of what is asked for, name of the cursor."""


class Lama(InstagramCrawler):
    """Everything that is public but suggestions, in HikerAPI's `v1_` shape."""

    source = "lama"
    base_url = "https://lama.sandbox"
    default_limit = "30/min"

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /v1/user/by/username`: one request."""
        return await self._ask(
            PayloadKind.PROFILE, "/v1/user/by/username", {"username": handle}, {"handle": handle}
        )

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`GET /v1/user/by/id`: one request."""
        return await self._ask(PayloadKind.PROFILE, "/v1/user/by/id", {"id": user_id}, {"user_id": user_id})

    async def fetch_profile_basic(self, handle: str) -> Parsed:
        """The account: it has no cheaper endpoint."""
        return await self.fetch_profile_by_handle(handle)

    async def account_search(self, query: str) -> Parsed:
        """`GET /v1/search/users`: one request."""
        return await self._ask(PayloadKind.SEARCH, "/v1/search/users", {"query": query}, {"query": query})

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

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/user/medias/chunk`."""
        return await self._of_user(PayloadKind.POSTS, "/v1/user/medias/chunk", user_id, end_cursor=cursor)

    async def reel_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/user/clips/chunk`."""
        return await self._of_user(PayloadKind.POSTS, "/v1/user/clips/chunk", user_id, end_cursor=cursor)

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /v1/media/by/code`: one request."""
        params = {"shortcode": shortcode}
        return await self._ask(PayloadKind.POST, "/v1/media/by/code", {"code": shortcode}, params)

    async def fetch_post_by_id(self, post_id: str) -> Parsed:
        """`GET /v1/media/by/id`: one request."""
        return await self._ask(PayloadKind.POST, "/v1/media/by/id", {"id": post_id}, {"post_id": post_id})

    async def comment_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/media/comments/chunk`, without answers."""
        query = {"id": post_id} | ({"min_id": cursor} if cursor else {})
        params = {"post_id": post_id}
        return await self._ask(PayloadKind.COMMENTS, "/v1/media/comments/chunk", query, params)

    async def liker_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/media/likers`: one page, as many as Instagram tells."""
        return await self._ask(PayloadKind.LIKERS, "/v1/media/likers", {"id": post_id}, {"post_id": post_id})

    async def listing_page(self, listing: Listing, key: str, cursor: str | None, offset: int) -> Parsed:
        """The chunks of hashtags, places and tagged posts, and the search."""
        if listing not in _LISTINGS:
            return await super().listing_page(listing, key, cursor, offset)
        path, name, cursor_name = _LISTINGS[listing]
        query = {name: key} | ({cursor_name: cursor} if cursor else {})
        return await self._ask(PayloadKind.POSTS, path, query, listing_params(listing, key, offset))

    async def fetch_location_posts(self, location_id: str, limit: int) -> Parsed:
        """`GET /v1/location/by/id` first: posts tell a place without its category."""
        params = {"location_id": location_id}
        place = await self._ask(PayloadKind.LOCATION, "/v1/location/by/id", {"id": location_id}, params)
        place.extend(await super().fetch_location_posts(location_id, limit))
        return place

    async def fetch_hashtag(self, hashtag: str) -> Parsed:
        """`GET /v1/hashtag/by/name`: one request."""
        params = {"hashtag": hashtag}
        return await self._ask(PayloadKind.HASHTAG, "/v1/hashtag/by/name", {"name": hashtag}, params)

    async def fetch_stories(self, user_id: str) -> Parsed:
        """`GET /v1/user/stories`: one request."""
        return await self._of_user(PayloadKind.STORIES, "/v1/user/stories", user_id)

    async def fetch_highlights(self, user_id: str) -> Parsed:
        """`GET /v1/user/highlights`: one request."""
        return await self._of_user(PayloadKind.HIGHLIGHTS, "/v1/user/highlights", user_id)

    async def fetch_highlight_items(self, highlight_id: str) -> Parsed:
        """`GET /v1/highlight/by/id`: one request; the id goes without `highlight:`."""
        pk = highlight_id.removeprefix("highlight:")
        params = {"highlight_id": pk}
        return await self._ask(PayloadKind.HIGHLIGHT_ITEMS, "/v1/highlight/by/id", {"id": pk}, params)

    async def follower_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/user/followers/chunk`."""
        path = "/v1/user/followers/chunk"
        return await self._of_user(PayloadKind.FOLLOWERS, path, user_id, max_id=cursor)

    async def following_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /v1/user/following/chunk`."""
        path = "/v1/user/following/chunk"
        return await self._of_user(PayloadKind.FOLLOWING, path, user_id, max_id=cursor)

    async def _of_user(self, kind: PayloadKind, path: str, user_id: str, **cursor: str | None) -> Parsed:
        query = {"user_id": user_id, **{name: value for name, value in cursor.items() if value}}
        return await self._ask(kind, path, query, {"user_id": user_id})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
