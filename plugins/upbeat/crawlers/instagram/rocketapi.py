"""`rocketapi`: RocketAPI, a paid scraper that passes on the private API.

Every request is a POST of JSON with `Authorization: Token <key>` (its public client library and documentation). The answer is
`{"status": "done", "response": {"status_code": 200, "content_type": "application/json", "body": {…}}}`, where `body` is Instagram's own: HikerAPI's `v2_`
recordings show the same bodies, and are taken with or without that wrapper. `media/search_clips`, `user/get_tags`,
`user/get_clips`, the look-ups of hashtags, places and highlights, and the parameter `tab` (`top`, `recent`: the private API's own names) are not in the client
library that was seen; their bodies are taken to be the private API's too.

Errors: `{"status": "error", "message": …}` is RocketAPI's own, about the key or the balance. A `response.status_code` that is no success is
Instagram's: 404 is not found, 429 and 5xx pass, others are for another source; the key is not at fault. Limit: 100 in 30 seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.instagram import scraped
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.crawlers.listings import listing_params
from upbeat.crawlers.paging import collect_pages
from upbeat.records import Listing, Parsed, PayloadKind

POSTS_A_PAGE = 50
ACCOUNTS_A_PAGE = 100
_LISTINGS: dict[Listing, tuple[str, str]] = {
    "hashtag_top": ("/hashtag/get_media", "name"),
    "hashtag_recent": ("/hashtag/get_media", "name"),
    "location": ("/location/get_media", "id"),
    "keyword": ("/media/search_clips", "query"),
    "tagged": ("/user/get_tags", "id"),
}
"""Path, and the name of what is asked for."""
_TABS: dict[Listing, str] = {"hashtag_top": "top", "hashtag_recent": "recent", "location": "recent"}


class RocketApi(InstagramCrawler):
    """Everything that is public, from RocketAPI."""

    source = "rocketapi"
    base_url = "https://v1.rocketapi.io/instagram"
    credential_fields = ("key",)
    default_limit = "100/30s"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self._credential.get('key', '')}"}

    async def _post(
        self, kind: PayloadKind, path: str, body: Mapping[str, Any], params: Mapping[str, str]
    ) -> Parsed:
        told = {name: value for name, value in body.items() if value is not None}
        return await self._ask(kind, path, {}, params, json=told)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """`user/get_info`: one request."""
        params = {"handle": handle}
        return await self._post(PayloadKind.PROFILE, "/user/get_info", {"username": handle}, params)

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """`user/get_info_by_id`: one request."""
        return await self._of_user(PayloadKind.PROFILE, "/user/get_info_by_id", user_id)

    async def fetch_similar_profiles(self, user_id: str) -> Parsed:
        """`user/get_similar_accounts`: one request."""
        return await self._of_user(PayloadKind.SIMILAR, "/user/get_similar_accounts", user_id)

    async def account_search(self, query: str) -> Parsed:
        """`user/search`: one request."""
        return await self._post(PayloadKind.SEARCH, "/user/search", {"query": query}, {"query": query})

    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """The account first (posts are asked for by user id), then pages of 50. The profile comes along."""
        account = await self.fetch_profile_by_handle(handle)
        user_id = account.profiles[0].profile_id
        account.extend(await collect_pages(lambda cursor, _: self.post_page(user_id, cursor), limit))
        return account

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`user/get_media`."""
        page = {"count": POSTS_A_PAGE, "max_id": cursor}
        return await self._of_user(PayloadKind.POSTS, "/user/get_media", user_id, **page)

    async def reel_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`user/get_clips`."""
        page = {"count": POSTS_A_PAGE, "max_id": cursor}
        return await self._of_user(PayloadKind.POSTS, "/user/get_clips", user_id, **page)

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """`media/get_info_by_shortcode`: one request."""
        asked = {"shortcode": shortcode}
        return await self._post(PayloadKind.POST, "/media/get_info_by_shortcode", asked, asked)

    async def fetch_post_by_id(self, post_id: str) -> Parsed:
        """`media/get_info`: one request."""
        params = {"post_id": post_id}
        return await self._post(PayloadKind.POST, "/media/get_info", {"id": int(post_id)}, params)

    async def comment_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`media/get_comments`, with the first answers to each comment."""
        body = {"id": int(post_id), "can_support_threading": True, "min_id": cursor}
        return await self._post(PayloadKind.COMMENTS, "/media/get_comments", body, {"post_id": post_id})

    async def liker_page(self, post_id: str, cursor: str | None) -> Parsed:
        """`media/get_likes`, by shortcode."""
        body = {"shortcode": self._shortcode_of(post_id), "count": ACCOUNTS_A_PAGE, "max_id": cursor}
        return await self._post(PayloadKind.LIKERS, "/media/get_likes", body, {"post_id": post_id})

    async def listing_page(self, listing: Listing, key: str, cursor: str | None, offset: int) -> Parsed:
        """`hashtag/get_media`, `location/get_media`, `media/search_clips` or `user/get_tags`."""
        if listing not in _LISTINGS:
            return await super().listing_page(listing, key, cursor, offset)
        path, name = _LISTINGS[listing]
        asked = int(key) if name == "id" and key.isdigit() else key
        body = {name: asked, "tab": _TABS.get(listing), "max_id": cursor}
        return await self._post(PayloadKind.POSTS, path, body, listing_params(listing, key, offset))

    async def fetch_location_posts(self, location_id: str, limit: int) -> Parsed:
        """`location/get_info` first: posts tell a place without its category and city."""
        params = {"location_id": location_id}
        place = await self._post(PayloadKind.LOCATION, "/location/get_info", {"id": int(location_id)}, params)
        place.extend(await super().fetch_location_posts(location_id, limit))
        return place

    async def fetch_hashtag(self, hashtag: str) -> Parsed:
        """`hashtag/get_info`: one request."""
        params = {"hashtag": hashtag}
        return await self._post(PayloadKind.HASHTAG, "/hashtag/get_info", {"name": hashtag}, params)

    async def fetch_stories(self, user_id: str) -> Parsed:
        """`user/get_stories`: one request."""
        params = {"user_id": user_id}
        return await self._post(PayloadKind.STORIES, "/user/get_stories", {"ids": [int(user_id)]}, params)

    async def fetch_highlights(self, user_id: str) -> Parsed:
        """`user/get_highlights`: one request."""
        return await self._of_user(PayloadKind.HIGHLIGHTS, "/user/get_highlights", user_id)

    async def fetch_highlight_items(self, highlight_id: str) -> Parsed:
        """`highlight/get_stories`: one request; the id goes with `highlight:`."""
        pk = highlight_id.removeprefix("highlight:")
        body = {"ids": [f"highlight:{pk}"]}
        params = {"highlight_id": pk}
        return await self._post(PayloadKind.HIGHLIGHT_ITEMS, "/highlight/get_stories", body, params)

    async def follower_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`user/get_followers`."""
        page = {"count": ACCOUNTS_A_PAGE, "max_id": cursor}
        return await self._of_user(PayloadKind.FOLLOWERS, "/user/get_followers", user_id, **page)

    async def following_page(self, user_id: str, cursor: str | None) -> Parsed:
        """`user/get_following`."""
        page = {"count": ACCOUNTS_A_PAGE, "max_id": cursor}
        return await self._of_user(PayloadKind.FOLLOWING, "/user/get_following", user_id, **page)

    async def _of_user(self, kind: PayloadKind, path: str, user_id: str, **page: int | str | None) -> Parsed:
        return await self._post(kind, path, {"id": int(user_id), **page}, {"user_id": user_id})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`; the private API's shape, with RocketAPI's wrapper or without."""
        return scraped.parse(cls, kind, body, observed_at=observed_at, params=params)
