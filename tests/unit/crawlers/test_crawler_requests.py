"""What crawlers ask and what they make of several answers, against a real server on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.unit.crawlers.local_server import LocalServer, http_answer, local_server

from upbeat.crawlers.http import Capture, UpstreamHttp
from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.crawlers.instagram.rapidapi_igdata import RapidApiIgData
from upbeat.errors import NotFoundError, RotateCredentialError
from upbeat.settings import Settings

OWN_ID = "17841400000000009"
NO_SUCH_NODE = {
    "error": {
        "message": f"Unsupported get request. Object with ID '{OWN_ID}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation.",
        "type": "GraphMethodException",
        "code": 100,
        "error_subcode": 33,
    }
}
NO_SUCH_HANDLE = {"error": {"message": "Invalid user id", "code": 110, "error_subcode": 2207013}}


@asynccontextmanager
async def upstream(respond: Callable[[str], bytes]) -> AsyncIterator[tuple[UpstreamHttp, LocalServer]]:
    async with local_server(respond) as server:
        urls = dict.fromkeys(("graphapi", "rapidapi-igdata"), server.url)
        http = UpstreamHttp(Settings(source_urls=urls))
        try:
            yield http, server
        finally:
            await http.close()


@pytest.mark.parametrize(
    ("body", "expected"), [(NO_SUCH_NODE, RotateCredentialError), (NO_SUCH_HANDLE, NotFoundError)]
)
async def test_a_wrong_user_id_of_the_credential_is_not_taken_for_an_unknown_account(
    body: dict[str, Any], expected: type[Exception]
) -> None:
    async with upstream(lambda path: http_answer(json.dumps(body).encode(), 400)) as (http, server):
        crawler = GraphApi(http, Capture(), {"token": "a-token", "user_id": OWN_ID})
        with pytest.raises(expected):
            await crawler.fetch_profile_by_handle("natgeo")
    assert server.requests[0].startswith(f"GET /v15.0/{OWN_ID}?")


async def test_the_account_that_an_empty_feed_makes_igdata_ask_for_comes_along() -> None:
    user = {"pk": 1, "username": "natgeo", "follower_count": 5}

    def respond(path: str) -> bytes:
        found = user if path.startswith("/user/info") else {"collector": [], "has_more": False}
        return http_answer(json.dumps(found).encode())

    async with upstream(respond) as (http, server):
        parsed = await RapidApiIgData(http, Capture(), {"key": "a"}).fetch_profile_posts_by_handle(
            "natgeo", 10
        )
    assert parsed.posts == []
    assert [profile.followers for profile in parsed.profiles] == [5]
    assert len(server.requests) == 2
