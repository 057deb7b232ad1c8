"""What the sandbox's Graph API tells the accounts that its tokens belong to, held against recordings and the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from upbeat.records import PostType
from upbeat.sandbox.creators import CONNECTED, Creator
from upbeat.sandbox.instagram_graphapi import TOKENS, own_user_id
from upbeat.sandbox.post_index import hashtag_id
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.stories import stories_today
from upbeat.sandbox.world import World

from .body_shapes import problems, shape_of, shape_of_all
from .conftest import OWN_ID, TOKEN, Caller

Read = Callable[[str], Any]
IG = "graph_api/instagram/apidata"
DAILY = "reach,impressions,profile_views,follower_count,website_clicks"
HASHTAG_FIELDS = "id,caption,media_type,like_count,comments_count,permalink,media_url"


async def edge(caller: Caller, path: str, version: str = "v15.0", token: str = TOKEN, **query: str) -> Any:
    address = f"/graph.facebook.com/{version}/{path}"
    return await caller.client.get(address, params={**query, "access_token": token})


def own(world: World) -> Creator:
    creator = world.creator(CONNECTED[OWN_ID])
    assert creator is not None
    return creator


def of_type(world: World, post_type: PostType) -> SandboxPost:
    return next(post for post in world.posts(own(world)) if post.post_type is post_type)


async def test_every_token_belongs_to_an_account_of_the_world(caller: Caller, world: World) -> None:
    for token in TOKENS:
        fields = "id,ig_id,username,followers_count"
        body = (await caller.graph(fields, token=token, own_id=own_user_id(token))).json()
        creator = world.creator(body["username"])
        assert creator is not None
        assert (
            (body["id"], body["ig_id"]) == (creator.graph_id, creator.pk) == (own_user_id(token), creator.pk)
        )


async def test_daily_insights_have_the_recorded_shape(caller: Caller, recording: Read) -> None:
    body = (await edge(caller, f"{OWN_ID}/insights", metric=DAILY, period="day")).json()
    paging = recording(f"{IG}/users/user_insights_new.json")["paging"]
    known = shape_of({**recording(f"{IG}/users/user_insights.json"), "paging": paging})
    assert problems(body, known) == []
    assert [len(metric["values"]) for metric in body["data"]] == [2] * 5
    assert f"access_token={TOKEN}" in body["paging"]["next"]
    again = (await edge(caller, f"{OWN_ID}/insights", metric=DAILY, period="day")).json()
    assert again == body


async def test_totals_of_days_have_the_recorded_shape(caller: Caller, recording: Read) -> None:
    query = {"metric": "reach,accounts_engaged", "period": "day", "metric_type": "total_value"}
    body = (await edge(caller, f"{OWN_ID}/insights", "v18.0", **query)).json()
    assert problems(body, shape_of(recording(f"{IG}/users/user_insights_new.json"))) == []


async def test_followers_are_broken_down_as_each_version_does(caller: Caller) -> None:
    old = (await edge(caller, f"{OWN_ID}/insights", metric="audience_gender_age", period="lifetime")).json()
    value = old["data"][0]["values"][0]["value"]
    assert {"F.18-24", "M.25-34"} <= set(value)
    query = {"metric": "follower_demographics", "period": "lifetime", "metric_type": "total_value"}
    new = (await edge(caller, f"{OWN_ID}/insights", "v18.0", breakdown="age,gender", **query)).json()
    breakdown = new["data"][0]["total_value"]["breakdowns"][0]
    assert breakdown["dimension_keys"] == ["age", "gender"]
    counted = {tuple(r["dimension_values"]): r["value"] for r in breakdown["results"]}
    assert counted["18-24", "F"] == value["F.18-24"]


@pytest.mark.parametrize(
    ("version", "query", "code"),
    [
        ("v15.0", {"metric": "reach", "period": "day", "since": "0", "until": "99999999"}, 100),
        ("v15.0", {"metric": "reach", "period": "day", "since": "x"}, 100),
        ("v15.0", {"metric": "no_such", "period": "day"}, 100),
        ("v15.0", {"metric": "reach", "period": "year"}, 100),
        ("v15.0", {"period": "day"}, 100),
        ("v15.0", {"metric": "follower_demographics", "period": "lifetime"}, 100),
        ("v18.0", {"metric": "audience_city", "period": "lifetime"}, 100),
        ("v18.0", {"metric": "follower_demographics", "period": "lifetime"}, 100),
        ("v22.0", {"metric": "impressions", "period": "day"}, 100),
        ("v21.0", {"metric": "website_clicks", "period": "day"}, 100),
    ],
)
async def test_insights_that_there_are_not_are_refused(
    caller: Caller, version: str, query: dict[str, str], code: int
) -> None:
    answer = await edge(caller, f"{OWN_ID}/insights", version, **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_posts_stories_and_comments_have_the_recorded_shape(
    caller: Caller, recording: Read, world: World, clock: Any
) -> None:
    fields = "id,caption,comments_count,like_count,media_type,media_url,permalink,timestamp"
    media = (await edge(caller, f"{OWN_ID}/media", fields=fields, limit="10")).json()
    recorded = [recording(f"{IG}/users/medias_p{n}.json") for n in (1, 2)]
    assert problems(media, shape_of_all(recorded)) == []
    post = world.posts(own(world))[0]
    comments = (await edge(caller, f"{post.graph_id}/comments", limit="5")).json()
    paging = recorded[1]["paging"]
    known = shape_of_all([recording(f"{IG}/medias/comments_p1.json"), {"data": [], "paging": paging}])
    assert problems(comments, known) == []
    assert len(comments["data"]) == 5
    full = (
        await edge(caller, f"{post.graph_id}/comments", fields="id,like_count,text,timestamp,username")
    ).json()
    known = shape_of(recording(f"{IG}/comments/comment_fields.json"))
    assert [p for comment in full["data"] for p in problems(comment, known)] == []
    while not stories_today(world, own(world)):
        clock.now += 86_400
    fields = "id,ig_id,caption,media_type,media_url,owner,permalink,shortcode,timestamp,username"
    stories = (await edge(caller, f"{OWN_ID}/stories", fields=fields)).json()
    known = shape_of_all(
        [recording(f"{IG}/stories/stories_default.json"), recording(f"{IG}/stories/stories_fields_p1.json")]
    )
    assert problems(stories, known) == []
    assert len(stories["data"]) == len(stories_today(world, own(world)))


async def test_a_posts_and_a_storys_insights_have_the_recorded_shape(
    caller: Caller, recording: Read, world: World, clock: Any
) -> None:
    known = shape_of(recording(f"{IG}/medias/insights.json"))
    post = of_type(world, PostType.IMAGE)
    body = (await edge(caller, f"{post.graph_id}/insights", metric="impressions,reach,saved")).json()
    assert problems(body, known) == []
    while not stories_today(world, own(world)):
        clock.now += 86_400
    story = stories_today(world, own(world))[0]
    body = (await edge(caller, f"{story.graph_id}/insights", metric="exits,reach")).json()
    assert problems(body, known) == []
    expanded = (await edge(caller, story.graph_id, fields="permalink,insights.metric(exits,reach)")).json()
    assert expanded["insights"] == body
    world.change(own(world).handle, {"followers": 10})
    refused = (await edge(caller, f"{story.graph_id}/insights", metric="exits,reach")).json()["error"]
    assert (refused["code"], "Not enough viewers" in refused["message"]) == (10, True)


@pytest.mark.parametrize(
    ("post_type", "version", "metric", "told"),
    [
        (PostType.REEL, "v15.0", "plays", True),
        (PostType.REEL, "v15.0", "impressions", False),
        (PostType.IMAGE, "v15.0", "engagement", True),
        (PostType.IMAGE, "v15.0", "plays", False),
        (PostType.CAROUSEL, "v15.0", "carousel_album_reach", True),
        (PostType.CAROUSEL, "v15.0", "reach", False),
        (PostType.CAROUSEL, "v18.0", "reach", True),
        (PostType.IMAGE, "v22.0", "views", True),
        (PostType.IMAGE, "v22.0", "impressions", False),
        (PostType.IMAGE, "v18.0", "engagement", False),
    ],
)
async def test_a_kind_of_post_has_only_its_own_metrics(
    caller: Caller, world: World, post_type: PostType, version: str, metric: str, told: bool
) -> None:
    answer = await edge(caller, f"{of_type(world, post_type).graph_id}/insights", version, metric=metric)
    assert (answer.status_code == 200) is told
    assert told or "does not support" in answer.json()["error"]["message"]


async def test_nobody_else_is_told_what_only_the_owner_is(caller: Caller, world: World) -> None:
    post = world.posts(own(world))[0]
    other = TOKENS[1]
    for path, query in (
        (post.graph_id, {"fields": "id"}),
        (f"{post.graph_id}/insights", {"metric": "reach"}),
        (f"{post.graph_id}/comments", {}),
        (f"{OWN_ID}/insights", {"metric": "reach", "period": "day"}),
        (f"{OWN_ID}/stories", {}),
        (f"{hashtag_id(world.index.hashtags()[0])}/top_media", {"user_id": OWN_ID}),
    ):
        error = (await edge(caller, path, token=other, **query)).json()["error"]
        assert (error["code"], error["error_subcode"]) == (100, 33), path


async def test_a_mention_is_told_of_posts_of_others(caller: Caller, recording: Read) -> None:
    tags = (await edge(caller, f"{OWN_ID}/tags", fields="id,permalink,username", limit="3")).json()
    media_id = tags["data"][0]["id"]
    fields = "id,caption,comments_count,like_count,media_type,media_url,timestamp"
    body = (await caller.graph(f"mentioned_media.media_id({media_id}){{{fields}}}")).json()
    assert problems(body, shape_of(recording(f"{IG}/users/mentioned_media.json"))) == []
    assert body["mentioned_media"]["id"] == media_id
    unknown = (await caller.graph("mentioned_media.media_id(17800000000000000){id}")).json()["error"]
    assert unknown["error_subcode"] == 33


async def test_a_hashtag_is_found_and_its_posts_tell_no_owner(
    caller: Caller, recording: Read, world: World
) -> None:
    await caller.order("limits", source="graphapi", requests=None)
    name = world.index.hashtags()[0]
    found = (await edge(caller, "ig_hashtag_search", user_id=OWN_ID, q=name.upper())).json()
    assert found == {"data": [{"id": hashtag_id(name)}]}
    node = hashtag_id(name)
    assert (await edge(caller, node, fields="id,name")).json() == {"id": node, "name": name}
    query = {"user_id": OWN_ID, "fields": HASHTAG_FIELDS, "limit": "50"}
    for listing, posts in (
        ("top_media", world.index.hashtag_top(name)),
        ("recent_media", world.index.hashtag_recent(name)),
    ):
        page = (await edge(caller, f"{node}/{listing}", **query)).json()
        assert problems(page, shape_of(recording(f"{IG}/hashtags/hashtag_top_medias_p1.json"))) == []
        seen = page["data"]
        while "paging" in page:
            after = page["paging"]["cursors"]["after"]
            page = (await edge(caller, f"{node}/{listing}", after=after, **query)).json()
            seen = seen + page["data"]
        assert [post["id"] for post in seen] == [post.graph_id for _, post in posts]
    refused = (await edge(caller, f"{node}/top_media", user_id=OWN_ID, fields="username")).json()
    assert refused["error"]["code"] == 100


async def test_an_account_may_search_thirty_hashtags_a_week(caller: Caller, world: World, clock: Any) -> None:
    async def search(name: str, token: str = TOKEN) -> int | None:
        user_id = own_user_id(token)
        body = (await edge(caller, "ig_hashtag_search", token=token, user_id=user_id, q=name)).json()
        return body.get("error", {}).get("code")

    known = world.index.hashtags()[0]
    assert await search(known) is None
    assert [await search(f"nobody_uses_{n}") for n in range(29)] == [24] * 29
    assert await search("one_too_many") == 18
    assert await search(known) is None
    assert await search("one_too_many", TOKENS[1]) == 24
    clock.now += 7 * 86_400
    assert await search("one_too_many") == 24


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("ig_hashtag_search", {"q": "love"}),
        ("ig_hashtag_search", {"user_id": OWN_ID}),
        (f"{OWN_ID}/no_such_edge", {}),
        (OWN_ID, {"fields": "insights.metric(no_such).period(day)"}),
        ("17800000000000000", {"fields": "id"}),
    ],
)
async def test_a_wrong_request_is_told_in_the_error_envelope(
    caller: Caller, path: str, query: dict[str, str]
) -> None:
    answer = await edge(caller, path, **query)
    assert (answer.status_code, answer.json()["error"]["code"] in (100, 2500)) == (400, True)
