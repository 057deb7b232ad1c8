"""The Graph API's parsers on every recorded body, and on shapes that its reference documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.crawlers.graph_recordings import ASKED_POST, GRAPH_RECORDINGS, IG, OWNER

from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.errors import MalformedBodyError, NotFoundError, SourceError
from upbeat.records import (
    Comment,
    Hashtag,
    Insight,
    ListedPost,
    Parsed,
    PayloadKind,
    Platform,
    PostType,
    Story,
)

OBSERVED = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def parse(kind: str, body: Any, **params: str) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return GraphApi.parse(PayloadKind(kind), raw, observed_at=OBSERVED, params=params)


def recorded(shared_data: Path, kind: str, path: str, **params: str) -> Parsed:
    return parse(kind, (shared_data / "api/graph_api" / path).read_bytes(), **params)


# --- recordings -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "path", "params", "counts"),
    GRAPH_RECORDINGS,
    ids=[r[1].replace("/", "-") for r in GRAPH_RECORDINGS],
)
def test_a_recorded_body_is_read(
    shared_data: Path, kind: PayloadKind, path: str, params: dict[str, str], counts: dict[str, int]
) -> None:
    parsed = recorded(shared_data, kind, path, **params)
    assert parsed.counts() == counts
    lacking = ["followers"] if path.endswith("user_info.json") else []
    assert [problem.field for problem in parsed.problems] == lacking
    for _, record in parsed.records():
        assert (record.source, record.observed_at, record.platform) == (
            "graphapi",
            OBSERVED,
            Platform.INSTAGRAM,
        )


def test_every_other_recorded_body_is_refused_whatever_it_is_read_as(shared_data: Path) -> None:
    root = shared_data / "api/graph_api"
    kinds_of: dict[str, set[PayloadKind]] = {}
    for kind, path, _, _ in GRAPH_RECORDINGS:
        kinds_of.setdefault(path, set()).add(kind)
    # A single post is also a list of one, an id is all that a look-up needs.
    alike = {PayloadKind.POST: {PayloadKind.POSTS}, PayloadKind.HASHTAG: {PayloadKind.IDENTIFIER}}
    read, bodies = [], 0
    for file in sorted(root.rglob("*.json")):
        path = file.relative_to(root).as_posix()
        bodies += 1
        kinds = kinds_of.get(path, set())
        allowed = kinds.union(*(alike.get(kind, set()) for kind in kinds))
        for kind in set(PayloadKind) - allowed:
            for params in ({}, OWNER, ASKED_POST):
                try:
                    parsed = GraphApi.parse(kind, file.read_bytes(), observed_at=OBSERVED, params=params)
                except SourceError:
                    continue
                if parsed.counts() or (kind is not PayloadKind.IDENTIFIER):
                    read.append((path, kind.value, parsed.counts()))
    assert read == []
    assert bodies == 96


def test_an_accounts_daily_insights_say_what_was_recorded(shared_data: Path) -> None:
    insights = recorded(shared_data, "insights", f"{IG}/users/user_insights.json").of(Insight)
    assert {(i.subject, i.subject_id, i.period) for i in insights} == {
        ("profile", "17841400008460056", "day")
    }
    told = {(i.metric, i.end_time.isoformat()): i.value for i in insights}
    assert told["impressions", "2017-05-04T07:00:00+00:00"] == 4
    assert told["impressions", "2017-05-05T07:00:00+00:00"] == 66
    assert told["profile_views", "2017-05-04T07:00:00+00:00"] == 0


def test_newer_totals_come_with_their_breakdowns(shared_data: Path) -> None:
    insights = recorded(shared_data, "insights", f"{IG}/users/user_insights_new.json").of(Insight)
    by_part = {i.breakdown_value: i for i in insights}
    assert by_part[""].value == 14_516_883
    assert by_part["POST,FOLLOWER"].value == 78_567
    assert by_part["POST,FOLLOWER"].breakdown == "media_product_type,follow_type"
    # The next range begins where this one ends.
    assert {i.end_time for i in insights} == {datetime(2023, 11, 10, 7, 59, 12, tzinfo=UTC)}
    asked = recorded(shared_data, "insights", f"{IG}/users/user_insights_new.json", until="1795305600")
    assert {i.end_time for i in asked.of(Insight)} == {TODAY}


def test_a_posts_insights_are_lifetime_figures_of_the_day_of_asking(shared_data: Path) -> None:
    insights = recorded(shared_data, "insights", f"{IG}/medias/insights.json").of(Insight)
    assert [(i.metric, i.value) for i in insights] == [("impressions", 8), ("reach", 5), ("saved", 0)]
    assert {(i.subject, i.subject_id, i.end_time) for i in insights} == {("post", "17846368219941692", TODAY)}
    newer = recorded(shared_data, "insights", f"{IG}/medias/insights_new.json").of(Insight)
    assert [(i.breakdown, i.breakdown_value, i.value) for i in newer] == [
        ("", "", 11),
        ("action_type", "bio_link_clicked", 11),
    ]


def test_a_storys_address_holds_the_id_that_all_sources_tell(shared_data: Path) -> None:
    story = recorded(shared_data, "stories", f"{IG}/stories/story_info.json").of(Story)[0]
    assert (story.story_id, story.handle) == ("2421224614649404224", "ikroskun")
    assert (story.profile_id, story.caption, story.media_type) == ("17841406338772941", "Nice", "image")
    listed = recorded(shared_data, "stories", f"{IG}/users/stories.json", profile_id="42").of(Story)
    assert [s.story_id for s in listed] == ["2643655939345226184", "2643655802191568467"]
    assert {s.profile_id for s in listed} == {"42"}
    assert {s.handle for s in listed} == {"ikroskun"}


def test_posts_under_a_hashtag_are_entries_without_owners(shared_data: Path) -> None:
    first = recorded(
        shared_data,
        "posts",
        f"{IG}/hashtags/hashtag_top_medias_p1.json",
        listing="hashtag_top",
        listing_key="love",
    )
    entry = first.of(ListedPost)[0]
    assert (entry.listing, entry.listing_key, entry.position) == ("hashtag_top", "love", 1)
    assert entry.post_id == "2242969755719764509"  # B8goRvrnwod in base 64
    assert first.next_cursor == "after"
    later = recorded(
        shared_data,
        "posts",
        f"{IG}/hashtags/hashtag_top_medias_p2.json",
        listing="hashtag_top",
        listing_key="love",
        offset="25",
    )
    assert later.of(ListedPost)[0].position == 26
    assert later.next_cursor is None


def test_a_hashtag_page_that_nobody_asked_for_names_its_list_itself(shared_data: Path) -> None:
    entries = recorded(shared_data, "posts", f"{IG}/hashtags/hashtag_top_medias_p1.json", **OWNER).of(
        ListedPost
    )
    assert {(e.listing, e.listing_key) for e in entries} == {("hashtag_top", "17843826142012701")}


def test_a_mention_of_an_unknown_owner_is_an_entry_only(shared_data: Path) -> None:
    parsed = recorded(shared_data, "post", f"{IG}/users/mentioned_media.json")
    assert parsed.posts == []
    entry = parsed.of(ListedPost)[0]
    assert (entry.listing, entry.listing_key, entry.post_id) == (
        "mention",
        "17841406338772941",
        "17889114512354744",
    )


def test_comments_say_what_was_recorded(shared_data: Path) -> None:
    page = recorded(shared_data, "comments", f"{IG}/medias/comments_p1.json")
    assert page.next_cursor == "after"
    first = page.of(Comment)[0]
    assert (first.comment_id, first.post_id, first.text) == (
        "17858154961981086",
        "17846368219941692",
        "Beautiful!",
    )
    assert first.published_at == datetime(2020, 6, 1, 10, 56, 52, tzinfo=UTC)
    full = recorded(shared_data, "comments", f"{IG}/comments/comments_fields.json", post_id="43").of(Comment)
    assert [(c.author_handle, c.likes_count) for c in full] == [("ikroskun", 1), ("lixiangguodu123", 0)]
    reply = recorded(shared_data, "comments", f"{IG}/comments/replies.json", post_id="43", parent_id="44").of(
        Comment
    )[0]
    assert (reply.parent_id, reply.post_id) == ("44", "43")


def test_hashtags_say_what_was_recorded(shared_data: Path) -> None:
    tags = recorded(shared_data, "hashtag", f"{IG}/hashtags/hashtags_info.json").of(Hashtag)
    assert [(t.name, t.hashtag_id, t.posts_count) for t in tags] == [
        ("love", "17843826142012701", None),
        ("coke", "17841593698074073", None),
    ]
    looked_up = recorded(shared_data, "identifier", f"{IG}/users/hashtag_search.json", hashtag="developers")
    assert looked_up.identifiers == {"hashtag_id": "17841562426109234"}
    assert looked_up.counts() == {}


def test_an_accounts_own_posts_end_with_the_page_that_names_no_next_one(shared_data: Path) -> None:
    first = recorded(shared_data, "posts", f"{IG}/users/medias_p1.json", handle="ikroskun")
    assert (first.next_cursor, first.posts[0].profile_id) == ("after", "17841406338772941")
    assert recorded(shared_data, "posts", f"{IG}/users/medias_p2.json", **OWNER).next_cursor is None
    basic = recorded(shared_data, "posts", "instagram_basic/apidata/user/user_medias_p1.json").posts[0]
    assert (basic.handle, basic.profile_id, basic.shortcode) == (
        "ikroskun",
        "17841406338772941",
        "B8gQCApHMT-",
    )


# --- documented shapes ------------------------------------------------------------------------------
def metric(name: str, period: str = "lifetime", **more: Any) -> dict[str, Any]:
    return {"name": name, "period": period, "id": f"17841400573960012/insights/{name}/{period}", **more}


def insights_of(*metrics: Any, **node: Any) -> dict[str, Any]:
    return {"insights": {"data": list(metrics)}, "id": "17841400573960012", **node}


def test_a_field_expansion_tells_the_id_that_all_sources_share() -> None:
    body = insights_of(
        metric("reach", "day", values=[{"value": "7", "end_time": "2026-11-21T08:00:00+0000"}]),
        ig_id=787132,
        username="NatGeo",
    )
    parsed = parse("insights", body, handle="natgeo")
    assert [(i.subject_id, i.value, i.end_time.hour) for i in parsed.of(Insight)] == [("787132", 7, 8)]
    assert parsed.identifiers == {"handle": "natgeo"}


@pytest.mark.parametrize(
    ("name", "value", "breakdown"),
    [
        ("audience_gender_age", {"F.18-24": 4, "M.65+": 0}, "age_gender"),
        ("audience_city", {"Mumbai, Maharashtra": 4, "London, England": 0}, "city"),
        ("audience_country", {"IN": 4, "GB": 0}, "country"),
        ("audience_locale", {"en_US": 4, "hi_IN": 0}, "locale"),
        ("online_followers", {"0": 4, "23": 0}, "hour"),
    ],
)
def test_older_audiences_are_keyed_by_what_they_are_broken_down_by(
    name: str, value: dict[str, int], breakdown: str
) -> None:
    told = metric(name, values=[{"value": value, "end_time": "2026-11-21T08:00:00+0000"}])
    found = parse("audience", {"data": [told]}).of(Insight)
    assert {(i.breakdown_value, i.value) for i in found} == set(value.items())
    assert {(i.breakdown, i.metric, i.end_time) for i in found} == {(breakdown, name, TODAY)}


@pytest.mark.parametrize(
    ("keys", "values", "breakdown", "part"),
    [
        (["age", "gender"], ["18-24", "F"], "age_gender", "F.18-24"),
        (["gender", "age"], ["F", "18-24"], "age_gender", "F.18-24"),
        (["age"], ["18-24"], "age", "18-24"),
        (["city"], ["Mumbai, Maharashtra"], "city", "Mumbai, Maharashtra"),
        (["country"], ["IN"], "country", "IN"),
    ],
)
def test_newer_audiences_are_written_as_older_ones(
    keys: list[str], values: list[str], breakdown: str, part: str
) -> None:
    results = [{"dimension_values": values, "value": 8}]
    told = metric(
        "follower_demographics", total_value={"breakdowns": [{"dimension_keys": keys, "results": results}]}
    )
    found = parse("audience", insights_of(told, ig_id="787132")).of(Insight)
    assert [(i.subject_id, i.breakdown, i.breakdown_value, i.value) for i in found] == [
        ("787132", breakdown, part, 8)
    ]


def test_one_bad_metric_costs_the_others_nothing() -> None:
    body = {
        "data": [
            metric("reach", values=[{"value": 5}]),
            metric("saved", values=[{"value": "many"}]),
            metric("shares", values=[{"value": None}, {"value": True}]),
            metric("navigation", total_value={"value": 3, "breakdowns": [{"dimension_keys": ["a", "b"], "results": [{"dimension_values": ["x"], "value": 1}]}]}),
            "what",
        ]
    }  # fmt: skip
    parsed = parse("insights", body)
    assert [(i.metric, i.value) for i in parsed.of(Insight)] == [("reach", 5), ("navigation", 3)]
    assert [problem.field for problem in parsed.problems] == [
        "insights[4].metric",
        "insights[1].saved",
        "insights[2].shares",
        "insights[3].breakdown",
    ]


@pytest.mark.parametrize(
    ("node", "params", "subject", "subject_id"),
    [
        ({"permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/"}, {}, "post", "2421224614649404224"),
        ({"permalink": "https://www.instagram.com/reel/CGZ6vV1nBtA/", "media_product_type": "REELS"}, {}, "post", "2421224614649404224"),
        ({"shortcode": "CGZ6vV1nBtA"}, {}, "post", "2421224614649404224"),
        ({"ig_id": "5", "media_type": "IMAGE"}, {}, "post", "5"),
        ({"media_type": "IMAGE"}, {"post_id": "9"}, "post", "17846368219941692"),
        ({"permalink": "https://instagram.com/stories/x/77"}, {"story_id": "9"}, "story", "77"),
        ({"media_product_type": "STORY", "ig_id": "6"}, {}, "story", "6"),
        ({}, {"story_id": "9"}, "story", "17846368219941692"),
        ({"username": "x", "ig_id": 3}, {}, "profile", "3"),
    ],
)  # fmt: skip
def test_what_insights_are_about_is_told_by_the_node_or_the_request(
    node: dict[str, Any], params: dict[str, str], subject: str, subject_id: str
) -> None:
    told = {"name": "reach", "period": "lifetime", "values": [{"value": 1}]}
    body = {"insights": {"data": [told]}, "id": "17846368219941692", **node}
    found = parse("insights", body, **params).of(Insight)[0]
    assert (found.subject, found.subject_id) == (subject, subject_id)


def test_a_storys_own_metrics_tell_it_from_a_post() -> None:
    told = {
        "name": "exits",
        "period": "lifetime",
        "values": [{"value": 1}],
        "id": "17846368219941692/insights/exits",
    }
    found = parse("insights", {"data": [told]}).of(Insight)[0]
    assert (found.subject, found.subject_id) == ("story", "17846368219941692")


def test_an_account_without_figures_is_no_error() -> None:
    parsed = parse("audience", {"id": "17841400573960012", "ig_id": 1, "username": "x"})
    assert (parsed.facts, [p.field for p in parsed.problems]) == ([], ["insights"])
    assert parse("insights", {"data": []}).facts == []


def test_figures_of_a_facebook_page_are_refused() -> None:
    told = {
        "name": "page_impressions",
        "period": "day",
        "values": [{"value": 1}],
        "id": "1/insights/page_impressions/day",
    }
    with pytest.raises(MalformedBodyError, match="Facebook"):
        parse("insights", {"data": [told]})


def test_a_mention_whose_owner_is_told_is_a_post_as_well() -> None:
    media = {
        "id": "17889114512354744",
        "permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/",
        "media_type": "IMAGE",
        "username": "author",
        "owner": {"id": "17841400000000099"},
    }
    body = {"mentioned_media": media, "id": "17841406338772941", "ig_id": 7, "username": "mentioned"}
    parsed = parse("post", body, handle="mentioned")
    post, entry = parsed.posts[0], parsed.of(ListedPost)[0]
    assert (post.handle, post.profile_id) == ("author", "17841400000000099")
    assert (entry.listing_key, entry.post_id) == ("7", post.post_id) == ("7", "2421224614649404224")


def test_replies_that_come_along_follow_their_comment() -> None:
    reply = {"id": "2", "text": "so do I", "timestamp": "2026-11-22T01:00:00+0000"}
    comment = {
        "id": "1",
        "text": "nice",
        "like_count": "3",
        "from": {"id": "17", "username": "A"},
        "replies": {"data": [reply]},
    }
    post = {
        "permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/",
        "id": "17",
        "comments": {"data": [comment, {"id": "3"}]},
    }
    parsed = parse("comments", post)
    found = [(c.comment_id, c.parent_id, c.replies_count, c.author_handle) for c in parsed.of(Comment)]
    assert found == [("1", None, 1, "a"), ("2", "1", None, None)]
    assert {c.post_id for c in parsed.of(Comment)} == {"2421224614649404224"}
    assert [p.field for p in parsed.problems] == ["comments[1].comment_id"]


@pytest.mark.parametrize(
    "wrapper", ["business_discovery", "instagram_business_account", "connected_instagram_account"]
)
def test_an_account_is_found_in_its_known_wrappers(wrapper: str) -> None:
    user = {"id": "17841400573960012", "ig_id": 787132, "username": "natgeo", "followers_count": "12"}
    profile = parse("profile", {wrapper: user, "id": "1"}).profiles[0]
    assert (profile.profile_id, profile.followers, profile.is_business) == ("787132", 12, True)


def test_a_page_on_facebook_with_followers_is_no_account() -> None:
    page = {"id": "1", "username": "x", "followers_count": 5, "fan_count": 6}
    with pytest.raises(MalformedBodyError):
        parse("profile", page)


def test_a_personal_account_is_no_business() -> None:
    user = {"id": "17841400573960012", "username": "x", "media_count": 1, "account_type": "PERSONAL"}
    profile = parse("profile", user).profiles[0]
    assert (profile.is_business, profile.is_private) == (False, None)


@pytest.mark.parametrize("product", ["STORY", "LIVE"])
def test_stories_and_broadcasts_are_no_posts(product: str) -> None:
    media = {
        "id": "1",
        "media_type": "IMAGE",
        "media_product_type": product,
        "username": "x",
        "like_count": 1,
    }
    with pytest.raises(MalformedBodyError, match=product):
        parse("post", media, **OWNER)
    reel = {**media, "id": "2", "media_product_type": "REELS", "media_type": "VIDEO"}
    parsed = parse("posts", {"data": [media, reel]}, **OWNER)
    assert [p.post_type for p in parsed.posts] == [PostType.REEL]
    assert [p.field for p in parsed.problems] == ["posts[0].post_id"]


def test_a_search_that_finds_nothing_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="#nobody"):
        parse("identifier", {"data": []}, hashtag="nobody")
    assert parse("identifier", {"id": "17873440459141021"}, hashtag="coke").identifiers == {
        "hashtag_id": "17873440459141021"
    }


def test_what_a_list_lacks_is_said_with_the_way_out() -> None:
    media = {"id": "1", "media_type": "IMAGE", "like_count": 1}
    with pytest.raises(MalformedBodyError, match="pass handle and profile_id"):
        parse("posts", {"data": [media]}, handle="x")
    with pytest.raises(MalformedBodyError, match="username: pass handle"):
        parse(
            "posts",
            {"business_discovery": {"id": "1", "media": {"data": [media]}}, "id": "2"},
            profile_id="1",
        )
    with pytest.raises(MalformedBodyError, match="pass post_id"):
        parse("comments", {"data": [{"id": "1", "text": "nice"}]}, parent_id="2")
