"""A small world as of `NOW`, with somebody due and somebody not due for every statement of `flows/due/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

NOW = datetime(2026, 11, 22, 14, 40, tzinfo=UTC)
LONG_AGO, OLD, FRESH, GONE = (
    NOW - timedelta(days=60),
    NOW - timedelta(hours=30),
    NOW - timedelta(seconds=30),
    NOW - timedelta(days=5),
)
PRIVATE_IDS = {"graph": "17841400000000001"}
TABLES = {
    "INSTAGRAM": ("beat.instagram_account", "beat.instagram_post"),
    "YOUTUBE": ("beat.youtube_account", "beat.youtube_post"),
}


def channel_id(name: str) -> str:
    """A channel id that shows whose it is."""
    return f"UC{name:_<22}"


def video_id(name: str) -> str:
    """A video id that shows which it is."""
    return f"{name:_<11}"


@dataclass
class DueWorld:
    """Inserts rows; what is not said is of no importance."""

    connection: psycopg.Connection[Any]

    def insert(self, table: str, **columns: Any) -> None:
        """One row."""
        names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", columns)  # type: ignore[call-overload]

    def track(
        self, handle: str, tier: str = "tracked", *, platform: str = "INSTAGRAM", **columns: Any
    ) -> None:
        """A creator that has been tracked for long."""
        self.insert(
            "beat.tracked_profile",
            platform=platform, handle=handle, tier=tier, **{"added_at": LONG_AGO, **columns},
        )  # fmt: skip

    def account(
        self,
        handle: str,
        profile_id: str,
        seen: datetime = OLD,
        *,
        platform: str = "INSTAGRAM",
        **columns: Any,
    ) -> None:
        """A creator that was collected."""
        self.insert(
            TABLES[platform][0],
            profile_id=profile_id, handle=handle, source="test", observed_at=seen, **columns,
        )  # fmt: skip

    def post(
        self,
        post_id: str,
        profile_id: str,
        handle: str,
        *,
        age: timedelta,
        seen: datetime = OLD,
        platform: str = "INSTAGRAM",
        **columns: Any,
    ) -> None:
        """A post that was collected; `age` is since its publication."""
        self.insert(
            TABLES[platform][1],
            post_id=post_id, profile_id=profile_id, handle=handle, source="test", observed_at=seen,
            published_at=NOW - age, **columns,
        )  # fmt: skip

    def fact(self, table: str, seen: datetime = OLD, *, platform: str = "INSTAGRAM", **columns: Any) -> None:
        """A row of one of the tables of facts."""
        self.insert(f"beat.{table}", platform=platform, source="test", observed_at=seen, **columns)

    def insight(self, table: str, subject_id: str, seen: datetime, *, platform: str = "INSTAGRAM") -> None:
        """A figure that was told."""
        self.fact(
            table, seen, platform=platform, subject_id=subject_id, metric="reach", period="day", end_time=OLD, value=1
        )  # fmt: skip

    def credential(self, source: str, handle: str | None, user_id: str, **columns: Any) -> None:
        """A stored credential."""
        self.insert(
            "beat.credential",
            idempotency_key=f"{source}:{user_id}", source=source, handle=handle, credentials=b"x", **columns,
        )  # fmt: skip

    def campaign(
        self, campaign_id: str, *members: tuple[str, str], status: str = "ACTIVE", **columns: Any
    ) -> None:
        """A campaign with its creators as (platform, handle)."""
        self.insert(
            "coffee.campaign",
            campaign_id=campaign_id, name="c", status=status, **{"updated_at": LONG_AGO, "account_id": "brand", **columns},
        )  # fmt: skip
        for platform, handle in members:
            self.insert(
                "coffee.campaign_profiles",
                campaign_id=campaign_id, platform=platform, handle=handle, added_at=LONG_AGO, updated_at=LONG_AGO,
            )  # fmt: skip

    def collection(self, collection_id: str, kind: str, **columns: Any) -> None:
        """A collection without members."""
        self.insert(
            "coffee.collection",
            collection_id=collection_id, kind=kind, name="c", account_id="brand", updated_at=LONG_AGO, **columns,
        )  # fmt: skip

    def member(
        self,
        table: str,
        collection_id: str,
        *,
        platform: str = "INSTAGRAM",
        added_at: datetime = LONG_AGO,
        **columns: Any,
    ) -> None:
        """A member of a collection, in the table of its kind."""
        self.insert(
            f"coffee.{table}",
            collection_id=collection_id, platform=platform, added_at=added_at, updated_at=LONG_AGO, **columns,
        )  # fmt: skip

    def tasks(self) -> list[dict[str, Any]]:
        """The queue."""
        return self.connection.execute("SELECT * FROM beat.scrape_request_log ORDER BY id").fetchall()

    def see_everything(self, when: datetime) -> None:
        """As if whatever is known were collected at that time, with posts, comments, figures and lists of it."""
        for statement in _SEEN:
            self.connection.execute(statement.encode(), {"when": when})


_SEEN = (
    "UPDATE beat.instagram_account SET observed_at = %(when)s",
    "UPDATE beat.youtube_account SET observed_at = %(when)s",
    """INSERT INTO beat.instagram_post (post_id, profile_id, handle, source, observed_at, published_at)
       SELECT profile_id || '999', profile_id, handle, 'test', %(when)s, %(when)s FROM beat.instagram_account""",
    """INSERT INTO beat.youtube_post (post_id, profile_id, handle, source, observed_at, published_at)
       SELECT 'seen' || handle, profile_id, handle, 'test', %(when)s, %(when)s FROM beat.youtube_account""",
    "UPDATE beat.instagram_post SET observed_at = %(when)s",
    "UPDATE beat.youtube_post SET observed_at = %(when)s",
    """INSERT INTO beat.comment (platform, comment_id, post_id, source, observed_at)
       SELECT platform, 'seen' || post_id, post_id, 'test', %(when)s
       FROM (SELECT platform, post_id FROM beat.instagram_post UNION ALL SELECT platform, post_id FROM beat.youtube_post) AS posts""",
    """INSERT INTO beat.similar_profile (platform, profile_id, account_id, position, source, observed_at)
       SELECT platform, profile_id, 'seen', 2, 'test', %(when)s FROM beat.instagram_account""",
    """INSERT INTO beat.listed_post (platform, listing, listing_key, post_id, position, source, observed_at)
       SELECT 'YOUTUBE', 'trending', unnest(ARRAY['IN', 'US']), 'x', 1, 'test', %(when)s""",
    *(
        f"""INSERT INTO beat.{table} (platform, subject_id, metric, period, end_time, value, source, observed_at)
            SELECT platform, {key}, 'seen', 'day', %(when)s, 1, 'test', %(when)s FROM beat.{of}"""
        for table, key, of in (
            ("profile_insight", "profile_id", "instagram_account"),
            ("profile_insight", "profile_id", "youtube_account"),
            ("profile_audience", "profile_id", "instagram_account"),
            ("profile_audience", "profile_id", "youtube_account"),
            ("post_insight", "post_id", "instagram_post"),
            ("post_insight", "post_id", "youtube_post"),
            ("story_insight", "story_id", "story"),
        )
    ),
)


def build(connection: psycopg.Connection[Any]) -> DueWorld:
    """The world that the table of expectations in `test_every_request.py` is about."""
    world = DueWorld(connection)
    _instagram(world)
    _youtube(world)
    _owners(world)
    _collections(world)
    _pictures(world)
    return world


def _instagram(world: DueWorld) -> None:
    days = timedelta(days=1)
    for handle, tier in (
        ("old", "tracked"), ("fresh", "tracked"), ("new", "tracked"), ("private", "tracked"), ("graph", "tracked"),
        ("board", "leaderboard"), ("tail", "long_tail"), ("newtail", "long_tail"),
        ("running", "campaign"), ("lately", "campaign"), ("over", "campaign"),
    ):  # fmt: skip
        world.track(handle, tier)
    for number, handle in enumerate(("old", "board", "tail", "running", "lately", "over", "stranger"), 101):
        world.account(handle, str(number))
    world.account("fresh", "201", FRESH)
    world.account("private", "202", FRESH, is_private=True)
    world.account("graph", PRIVATE_IDS["graph"], FRESH)
    world.campaign("c-running", ("INSTAGRAM", "running"), ends_on=NOW.date())
    world.campaign("c-lately", ("INSTAGRAM", "lately"), ends_on=(NOW - 10 * days).date())
    world.campaign("c-over", ("INSTAGRAM", "over"), ends_on=(NOW - 20 * days).date())
    tea = "tea time #Tea #chai #old"
    world.post("1001", "101", "old", age=2 * days, shortcode="Po1", caption=tea, comments_count=5)
    world.post("1002", "101", "old", age=9 * days, shortcode="Po2", comments_count=5)
    world.post("1003", "101", "old", age=40 * days, shortcode="Po3", comments_count=5)
    world.post("1004", "101", "old", age=3 * days, shortcode="Po4", comments_count=0)
    world.post(
        "2001", "201", "fresh", age=2 * days, seen=FRESH, shortcode="Pf1", caption=tea, comments_count=1
    )
    world.post("2002", "201", "fresh", age=9 * days, seen=FRESH, shortcode="Pf2", comments_count=1)
    world.post(
        "3001", "107", "stranger", age=2 * days, shortcode="Ps1", caption="#chai #secret", comments_count=9
    )
    world.fact("comment", FRESH, comment_id="k1", post_id="2001")
    world.fact("comment", OLD, comment_id="k2", post_id="1001", author_id="9")
    world.fact("comment", OLD, comment_id="k4", post_id="2001", author_id="201")  # its own
    for profile_id in ("101", "201"):
        world.fact("follower", OLD, profile_id=profile_id, account_id="9")
    world.fact("similar_profile", FRESH, profile_id="201", account_id="9", position=1)


def _youtube(world: DueWorld) -> None:
    days = timedelta(days=1)
    youtube = {"platform": "YOUTUBE"}
    for handle, tier in (
        ("old", "tracked"),
        ("fresh", "tracked"),
        ("new", "tracked"),
        ("board", "leaderboard"),
        ("tail", "long_tail"),
    ):
        world.track(handle, tier, **youtube)
    for handle in ("old", "board", "tail", "stranger"):
        world.account(handle, channel_id(handle), country="us", **youtube)
    world.account("fresh", channel_id("fresh"), FRESH, country="JP", **youtube)
    world.post(video_id("o1"), channel_id("old"), "old", age=2 * days, comments_count=3, **youtube)
    world.post(video_id("o2"), channel_id("old"), "old", age=9 * days, comments_count=3, **youtube)
    world.post(video_id("o3"), channel_id("old"), "old", age=3 * days, comments_count=0, **youtube)
    world.post(video_id("f1"), channel_id("fresh"), "fresh", age=2 * days, seen=FRESH, **youtube)
    world.post(video_id("f2"), channel_id("fresh"), "fresh", age=9 * days, seen=FRESH, **youtube)
    world.post(video_id("s1"), channel_id("stranger"), "stranger", age=9 * days, **youtube)
    world.fact("comment", FRESH, comment_id="k3", post_id=video_id("f1"), **youtube)
    world.fact("listed_post", FRESH, listing="trending", listing_key="JP", post_id="x", position=1, **youtube)


def _owners(world: DueWorld) -> None:
    world.credential("graphapi", "@Old ", "17841400000000101")
    world.credential("graphapi", "fresh", "17841400000000201")
    world.credential("graphapi", "withdrawn", "17841400000000301", data_access_expired=True)
    world.credential("graphapi", "off", "17841400000000302", enabled=False)
    world.credential("graphapi", None, "17841400000000303")
    for table in ("profile_insight", "profile_audience"):
        world.insight(table, "201", FRESH)
    world.insight("post_insight", "2001", FRESH)
    world.insight("post_insight", "2002", FRESH)
    for story, profile, age in (("501", "101", 2), ("502", "201", 2), ("503", "101", 30), ("504", "107", 2)):
        world.fact("story", story_id=story, profile_id=profile, published_at=NOW - timedelta(hours=age))
    world.insight("story_insight", "502", FRESH)
    world.credential("ytapi", "old", channel_id("old"))
    world.credential("ytapi", "fresh", channel_id("fresh"))
    world.credential("ytapi", None, "sha256:0123456789abcdef")
    for table in ("profile_insight", "profile_audience"):
        world.insight(table, channel_id("fresh"), FRESH, platform="YOUTUBE")
    for video in ("f1", "f2"):
        world.insight("post_insight", video_id(video), FRESH, platform="YOUTUBE")
    world.credential("shopify", "acme-tea", "acme-tea")
    world.credential("shopify", "new-shop", "new-shop")
    world.credential("shopify", "closed", "closed", enabled=False)
    for number, hours in (("1", 5), ("2", 3)):
        world.fact(
            "shopify_order", platform="SHOPIFY", shop="acme-tea", order_id=number, updated_time=NOW - timedelta(hours=hours)
        )  # fmt: skip


def _collections(world: DueWorld) -> None:
    youtube = {"platform": "YOUTUBE"}
    ended = {"ends_on": (NOW - timedelta(days=20)).date()}
    world.collection("posts", "POSTS")
    world.collection("posts-over", "POSTS", **ended)
    for collection_id in ("posts", "posts-over"):
        for shortcode in ("Po1", "Ps1", "Pf1", "Nobody"):
            world.member("collection_post", collection_id, shortcode=shortcode)
        for video in ("o1", "s1", "f1", "gone"):
            world.member("collection_post", collection_id, shortcode=video_id(video), **youtube)
    world.collection("people", "PROFILES")
    world.collection("people-over", "PROFILES", **ended)
    for collection_id in ("people", "people-over"):
        for handle in ("stranger", "fresh", "nobody"):
            world.member("collection_profile", collection_id, handle=handle)
        for handle, told in (
            ("stranger", None),
            ("fresh", None),
            ("unknown", None),
            ("told", channel_id("told")),
        ):
            world.member("collection_profile", collection_id, handle=handle, profile_id=told, **youtube)
    world.collection("tags", "HASHTAGS")
    world.collection("tags-over", "HASHTAGS", **ended)
    world.collection("words", "KEYWORDS")
    world.collection("words-over", "KEYWORDS", **ended)
    for platform in ("INSTAGRAM", "YOUTUBE"):
        name = platform.lower()
        world.member("collection_hashtag", "tags", platform=platform, hashtag=f"{name}tag")
        world.member("collection_hashtag", "tags-over", platform=platform, hashtag="overtag")
        world.member("keyword_collection", "words", platform=platform, keyword=f"{name} tea")
        world.member("keyword_collection", "words-over", platform=platform, keyword="over tea")


def _pictures(world: DueWorld) -> None:
    for statement in (
        "UPDATE beat.instagram_account SET profile_pic_url = 'https://cdn.test/' || profile_id",
        "UPDATE beat.youtube_account SET profile_pic_url = 'https://cdn.test/' || profile_id",
        "UPDATE beat.instagram_post SET media_url = 'https://cdn.test/' || post_id",
        "UPDATE beat.youtube_post SET thumbnail_url = 'https://cdn.test/' || post_id",
        "UPDATE beat.story SET media_url = 'https://cdn.test/' || story_id",
        "UPDATE beat.story SET observed_at = '2026-11-22T14:39:30Z' WHERE story_id = '504'",
    ):
        world.connection.execute(statement.encode())
    key = f"ab/{'ab' * 32}.jpg"
    world.insert("beat.asset_object", object_key=key, content_type="image/jpeg", size_bytes=1)
    kept = {"object_key": key, "source_url_hash": "x"}
    world.fact("asset", subject_kind="post_media", subject_id="1004", status="stored", **kept)
    world.fact("asset", subject_kind="story_media", subject_id="502", status="stored", **kept)
    lost = {"source_url_hash": "x", "error": "why"}
    world.fact("asset", subject_kind="post_media", subject_id="2002", status="failed", **lost)
    world.fact(
        "asset",
        platform="YOUTUBE",
        subject_kind="thumbnail",
        subject_id=video_id("f2"),
        status="gone",
        **lost,
    )
