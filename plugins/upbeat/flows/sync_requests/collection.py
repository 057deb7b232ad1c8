"""The 10 DAGs that collect for the product: members of collections and campaigns while they run, and what shops sell."""

from __future__ import annotations

from datetime import timedelta

from upbeat.flows.stale import StaleRequest
from upbeat.flows.sync_dag import SyncDag

_COLLECTIONS = (
    "`coffee.collection` and its members, from the day before a collection starts until 14 days after its end"
)
_SHOPS = "`beat.credential`: shops with a usable credential of the source `shopify`, whose handle is the shop's name"
_FEW = "seconds to minutes: up to fifty members are one task"
_GONE = (
    "Members that nothing was seen of for two days are asked for every six hours, in tasks of their own, which fail when all "
    "of them are gone."
)
_HALF_HOUR, _HOUR, _THREE_HOURS, _SIX_HOURS, _DAY = (
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(days=1),
)

COLLECTION_SYNC: tuple[SyncDag, ...] = (
    SyncDag(
        dag_id="collection_posts_instagram",
        schedule="*/30 * * * *",
        purpose="Collects the Instagram posts of running collections with their likes, comments and plays.",
        reads=_COLLECTIONS,
        requests=(
            StaleRequest(
                flow="instagram.collection_posts",
                subjects="posts_of_collections",
                batched="shortcodes",
                every=_HALF_HOUR,
            ),
        ),
        tier=1,
        duration=_FEW,
        look=_GONE,
    ),
    SyncDag(
        dag_id="collection_videos_youtube",
        schedule="*/30 * * * *",
        purpose="Collects the YouTube videos of running collections with their views, likes and comments.",
        reads=_COLLECTIONS,
        requests=(
            StaleRequest(
                flow="youtube.collection_videos",
                subjects="videos_of_collections",
                batched="video_ids",
                every=_HALF_HOUR,
            ),
        ),
        tier=1,
        duration=_FEW,
        look=_GONE,
    ),
    SyncDag(
        dag_id="collection_stories",
        schedule="*/30 * * * *",
        purpose="Collects the stories of creators in running campaigns and collections, so that none is missed.",
        reads=f"{_COLLECTIONS}; the same for `coffee.campaign`",
        requests=(StaleRequest(flow="instagram.stories", subjects="stories_of_measured", every=_HALF_HOUR),),
        tier=1,
        duration="seconds to minutes",
        look="Stories live 24 hours: what is missed for a day is lost. A creator needs a row in `beat.instagram_account` first.",
    ),
    SyncDag(
        dag_id="collection_profiles_instagram",
        schedule="8 * * * *",
        purpose="Collects the Instagram creators of running collections and campaigns, and their newest posts.",
        reads=f"{_COLLECTIONS}; the same for `coffee.campaign`",
        requests=(
            StaleRequest(
                flow="instagram.collection_profiles",
                subjects="profiles_of_collections",
                batched="handles",
                every=_HOUR,
            ),
            StaleRequest(flow="instagram.posts_by_handle", subjects="newest_posts_of_measured", every=_HOUR),
        ),
        tier=1,
        duration=_FEW,
        look=_GONE,
    ),
    SyncDag(
        dag_id="collection_channels_youtube",
        schedule="18 * * * *",
        purpose="Collects the YouTube channels of running collections and campaigns, and their newest videos; ids of bare handles first.",
        reads=f"{_COLLECTIONS}; the same for `coffee.campaign`",
        requests=(
            StaleRequest(
                flow="youtube.collection_channels",
                subjects="channels_of_collections",
                batched="channel_ids",
                every=_HOUR,
            ),
            StaleRequest(
                flow="youtube.channel_by_handle", subjects="unknown_channels_of_measured", every=_HOUR
            ),
            StaleRequest(flow="youtube.videos_by_channel", subjects="newest_videos_of_measured", every=_HOUR),
        ),
        tier=1,
        duration=_FEW,
        look=_GONE,
    ),
    SyncDag(
        dag_id="collection_hashtags",
        schedule="28 */3 * * *",
        purpose="Collects newest and top posts under the hashtags of running collections, and how many posts bear them.",
        reads=_COLLECTIONS,
        requests=(
            StaleRequest(
                flow="instagram.hashtag_recent", subjects="hashtags_of_collections", every=_THREE_HOURS
            ),
            StaleRequest(
                flow="instagram.hashtag_top", subjects="hashtags_of_collections", every=_THREE_HOURS
            ),
            StaleRequest(flow="instagram.hashtag_info", subjects="hashtags_of_collections", every=_DAY),
            StaleRequest(
                flow="youtube.search_videos", subjects="hashtag_searches_of_collections", every=_THREE_HOURS
            ),
        ),
        tier=2,
        duration="minutes",
        look="The Graph API answers for 30 hashtags a week and token; the others come from the scrapers of the chain.",
    ),
    SyncDag(
        dag_id="keyword_collections",
        schedule="38 */3 * * *",
        purpose="Searches posts and videos for the keywords of running collections.",
        reads=f"{_COLLECTIONS}: `coffee.keyword_collection`",
        requests=(
            StaleRequest(
                flow="instagram.keyword_posts", subjects="keywords_of_collections", every=_THREE_HOURS
            ),
            StaleRequest(
                flow="youtube.search_videos", subjects="keywords_of_collections", every=_THREE_HOURS
            ),
        ),
        tier=2,
        duration="minutes",
        look="A search by the official YouTube API costs 100 of a day's 10,000 units: it is asked after the scraper alone.",
    ),
    SyncDag(
        dag_id="collection_comments",
        schedule="58 */6 * * *",
        purpose="Collects the comments under the posts and videos of running collections.",
        reads=f"{_COLLECTIONS}, `beat.instagram_post`, `beat.youtube_post`",
        requests=(
            StaleRequest(
                flow="instagram.post_comments", subjects="comments_of_collection_posts", every=_SIX_HOURS
            ),
            StaleRequest(
                flow="youtube.video_comments", subjects="comments_of_collection_videos", every=_SIX_HOURS
            ),
        ),
        tier=3,
        duration="minutes for a thousand posts",
        look="Posts are there once `collection_posts_instagram` and `collection_videos_youtube` collected them.",
    ),
    SyncDag(
        dag_id="shopify_orders",
        schedule="13 * * * *",
        purpose="Collects the orders and refunds of connected shops that changed since the newest change that is known.",
        reads=f"{_SHOPS}; `beat.shopify_order` for since when",
        requests=(
            StaleRequest(
                flow="shopify.orders",
                subjects="orders_of_shops",
                every=_HOUR,
                params={"limit": 10_000},
                limit=5_000,
            ),
        ),
        tier=1,
        duration="seconds; minutes for a shop's first time, 10,000 orders a run",
        look="A shop whose token was withdrawn answers 401, one that is frozen 402: `upbeat credentials list`.",
    ),
    SyncDag(
        dag_id="shopify_products",
        schedule="45 5 * * *",
        purpose="Collects the products and discount codes of connected shops, and how many customers they have.",
        reads=_SHOPS,
        requests=(
            StaleRequest(flow="shopify.products", subjects="shops", every=_DAY, limit=5_000),
            StaleRequest(flow="shopify.discount_codes", subjects="shops", every=_DAY, limit=5_000),
            StaleRequest(flow="shopify.customers_count", subjects="shops", every=_DAY, limit=5_000),
        ),
        tier=2,
        duration="seconds to minutes",
        look="A shop whose token lacks a scope answers 403 for that list alone.",
    ),
)
