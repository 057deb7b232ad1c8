"""What can be asked of a source of Instagram data. A source overrides what it has an endpoint for.

Lists are asked for page by page: a source overrides `…_page`, the loop over the pages is here, once. A page's parser gets
`listing_params` where the list is not the owner's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from upbeat.crawlers.base import Crawler
from upbeat.crawlers.collections import collect_items
from upbeat.crawlers.instagram.media_ids import shortcode_of
from upbeat.crawlers.paging import collect_pages
from upbeat.errors import NotFoundError
from upbeat.records import (
    Comment,
    Follower,
    Following,
    Liker,
    ListedPost,
    Listing,
    Parsed,
    Platform,
    Post,
    SearchHit,
)


class InstagramCrawler(Crawler):
    """A source of Instagram data. `user_id`, `post_id` are Instagram's (`pk`), but for figures that only owners see: Graph's."""

    platform = Platform.INSTAGRAM

    def _shortcode_of(self, post_id: str) -> str:
        """The shortcode of a post, for sources that take no id. Raises `NotFoundError` for what is no post's id."""
        shortcode = shortcode_of(post_id)
        if shortcode is None:
            raise NotFoundError(f"post {post_id}: no id of a post", source=self.source)
        return shortcode

    # --- accounts -------------------------------------------------------------------------------
    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        """The account: one profile."""
        raise self._unsupported("profiles by handle")

    async def fetch_profile_by_id(self, user_id: str) -> Parsed:
        """The account: one profile."""
        raise self._unsupported("profiles by id")

    async def fetch_profile_basic(self, handle: str) -> Parsed:
        """The account with its counts, from the cheapest endpoint that tells them."""
        raise self._unsupported("counts of profiles")

    async def fetch_profile_insights(self, handle: str) -> Parsed:
        """Figures of a connected account per day: reach, profile views, …"""
        raise self._unsupported("profile insights")

    async def fetch_profile_audience(self, handle: str) -> Parsed:
        """Who the followers of a connected account are: age and gender, cities, countries."""
        raise self._unsupported("audiences")

    async def fetch_similar_profiles(self, user_id: str) -> Parsed:
        """The accounts that Instagram suggests beside this one."""
        raise self._unsupported("similar profiles")

    async def account_search(self, query: str) -> Parsed:
        """The accounts that a search finds, as many as the source tells at once."""
        raise self._unsupported("searches for profiles")

    async def search_profiles(self, query: str, limit: int) -> Parsed:
        """The accounts that a search finds, the first `limit`."""
        found = await self.account_search(query)
        found.cut(SearchHit, limit)
        return found

    # --- posts ----------------------------------------------------------------------------------
    async def fetch_profile_posts_by_handle(self, handle: str, limit: int) -> Parsed:
        """The newest `limit` posts, newest first, over as many pages as that takes."""
        raise self._unsupported("posts by handle")

    async def post_page(self, user_id: str, cursor: str | None) -> Parsed:
        """One page of an account's posts."""
        raise self._unsupported("posts by user id")

    async def fetch_profile_posts_by_id(self, user_id: str, limit: int) -> Parsed:
        """All posts of an account, newest first, at most `limit`."""
        return await collect_pages(lambda cursor, _: self.post_page(user_id, cursor), limit)

    async def reel_page(self, user_id: str, cursor: str | None) -> Parsed:
        """One page of an account's reels."""
        raise self._unsupported("reels")

    async def fetch_reels_by_id(self, user_id: str, limit: int) -> Parsed:
        """The newest reels."""
        return await collect_pages(lambda cursor, _: self.reel_page(user_id, cursor), limit)

    async def fetch_post_by_shortcode(self, shortcode: str) -> Parsed:
        """One post."""
        raise self._unsupported("posts by shortcode")

    async def fetch_post_by_id(self, post_id: str) -> Parsed:
        """One post."""
        raise self._unsupported("posts by id")

    async def fetch_post_insights(self, post_id: str, handle: str = "") -> Parsed:
        """The figures that only the post's owner sees; `handle` names the owner."""
        raise self._unsupported("post insights")

    async def comment_page(self, post_id: str, cursor: str | None) -> Parsed:
        """One page of the comments under a post."""
        raise self._unsupported("comments")

    async def fetch_post_comments(self, post_id: str, limit: int) -> Parsed:
        """Comments under a post, in the source's order."""
        return await collect_pages(lambda cursor, _: self.comment_page(post_id, cursor), limit, of=Comment)

    async def liker_page(self, post_id: str, cursor: str | None) -> Parsed:
        """One page of the accounts that like a post."""
        raise self._unsupported("likers")

    async def fetch_post_likers(self, post_id: str, limit: int) -> Parsed:
        """Accounts that like a post, as many as the source tells."""
        return await collect_pages(lambda cursor, _: self.liker_page(post_id, cursor), limit, of=Liker)

    # --- posts in lists of others ---------------------------------------------------------------
    async def listing_page(self, listing: Listing, key: str, cursor: str | None, offset: int) -> Parsed:
        """One page of a list: `hashtag_top`, `hashtag_recent`, `location`, `keyword`, `tagged`."""
        raise self._unsupported(f"lists of kind {listing}")

    async def _listing(self, listing: Listing, key: str, limit: int) -> Parsed:
        """A list to its end; `limit` counts its entries: not every source tells whose posts they are."""
        found = await collect_pages(
            lambda cursor, offset: self.listing_page(listing, key, cursor, offset), limit, of=ListedPost
        )
        found.cut(Post, limit)
        return found

    async def fetch_tagged_posts(self, user_id: str, limit: int) -> Parsed:
        """Posts in which the account is tagged."""
        return await self._listing("tagged", user_id, limit)

    async def fetch_hashtag_top_posts(self, hashtag: str, limit: int) -> Parsed:
        """The posts that Instagram shows first under a hashtag."""
        return await self._listing("hashtag_top", hashtag, limit)

    async def fetch_hashtag_recent_posts(self, hashtag: str, limit: int) -> Parsed:
        """The newest posts under a hashtag."""
        return await self._listing("hashtag_recent", hashtag, limit)

    async def fetch_location_posts(self, location_id: str, limit: int) -> Parsed:
        """Posts at a place."""
        return await self._listing("location", location_id, limit)

    async def fetch_keyword_posts(self, query: str, limit: int) -> Parsed:
        """Posts that a search finds."""
        return await self._listing("keyword", query, limit)

    async def fetch_mentions(self, handle: str, media_id: str) -> Parsed:
        """The post in which a connected account is mentioned."""
        raise self._unsupported("mentions")

    async def fetch_hashtag(self, hashtag: str) -> Parsed:
        """A hashtag's id and number of posts."""
        raise self._unsupported("hashtags")

    # --- stories --------------------------------------------------------------------------------
    async def fetch_stories(self, user_id: str) -> Parsed:
        """The stories that an account shows now."""
        raise self._unsupported("stories")

    async def fetch_story_insights(self, story_id: str, handle: str = "") -> Parsed:
        """The figures that only the story's owner sees; `handle` names the owner."""
        raise self._unsupported("story insights")

    async def fetch_highlights(self, user_id: str) -> Parsed:
        """The folders of kept stories on a profile."""
        raise self._unsupported("highlights")

    async def fetch_highlight_items(self, highlight_id: str) -> Parsed:
        """The stories in a highlight."""
        raise self._unsupported("items of highlights")

    # --- followers ------------------------------------------------------------------------------
    async def follower_page(self, user_id: str, cursor: str | None) -> Parsed:
        """One page of an account's followers."""
        raise self._unsupported("followers")

    async def fetch_followers(
        self, user_id: str, cursor: str | None = None
    ) -> tuple[list[Follower], str | None]:
        """One page of followers and the cursor of the next; None after the last."""
        page = await self.follower_page(user_id, cursor)
        return page.of(Follower), page.next_cursor

    async def fetch_all_followers(self, user_id: str, limit: int) -> Parsed:
        """Followers, as many as the source tells, at most `limit`."""
        return await collect_pages(lambda cursor, _: self.follower_page(user_id, cursor), limit, of=Follower)

    async def following_page(self, user_id: str, cursor: str | None) -> Parsed:
        """One page of the accounts that an account follows."""
        raise self._unsupported("followed accounts")

    async def fetch_all_following(self, user_id: str, limit: int) -> Parsed:
        """Accounts that an account follows, at most `limit`."""
        return await collect_pages(
            lambda cursor, _: self.following_page(user_id, cursor), limit, of=Following
        )

    # --- collections ----------------------------------------------------------------------------
    async def fetch_collection_posts(self, collection_id: str, shortcodes: Sequence[str]) -> Parsed:
        """The posts of a collection."""
        return await collect_items(self.fetch_post_by_shortcode, shortcodes, collection_id)

    async def fetch_collection_profiles(self, collection_id: str, handles: Sequence[str]) -> Parsed:
        """The creators of a collection."""
        return await collect_items(self.fetch_profile_by_handle, handles, collection_id)
