"""Finding sources."""

from __future__ import annotations

import pytest

from upbeat.crawlers.base import Crawler
from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.crawlers.registry import crawler_class, crawler_classes
from upbeat.errors import InputError, UnsupportedError
from upbeat.flows import FLOWS
from upbeat.ratelimit import parse_rate
from upbeat.records import Listing

PAGE_HOOKS: dict[str, tuple[str, Listing | None]] = {
    "search_profiles": ("account_search", None),
    "fetch_profile_posts_by_id": ("post_page", None),
    "fetch_reels_by_id": ("reel_page", None),
    "fetch_post_comments": ("comment_page", None),
    "fetch_post_likers": ("liker_page", None),
    "fetch_all_followers": ("follower_page", None),
    "fetch_all_following": ("following_page", None),
    "fetch_tagged_posts": ("listing_page", "tagged"),
    "fetch_hashtag_top_posts": ("listing_page", "hashtag_top"),
    "fetch_hashtag_recent_posts": ("listing_page", "hashtag_recent"),
    "fetch_location_posts": ("listing_page", "location"),
    "fetch_keyword_posts": ("listing_page", "keyword"),
    "fetch_collection_posts": ("fetch_post_by_shortcode", None),
    "fetch_collection_profiles": ("fetch_profile_by_handle", None),
    "fetch_videos_by_channel": ("video_page", None),
    "fetch_shorts_by_channel": ("short_page", None),
    "fetch_video_comments": ("comment_page", None),
    "fetch_playlist_items": ("playlist_page", None),
    "fetch_channel_activities": ("activity_page", None),
    "fetch_trending_videos": ("trending_page", None),
    "search_channels": ("channel_search_page", None),
    "search_videos": ("video_search_page", None),
    "fetch_collection_videos": ("fetch_video_by_id", None),
    "fetch_collection_channels": ("fetch_channel_by_id", None),
}
"""What the interface's loop of a method asks of a source; a hook for lists is asked with the list."""


def interface_of(cls: type[Crawler]) -> type[Crawler]:
    """The class that says what can be asked on the platform."""
    return next(base for base in cls.__mro__ if base.__module__.endswith(".interface"))


def overrides(cls: type[Crawler], method: str) -> bool:
    return getattr(cls, method) is not getattr(interface_of(cls), method)


class NothingIsSent:
    """A client that must not be asked: it says that something would have been sent."""

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        raise AssertionError(f"sent {request.path}")


async def takes_listing(cls: type[Crawler], listing: Listing) -> bool:
    crawler = cls(NothingIsSent(), Capture(), None)  # type: ignore[arg-type]
    try:
        await crawler.listing_page(listing, "17", None, 0)  # type: ignore[attr-defined]
    except UnsupportedError:
        return False
    except Exception:
        return True  # it got as far as asking
    return True


async def test_every_source_of_every_chain_exists_and_can_do_what_the_flow_asks() -> None:
    for flow in FLOWS.values():
        for source in flow.chain:
            cls = crawler_class(source)
            assert cls.platform == flow.platform
            hook, listing = PAGE_HOOKS.get(flow.method, ("", None))
            by_hook = bool(hook) and hasattr(interface_of(cls), hook) and overrides(cls, hook)
            assert overrides(cls, flow.method) or by_hook, f"{source} has no {flow.method}"
            if listing is not None and by_hook and not overrides(cls, flow.method):
                assert await takes_listing(cls, listing), f"{source} has no list of kind {listing}"


def test_every_source_states_a_name_an_address_and_a_limit() -> None:
    for name, cls in crawler_classes().items():
        assert cls.source == name
        assert cls.base_url.startswith("https://")
        assert parse_rate(cls.default_limit).amount > 0


def test_an_unknown_source_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"source=grapapi: .*graphapi, .*lama, .*rapidapi-igdata"):
        crawler_class("grapapi")
