"""Every body that the sandbox sends is held against recorded or quoted ones: key paths and JSON types.

Fields that no recording shows (Graph's `ig_id`, `website`, …) stand in `test_instagram_graphapi`, by its reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from upbeat.records import PostType
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.world import World

from .body_shapes import Shape, problems, shape_of, shape_of_all
from .conftest import KEY, OWN_ID, TOKEN, Caller

Read = Callable[[str], Any]

USER_FIELDS = "id,biography,name,username,profile_picture_url,followers_count,media_count"
MEDIA_FIELDS = "id,caption,comments_count,like_count,media_type,media_url,permalink,timestamp"


def with_type(world: World, handle: str, post_type: PostType) -> SandboxPost:
    creator = world.creator(handle)
    assert creator is not None
    return next(p for p in world.posts(creator) if p.post_type is post_type)


async def test_a_discovered_user_has_the_recorded_shape(
    caller: Caller, recording: Read, world: World
) -> None:
    known = shape_of(recording("graph_api/instagram/apidata/discovery/user_fields.json"))
    for creator in world.creators():
        answer = await caller.discover(creator.handle, USER_FIELDS)
        if answer.status_code == 403:  # 200 an hour for each token
            break
        assert problems(answer.json(), known) == []
        assert set(answer.json()["business_discovery"]) >= {
            "id",
            "username",
            "followers_count",
            "media_count",
        }
    else:
        pytest.fail("the limit was not met")


async def test_discovered_posts_have_the_recorded_shape_on_every_page(
    caller: Caller, recording: Read
) -> None:
    known = shape_of_all(
        recording(f"graph_api/{path}")
        for path in (
            "base/discovery_medias_p1.json",
            "base/discovery_medias_p2.json",
            "instagram/apidata/discovery/medias_p1.json",
            "instagram/apidata/discovery/medias_p2.json",
        )
    )
    after, pages = "", 0
    while True:
        body = (await caller.discover("virat.kohli", f"media.limit(7){after}{{{MEDIA_FIELDS}}}")).json()
        assert problems(body, known) == []
        pages += 1
        cursors = body["business_discovery"]["media"]["paging"]["cursors"]
        if "after" not in cursors:
            break
        after = f".after({cursors['after']})"
    assert pages == 6


async def test_parts_of_a_carousel_have_the_recorded_shape(
    caller: Caller, recording: Read, world: World
) -> None:
    recorded = recording("graph_api/instagram/apidata/medias/medias_fields.json")
    known = shape_of_all(media["children"] for media in recorded.values() if "children" in media)
    fields = "media.limit(40){children{id,media_type,media_url,permalink,shortcode,timestamp}}"
    media = (await caller.discover("virat.kohli", fields)).json()["business_discovery"]["media"]["data"]
    carousels = [m["children"] for m in media if "children" in m]
    assert carousels
    assert [p for children in carousels for p in problems(children, known)] == []


async def test_a_token_is_told_in_the_recorded_shape(caller: Caller, recording: Read) -> None:
    query = {"input_token": TOKEN, "access_token": TOKEN}
    body = (await caller.client.get("/graph.facebook.com/v15.0/debug_token", params=query)).json()
    recorded = recording("graph_api/base/token_info.json")
    assert problems(body, shape_of(recorded)) == []
    assert set(body["data"]) == set(recorded["data"])


def graph_errors(quoted: list[dict[str, Any]], code: int) -> Shape:
    bodies = [
        q["body"] for q in quoted if q["api"] == "graph" and q["body"].get("error", {}).get("code") == code
    ]
    assert bodies, f"nothing quoted for code {code}"
    return shape_of_all(bodies)


async def test_graph_errors_have_the_quoted_shape(
    caller: Caller, quoted_errors: list[dict[str, Any]], recording: Read
) -> None:
    await caller.order("credentials", source="graphapi", credential=TOKEN, state="expired")
    expired = await caller.discover("cristiano")
    assert problems(expired.json(), graph_errors(quoted_errors, 190)) == []
    await caller.order("limits", source="graphapi", requests=0)
    limited = await caller.discover("cristiano", token="sandbox-graph-token-2", own_id="17841400000000002")
    assert problems(limited.json(), graph_errors(quoted_errors, 4)) == []
    assert limited.json()["error"]["message"] == "(#4) Application request limit reached"
    await caller.order("limits", source="graphapi", requests=10)
    token3 = {"token": "sandbox-graph-token-3", "own_id": "17841400000000003"}
    nonexisting = await caller.discover("cristiano", "no_such_field", **token3)
    assert problems(nonexisting.json(), shape_of(recording("graph_api/base/error_data.json"))) == []


async def test_a_lama_profile_has_exactly_the_recorded_keys(caller: Caller, recording: Read) -> None:
    recorded = recording("hikerapi/v1_user_by_username.json")
    for handle in ("cristiano", "private.account.sandbox", "nofollowers.account.sandbox"):
        body = (await caller.lama("/user/by/username", username=handle)).json()
        assert problems(body, shape_of(recorded)) == []
        assert list(body) == list(recorded)


async def test_a_lama_page_has_exactly_the_recorded_keys(
    caller: Caller, recording: Read, world: World
) -> None:
    recorded = recording("hikerapi/v1_user_medias_chunk.json")
    images = recording("hikerapi/v1_user_tag_medias_chunk.json")  # the pages of one user show no image
    known = shape_of_all([recorded, images])
    creator = world.creator("virat.kohli")
    assert creator is not None
    body = (await caller.lama("/user/medias/chunk", user_id=str(creator.pk))).json()
    assert len(body[0]) == 12
    assert problems(body, known) == []
    assert all(list(post) == list(recorded[0][0]) for post in body[0])


async def test_a_single_lama_post_has_exactly_the_recorded_keys(
    caller: Caller, recording: Read, world: World
) -> None:
    recorded = recording("hikerapi/v1_media_by_code.json")
    reel = with_type(world, "virat.kohli", PostType.REEL)
    body = (await caller.lama("/media/by/code", code=reel.code)).json()
    assert problems(body, shape_of(recorded)) == []
    assert list(body) == list(recorded)


async def test_rapidapi_refusals_have_the_quoted_shape(
    caller: Caller, quoted_errors: list[dict[str, Any]]
) -> None:
    quoted = {q["http_status"]: q["body"] for q in quoted_errors if q["api"] == "rapidapi"}
    await caller.order("credentials", source="rapidapi-igdata", credential=KEY, state="revoked")
    refused = await caller.igdata("/user/info", username="cristiano")
    assert (refused.status_code, refused.json()) == (403, quoted[403])
    await caller.order("limits", source="rapidapi-igdata", requests=0)
    limited = await caller.igdata("/user/info", username="cristiano", key="sandbox-rapidapi-key-2")
    assert limited.status_code == 429
    assert problems(limited.json(), shape_of(quoted[429])) == []


def test_the_own_user_ids_look_like_the_recorded_ones(recording: Read) -> None:
    recorded = recording("graph_api/instagram/apidata/discovery/user_fields.json")["id"]
    assert len(OWN_ID) == len(recorded)
    assert OWN_ID[:5] == recorded[:5]
