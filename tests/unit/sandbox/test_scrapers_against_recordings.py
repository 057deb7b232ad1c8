"""The stand-ins of the scrapers: bodies of each kind against recordings of that kind, pages that lead to their end, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from upbeat.sandbox.followers import followers_listed
from upbeat.sandbox.places import PLACES
from upbeat.sandbox.stories import highlights, stories_today
from upbeat.sandbox.world import World

from .body_shapes import problems, shape_of_all
from .conftest import KEY, Caller

Read = Callable[[str], Any]
ROCKET_KEY = "sandbox-rocketapi-key-1"
# Names of the private API that public clients read and that no recording happens to show.
UNRECORDED = ("story_hashtags", "story_link_stickers", "links[]", "hashtags[]", "items[].caption")


async def rocket(caller: Caller, path: str, *, key: str = ROCKET_KEY, **asked: Any) -> httpx.Response:
    headers = {"Authorization": f"Token {key}"}
    return await caller.client.post(f"/v1.rocketapi.io/instagram{path}", json=asked, headers=headers)


async def body_of(caller: Caller, path: str, **asked: Any) -> Any:
    """What is inside RocketAPI's wrapper."""
    document = (await rocket(caller, path, **asked)).json()
    assert document["status"] == "done"
    assert document["response"]["status_code"] == 200
    return document["response"]["body"]


async def lama(caller: Caller, path: str) -> Any:
    answer = await caller.client.get(f"/lama.sandbox{path}")
    assert answer.status_code == 200
    return answer.json()


def differences(body: Any, *recorded: Any) -> list[str]:
    """Paths and types that no recording has. Null is a value of everything: no picture story, no place on a map is recorded."""
    shape = shape_of_all(recorded)
    known = {path: kinds | {"null"} for path, kinds in shape.items()}
    found = [one for one in problems(body, known) if not any(name in one for name in UNRECORDED)]
    return [one for one in found if shape.get(one.partition(":")[0]) != {"null"}]


@pytest.fixture
def ids(world: World) -> dict[str, Any]:
    creator = next(c for c in world.creators() if any(story.mentions for story in stories_today(world, c)))
    post = world.posts(creator)[0]
    return {
        "user": creator.pk,
        "handle": creator.handle,
        "post": post.pk,
        "shortcode": post.code,
        "highlight": highlights(creator)[0].pk,
        "place": PLACES[0].pk,
    }


