"""What the Graph API is asked, and what is made of several answers, against a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.crawlers.local_server import LocalServer, http_answer, local_server

from upbeat.crawlers.http import Capture, UpstreamHttp
from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.errors import NextSourceError, NotFoundError, RotateCredentialError
from upbeat.records import Insight, ListedPost, PayloadKind
from upbeat.settings import Settings

OWN_ID, MEDIA_ID = "17841400000000009", "17895731045244887"
USER = {"id": OWN_ID, "ig_id": 787132, "username": "natgeo"}
METRIC = {"name": "reach", "period": "day", "values": [{"value": 1, "end_time": "2026-11-21T08:00:00+0000"}]}
Respond = Callable[[str], dict[str, Any]]


@asynccontextmanager
async def graph(
    respond: Respond, version: str = "v15.0"
) -> AsyncIterator[tuple[GraphApi, LocalServer, Capture]]:
    """A crawler whose requests get what `respond` says of their path; an `error` comes with status 400."""

    def answer(path: str) -> bytes:
        body = respond(path)
        return http_answer(json.dumps(body).encode(), 400 if "error" in body else 200)

    async with local_server(answer) as server:
        http = UpstreamHttp(Settings(source_urls={"graphapi": server.url}, graph_api_version=version))
        capture = Capture()
        try:
            yield GraphApi(http, capture, {"token": "a-token-of-ours", "user_id": OWN_ID}), server, capture
        finally:
            await http.close()


def asked(server: LocalServer) -> list[tuple[str, dict[str, str]]]:
    """Path and query of each request."""
    targets = [urlsplit(request.split(" ")[1]) for request in server.requests]
    return [(target.path, {k: v[0] for k, v in parse_qs(target.query).items()}) for target in targets]


def with_insights(*metrics: Any) -> dict[str, Any]:
    return {**USER, "insights": {"data": list(metrics or (METRIC,))}}


@pytest.mark.parametrize(("version", "requests"), [("v15.0", 1), ("v18.0", 2), ("v22.0", 2)])
async def test_insights_ask_for_the_shared_id_in_the_same_request(version: str, requests: int) -> None:
    async with graph(lambda path: with_insights(), version) as (crawler, server, capture):
        parsed = await crawler.fetch_profile_insights("natgeo")
    paths = asked(server)
    assert len(paths) == requests
    assert {path for path, _ in paths} == {f"/{version}/{OWN_ID}"}
    assert all(
        query["fields"].startswith("id,ig_id,username,insights.metric(reach,")
        or "accounts_engaged" in query["fields"]
        for _, query in paths
    )
    assert {i.subject_id for i in parsed.of(Insight)} == {"787132"}
    params = capture.payloads[0].params
    assert (params["handle"], capture.payloads[0].kind) == ("natgeo", PayloadKind.INSIGHTS)
    assert f".until({params['until']})" in paths[0][1]["fields"]
    assert "a-token-of-ours" not in repr(capture)


async def test_totals_that_are_refused_cost_the_daily_figures_nothing() -> None:
    def respond(path: str) -> dict[str, Any]:
        refused = {
            "error": {"code": 100, "message": "(#100) metric[0] must be one of the following values: reach"}
        }
        return refused if "total_value" in path else with_insights()

    async with graph(respond, "v18.0") as (crawler, _, _):
        parsed = await crawler.fetch_profile_insights("natgeo")
    assert [i.metric for i in parsed.of(Insight)] == ["reach"]
    assert "metric[0]" in str(parsed.problems[0])


@pytest.mark.parametrize(
    ("version", "asked_for"),
    [
        ("v15.0", ["audience_gender_age,audience_city,audience_country,audience_locale).period(lifetime)"]),
        ("v20.0", [".breakdown(age,gender)", ".breakdown(city)", ".breakdown(country)"]),
    ],
)
async def test_audiences_are_asked_for_as_the_version_tells_them(version: str, asked_for: list[str]) -> None:
    told = {"name": "follower_demographics", "period": "lifetime", "total_value": {"value": 1}}
    async with graph(lambda path: with_insights(told), version) as (crawler, server, _):
        await crawler.fetch_profile_audience("natgeo")
    assert [
        query["fields"].endswith(end) for (_, query), end in zip(asked(server), asked_for, strict=True)
    ] == [True] * len(asked_for)


async def test_figures_of_another_account_are_not_taken_for_those_that_were_asked_for() -> None:
    async with graph(lambda path: with_insights()) as (crawler, _, _):
        with pytest.raises(NextSourceError, match="belongs to @natgeo, not to @cristiano"):
            await crawler.fetch_profile_insights("cristiano")


async def test_a_token_that_may_not_use_its_own_id_is_the_credentials_fault() -> None:
    message = f"Unsupported get request. Object with ID '{OWN_ID}' does not exist"
    error = {"error": {"code": 100, "error_subcode": 33, "message": message}}
    async with graph(lambda path: error) as (crawler, _, _):
        with pytest.raises(RotateCredentialError, match="user_id"):
            await crawler.fetch_profile_audience("natgeo")


@pytest.mark.parametrize(
    ("product", "has", "lacks"), [("REELS", "plays", "impressions"), ("FEED", "engagement", "plays")]
)
async def test_a_posts_kind_decides_which_figures_are_asked_for(product: str, has: str, lacks: str) -> None:
    node = {
        "id": MEDIA_ID,
        "permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/",
        "media_type": "IMAGE",
        "media_product_type": product,
        "username": "natgeo",
    }
    told = {"name": "reach", "period": "lifetime", "values": [{"value": 3}]}

    def respond(path: str) -> dict[str, Any]:
        return {**node, "insights": {"data": [told]}} if "insights" in path else node

    async with graph(respond) as (crawler, server, capture):
        parsed = await crawler.fetch_post_insights(MEDIA_ID, "natgeo")
    fields = asked(server)[1][1]["fields"]
    assert has in fields
    assert lacks not in fields
    assert [(i.subject, i.subject_id) for i in parsed.of(Insight)] == [("post", "2421224614649404224")]
    assert [p.kind for p in capture.payloads] == [PayloadKind.IDENTIFIER, PayloadKind.INSIGHTS]


async def test_a_storys_insights_are_one_request() -> None:
    node = {
        "id": MEDIA_ID,
        "permalink": "https://instagram.com/stories/natgeo/77",
        "media_product_type": "STORY",
    }
    told = {"name": "exits", "period": "lifetime", "values": [{"value": 3}]}
    async with graph(lambda path: {**node, "insights": {"data": [told]}}) as (crawler, server, _):
        parsed = await crawler.fetch_story_insights(MEDIA_ID, "natgeo")
    assert len(server.requests) == 1
    assert [(i.subject, i.subject_id, i.metric) for i in parsed.of(Insight)] == [("story", "77", "exits")]


async def test_a_hashtags_id_is_looked_up_and_its_pages_followed_to_the_limit() -> None:
    def respond(path: str) -> dict[str, Any]:
        if "ig_hashtag_search" in path:
            return {"data": [{"id": "17843826142012701"}]}
        first = 10 if "after=c1" in path else 1
        posts = [
            {"id": str(n), "media_type": "IMAGE", "permalink": f"https://www.instagram.com/p/{n}a/"}
            for n in range(first, first + 3)
        ]
        more = f"https://graph.facebook.com/v15.0/17843826142012701/recent_media?access_token=a-token-of-ours&after=c{first}"
        return {"data": posts, "paging": {"cursors": {"after": f"c{first}"}, "next": more}}

    async with graph(respond) as (crawler, server, capture):
        parsed = await crawler.fetch_hashtag_recent_posts("love", 5)
    search, *pages = asked(server)
    assert search == ("/v15.0/ig_hashtag_search", {"user_id": OWN_ID, "q": "love"})
    assert [(path, query.get("after"), query["limit"]) for path, query in pages] == [
        ("/v15.0/17843826142012701/recent_media", None, "5"),
        ("/v15.0/17843826142012701/recent_media", "c1", "5"),
    ]
    entries = parsed.of(ListedPost)
    assert [(e.listing, e.listing_key, e.position) for e in entries] == [
        ("hashtag_recent", "love", n) for n in range(1, 6)
    ]
    assert "a-token-of-ours" not in repr(capture)


async def test_a_mention_is_asked_for_with_the_accounts_shared_id() -> None:
    body = {**USER, "mentioned_media": {"id": MEDIA_ID, "media_type": "IMAGE"}}
    async with graph(lambda path: body) as (crawler, server, _):
        parsed = await crawler.fetch_mentions("natgeo", MEDIA_ID)
    assert asked(server)[0][1]["fields"].startswith(
        f"id,ig_id,username,mentioned_media.media_id({MEDIA_ID}){{id,caption,"
    )
    entry = parsed.of(ListedPost)[0]
    assert (entry.listing_key, entry.post_id) == ("787132", MEDIA_ID)


async def test_an_unknown_post_is_not_found() -> None:
    message = f"Unsupported get request. Object with ID '{MEDIA_ID}' does not exist"
    error = {"error": {"code": 100, "error_subcode": 33, "message": message}}
    async with graph(lambda path: error) as (crawler, _, _):
        with pytest.raises(NotFoundError):
            await crawler.fetch_post_insights(MEDIA_ID, "natgeo")
