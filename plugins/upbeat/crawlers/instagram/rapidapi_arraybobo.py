"""`rapidapi-arraybobo`: the scraper instagram-scraper-2022 on RapidAPI.

**The shapes are inferred.** A public list of its endpoints names the paths below `/ig/` and their parameters (`id_user`, `shortcode`,
`hashtag`, `location_id`, `id_highlight`), and which cursor each takes back: `end_cursor`, `next_max_id` or `max_id`. Clients read the private
API's shape (`user.follower_count`, `items`, `users`, `tray`) and, from `/ig/posts/` and `/ig/tagged/`, web GraphQL's: both are taken
everywhere. `/ig/hashtag/` is taken to give `tags/web_info` (`data.name`, `data.media_count`, `data.top`, `data.recent`). Comments, likers and posts
are asked for by shortcode. Limit: 100 in 30 seconds. Errors are RapidAPI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.rapidapi import rapidapi_headers
from upbeat.records import Listing, Parsed, PayloadKind

_LISTINGS: dict[Listing, tuple[str, str, str]] = {
    "hashtag_top": ("/ig/hashtag/", "hashtag", "next_max_id"),
    "hashtag_recent": ("/ig/hashtag/", "hashtag", "next_max_id"),
    "location": ("/ig/locations/", "location_id", "max_id"),
    "tagged": ("/ig/tagged/", "id_user", "end_cursor"),
}
"""Path, name of what is asked for, name of the cursor."""


class RapidApiArrayBobo(InstagramCrawler):
    """Nearly everything that is public, from instagram-scraper-2022."""

    source = "rapidapi-arraybobo"
    base_url = "https://instagram-scraper-2022.p.rapidapi.com"
    credential_fields = ("key",)
    default_limit = "100/30s"

    def _headers(self) -> dict[str, str]:
        return rapidapi_headers(self.base_url, self._credential)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`GET /ig/info_username/`: one request."""
        return await self._ask(
            PayloadKind.PROFILE, "/ig/info_username/", {"user": handle}, {"handle": handle}
        )

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`GET /ig/info/`: one request."""
        return await self._of_user(PayloadKind.PROFILE, "/ig/info/", user_id)

    async def fetch_similar_profiles(self, user_id: str) -> Parsed:
        """`GET /ig/similar_accounts/`: one request."""
        return await self._of_user(PayloadKind.SIMILAR, "/ig/similar_accounts/", user_id)

    async def account_search(self, query: str) -> Parsed:
        """`GET /ig/search/`: one request."""
        return await self._ask(PayloadKind.SEARCH, "/ig/search/", {"user": query}, {"query": query})

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/posts/`, 12 posts a request."""
        return await self._of_user(PayloadKind.POSTS, "/ig/posts/", user_id, end_cursor=cursor)

    async def reel_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/reels_posts/`, 10 reels a request."""
        return await self._of_user(PayloadKind.POSTS, "/ig/reels_posts/", user_id, max_id=cursor)

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`GET /ig/post_info/`: one request."""
        query = {"shortcode": shortcode}
        return await self._ask(PayloadKind.POST, "/ig/post_info/", query, query)

    async def fetch_post_by_id(self, post_id: str) -> Parsed:
        """By the shortcode that the id stands for."""
        return await self.fetch_post_by_shortcode(self._shortcode_of(post_id))

    async def comment_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/comments/`, 12 comments a request; its cursor may be the private API's `next_min_id`, passed on whole."""
        return await self._of_post(PayloadKind.COMMENTS, "/ig/comments/", post_id, cursor)

    async def liker_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/likes/`, 12 likers a request."""
        return await self._of_post(PayloadKind.LIKERS, "/ig/likes/", post_id, cursor)

    async def listing_page(self, listing: Listing, key: str, cursor: str | None, offset: int) -> Parsed:
        """`GET /ig/hashtag/`, `/ig/locations/` or `/ig/tagged/`."""
        if listing not in _LISTINGS:
            return await super().listing_page(listing, key, cursor, offset)
        path, name, cursor_name = _LISTINGS[listing]
        query = {name: key, **({cursor_name: cursor} if cursor else {})}
        return await self._ask(PayloadKind.POSTS, path, query, listing_params(listing, key, offset))

    async def fetch_hashtag(self, hashtag: str) -> Parsed:
        """`GET /ig/hashtag/`: what stands around its posts."""
        query = {"hashtag": hashtag}
        return await self._ask(PayloadKind.HASHTAG, "/ig/hashtag/", query, query)

    async def fetch_stories(self, user_id: str) -> Parsed:
        """`GET /ig/stories/`: one request."""
        return await self._of_user(PayloadKind.STORIES, "/ig/stories/", user_id)

    async def fetch_highlights(self, user_id: str) -> Parsed:
        """`GET /ig/highlights_tray/`: one request."""
        return await self._of_user(PayloadKind.HIGHLIGHTS, "/ig/highlights_tray/", user_id)

    async def fetch_highlight_items(self, highlight_id: str) -> Parsed:
        """`GET /ig/highlights/`: one request; the id goes without `highlight:`."""
        pk = highlight_id.removeprefix("highlight:")
        return await self._ask(
            PayloadKind.HIGHLIGHT_ITEMS, "/ig/highlights/", {"id_highlight": pk}, {"highlight_id": pk}
        )

    async def follower_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/followers/`, 100 accounts a request."""
        return await self._of_user(PayloadKind.FOLLOWERS, "/ig/followers/", user_id, next_max_id=cursor)

    async def following_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`GET /ig/following/`, 100 accounts a request."""
        return await self._of_user(PayloadKind.FOLLOWING, "/ig/following/", user_id, next_max_id=cursor)

    async def _of_user(self, kind: PayloadKind, path: str, user_id: str, **cursor: str | None) -> Parsed:
        query = {"id_user": user_id, **{name: value for name, value in cursor.items() if value}}
        return await self._ask(kind, path, query, {"user_id": user_id})

    async def _of_post(self, kind: PayloadKind, path: str, post_id: str, cursor: str | None) -> Parsed:
        query = {"shortcode": self._shortcode_of(post_id), **({"end_cursor": cursor} if cursor else {})}
        return await self._ask(kind, path, query, {"post_id": post_id})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; any of Instagram's shapes."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