def rocket_requests(ids: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    user = {"id": ids["user"]}
    yield "/user/get_followers", user, ["v2_user_followers", "v2_user_following"]
    yield "/user/get_following", user, ["v2_user_following", "v2_user_followers"]
    yield "/user/get_similar_accounts", user, ["v2_user_suggested_profiles"]
    yield "/user/search", {"query": "ron"}, ["v2_fbsearch_accounts"]
    yield "/media/get_likes", {"shortcode": ids["shortcode"]}, ["v2_media_likers"]
    yield "/media/get_comments", {"id": ids["post"]}, ["v2_media_comments"]
    yield "/user/get_highlights", user, ["v2_user_highlights"]
    yield "/hashtag/get_info", {"name": "sandbox"}, ["v2_hashtag_by_name"]


async def test_bodies_of_rocketapi_have_keys_and_types_of_recorded_ones(
    caller: Caller, recording: Read, ids: dict[str, Any]
) -> None:
    for path, asked, names in rocket_requests(ids):
        recorded = [recording(f"hikerapi/{name}.json") for name in names]
        bodies = [one.get("response", one) for one in recorded]
        # Texts where other lists have numbers, and the other way round: `pk` and cursors differ between the lists.
        body = await body_of(caller, path, **asked)
        found = [one for one in differences(body, *bodies) if not is_number_or_text(one)]
        assert found == [], path


def is_number_or_text(difference: str) -> bool:
    path = difference.partition(":")[0]
    return path.rpartition(".")[2] in ("pk", "next_max_id", "facebook_places_id", "location") or (
        ".location." in path
    )


async def test_posts_of_rocketapi_have_keys_and_types_of_recorded_ones(
    caller: Caller, recording: Read, ids: dict[str, Any]
) -> None:
    tagged = recording("hikerapi/v2_user_tag_medias.json")["response"]
    clips = recording("hikerapi/v2_user_clips.json")["response"]
    grid = recording("hikerapi/v2_hashtag_medias_top.json")["response"]
    in_grid = [one["media"] for row in grid["sections"] for one in row["layout_content"]["medias"]]
    known = [*tagged["items"], *(one["media"] for one in clips["items"]), *in_grid]
    known.append(recording("hikerapi/v2_media_info_by_id.json")["media_or_ad"])
    body = await body_of(caller, "/user/get_media", id=ids["user"])
    assert set(body) <= set(tagged)
    assert len(body["items"]) == 40
    for post in body["items"]:
        assert [one for one in differences(post, *known) if not is_number_or_text(one)] == []
    rows = (await body_of(caller, "/hashtag/get_media", name="sandbox"))["sections"]
    assert {key for row in rows for key in row} <= {key for row in grid["sections"] for key in row}


async def test_stories_and_highlights_of_rocketapi_have_keys_and_types_of_recorded_ones(
    caller: Caller, recording: Read, ids: dict[str, Any]
) -> None:
    reel = (await body_of(caller, "/user/get_stories", ids=[ids["user"]]))["reels"][str(ids["user"])]
    assert differences(reel, recording("hikerapi/v2_user_stories.json")["reel"]) == []
    pk = f"highlight:{ids['highlight']}"
    told = (await body_of(caller, "/highlight/get_stories", ids=[pk]))["reels"][pk]
    known = recording("hikerapi/v2_highlight_by_id.json")["response"]["reels"].values()
    told.pop("items")  # as in a story of now; the recorded ones are flattened
    assert differences(told, *known, *recording("hikerapi/v2_user_highlights.json")["response"]["tray"]) == []


@pytest.mark.parametrize(
    ("path", "name", "recorded"),
    [
        ("/v1/user/by/id?id={user}", "user", ["v1_user_by_id"]),
        ("/v1/user/clips/chunk?user_id={user}", "posts", ["v1_user_clips_chunk", "v1_user_tag_medias_chunk"]),
        (
            "/v1/user/tag/medias/chunk?user_id={user}",
            "posts",
            ["v1_user_tag_medias_chunk", "v1_user_medias_chunk"],
        ),
        ("/v1/user/followers/chunk?user_id={user}", "users", ["v1_user_followers_chunk", "v1_user_following_chunk"]),
        ("/v1/user/following/chunk?user_id={user}", "users", ["v1_user_following_chunk"]),
        ("/v1/media/by/id?id={post}", "post", ["v1_media_by_id", "v1_user_medias_chunk"]),
        ("/v1/media/comments/chunk?id={post}", "comments", ["v1_media_comments_chunk"]),
        ("/v1/media/likers?id={post}", "users", ["v1_media_likers"]),
        ("/v1/search/users?query=ron", "users", ["v1_search_users"]),
        ("/v1/user/stories?user_id={user}", "stories", ["v1_user_stories", "v1_highlight_by_url"]),
        ("/v1/user/highlights?user_id={user}", "highlights", ["v1_user_highlights"]),
        ("/v1/highlight/by/id?id={highlight}", "highlight", ["v1_highlight_by_url", "v1_user_stories"]),
        ("/v1/hashtag/by/name?name=sandbox", "hashtag", ["v1_hashtag_by_name"]),
        ("/v1/hashtag/medias/top/chunk?name=sandbox", "posts", ["v1_hashtag_medias_top_chunk", "v1_user_medias_chunk", "v1_user_tag_medias_chunk", "v1_location_medias_top_chunk"]),
        ("/v1/location/by/id?id={place}", "place", ["v1_location_by_id", "v1_fbsearch_places"]),
        ("/v1/location/medias/recent/chunk?location_pk={place}", "posts", ["v1_location_medias_recent_chunk", "v1_user_tag_medias_chunk", "v1_location_medias_top_chunk"]),
    ],
)  # fmt: skip
async def test_bodies_of_lama_have_keys_and_types_of_recorded_ones(
    caller: Caller, recording: Read, ids: dict[str, Any], path: str, name: str, recorded: list[str]
) -> None:
    body = await lama(caller, path.format(**ids))
    known = [recording(f"hikerapi/{one}.json") for one in recorded]
    if name in ("post", "stories", "highlight"):  # a single one against lists of them
        known = [*known, *(item for one in known if isinstance(one, list) for item in one)]
        known += [[item] for one in known if isinstance(one, dict) for item in one.get("items", [])]
        known += [{"items": one} for one in known if isinstance(one, list)]
    assert body
    assert differences(body, *known, [[], None]) == []


async def test_a_cursor_leads_to_the_end_and_no_other_list_takes_it(
    caller: Caller, world: World, ids: dict[str, Any]
) -> None:
    await caller.order("limits", source="rocketapi", requests=None)
    creator = world.creator(ids["handle"])
    assert creator is not None
    seen, cursor = [], None
    while True:
        asked = {"id": ids["user"], "count": 1000, **({"max_id": cursor} if cursor else {})}
        body = await body_of(caller, "/user/get_followers", **asked)
        seen += [user["pk"] for user in body["users"]]
        if not body["has_more"]:
            break
        cursor = body["next_max_id"]
    assert len(set(seen)) == len(seen) == followers_listed(creator)
    refused = await rocket(caller, "/user/get_following", id=ids["user"], max_id=cursor)
    assert refused.json()["response"]["status_code"] == 400


async def test_rocketapi_wants_a_post_with_its_key(caller: Caller, ids: dict[str, Any]) -> None:
    assert (await rocket(caller, "/user/get_info", key="wrong", username="x")).status_code == 401
    got = await caller.client.get(
        "/v1.rocketapi.io/instagram/user/get_info", headers={"Authorization": f"Token {ROCKET_KEY}"}
    )
    assert (got.status_code, got.json()["status"]) == (404, "error")
    missing = (await rocket(caller, "/user/get_info", username="unknown.account.sandbox")).json()
    assert missing["response"]["status_code"] == 404


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("instagram-scraper-2022.p.rapidapi.com", "/ig/info_username/?user={handle}"),
        ("instagram-scraper2.p.rapidapi.com", "/user_info?user_name={handle}"),
        ("instagram130.p.rapidapi.com", "/account-info?username={handle}"),
        ("instagram-best-performance.p.rapidapi.com", "/user/info?username={handle}"),
    ],
)
async def test_the_others_behind_rapidapi_want_its_key_and_have_their_limits(
    caller: Caller, ids: dict[str, Any], host: str, path: str
) -> None:
    address = f"/{host}{path.format(**ids)}"
    assert (await caller.client.get(address)).status_code == 401
    told = await caller.client.get(address, headers={"X-RapidAPI-Key": KEY})
    assert told.status_code == 200
    assert ids["handle"] in json.dumps(told.json())
    unknown = await caller.client.get(
        f"/{host}{path.format(handle='unknown.account.sandbox')}", headers={"X-RapidAPI-Key": KEY}
    )
    assert unknown.status_code == 404
