"""The catalogue of flows and its parameters."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from upbeat.errors import InputError
from upbeat.flows import FLOWS, chain_of, flow_named, live_flows
from upbeat.records import Platform
from upbeat.settings import Settings


@pytest.mark.parametrize(
    "written",
    [
        "natgeo",
        "@NatGeo",
        " natgeo ",
        "https://www.instagram.com/natgeo/",
        "https://instagram.com/NatGeo?x=1",
    ],
)
def test_a_handle_is_normalised_however_it_is_written(written: str) -> None:
    assert flow_named("instagram.profile_by_handle").validate({"handle": written}) == {"handle": "natgeo"}


@pytest.mark.parametrize(
    "written", ["BrGHMHIF8Kz", "https://www.instagram.com/p/BrGHMHIF8Kz/", " BrGHMHIF8Kz"]
)
def test_a_shortcode_is_taken_out_of_its_address(written: str) -> None:
    assert flow_named("instagram.post_by_shortcode").validate({"shortcode": written}) == {
        "shortcode": "BrGHMHIF8Kz"
    }


def test_posts_have_a_default_limit() -> None:
    assert flow_named("instagram.posts_by_handle").validate({"handle": "a"}) == {"handle": "a", "limit": 25}


@pytest.mark.parametrize(
    ("flow", "params", "message"),
    [
        ("profile_by_handle", {}, "instagram.profile_by_handle: the parameter 'handle' is missing"),
        ("profile_by_handle", {"handle": "a b"}, "handle='a b' does not fit: Instagram handle"),
        ("profile_by_handle", {"handle": "x){id}"}, "handle="),
        ("profile_by_handle", {"handle": None}, "handle='None'"),
        ("profile_by_handle", {"handle": "https://example.com/natgeo"}, "handle="),
        ("profile_by_handle", {"handle": "a", "x": 1}, "there is no parameter 'x'"),
        ("posts_by_handle", {"handle": "a", "limit": 0}, "limit='0'"),
        ("posts_by_handle", {"handle": "a", "limit": "many"}, "limit='many'"),
    ],
)
def test_parameters_that_cannot_be_used_are_named_in_one_line(
    flow: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        flow_named(f"instagram.{flow}").validate(params)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_flow_is_named_with_what_comes_near() -> None:
    with pytest.raises(
        InputError, match=r"flow=instagram\.profile_by_handl: .*did you mean instagram\.profile_by_handle"
    ):
        flow_named("instagram.profile_by_handl")


def test_a_setting_replaces_the_chain_of_one_flow() -> None:
    settings = Settings(source_chains={"instagram.profile_by_handle": ["lama"]})
    assert chain_of(flow_named("instagram.profile_by_handle"), settings) == ("lama",)
    assert chain_of(flow_named("instagram.posts_by_handle"), settings)[0] == "graphapi"


def test_every_flow_says_what_it_needs_to_run() -> None:
    for key, flow in FLOWS.items():
        assert key == flow.key == f"{flow.platform.lower()}.{flow.name}"
        assert bool(flow.chain) == (flow.part == "collection")
        assert flow.method
        assert flow.live
        assert flow.writes
        assert flow.processes >= 1
        assert flow.concurrency >= 1
        assert flow.deadline.total_seconds() > 0


def test_the_catalogue_has_its_73_flows_and_all_are_live() -> None:
    live = Counter(flow.platform for flow in live_flows())
    assert live == {Platform.INSTAGRAM: 41, Platform.YOUTUBE: 26, Platform.SHOPIFY: 6}
    assert Counter(flow.part for flow in FLOWS.values()) == {
        "collection": 55,
        "enrichment": 10,
        "authenticity": 3,
        "assets": 5,
    }


def test_no_two_live_flows_are_alike() -> None:
    """Another name for the same request would be no flow of its own."""
    asked = Counter((flow.platform, flow.method) for flow in live_flows())
    assert set(asked.values()) == {1}


@pytest.mark.parametrize(
    ("flow", "given", "kept"),
    [
        (
            "youtube.video_by_id",
            {"video_id": "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1"},
            "dQw4w9WgXcQ",
        ),
        ("youtube.video_by_id", {"video_id": "https://youtu.be/dQw4w9WgXcQ"}, "dQw4w9WgXcQ"),
        ("youtube.video_by_id", {"video_id": "https://www.youtube.com/shorts/dQw4w9WgXcQ"}, "dQw4w9WgXcQ"),
        (
            "youtube.channel_by_id",
            {"channel_id": "https://www.youtube.com/channel/UCX6OQ3DkcsbYNE6H8uQQuVA"},
            "UCX6OQ3DkcsbYNE6H8uQQuVA",
        ),
        ("youtube.channel_by_handle", {"handle": "https://www.youtube.com/@MrBeast"}, "mrbeast"),
        ("instagram.hashtag_info", {"hashtag": "#Love"}, "love"),
        ("shopify.customers_count", {"shop": "https://My-Shop.myshopify.com/admin"}, "my-shop"),
        ("instagram.profile_by_id", {"user_id": 787132}, "787132"),
    ],
)
def test_subjects_are_taken_as_people_have_them(flow: str, given: dict[str, Any], kept: str) -> None:
    assert next(iter(flow_named(flow).validate(given).values())) == kept


@pytest.mark.parametrize(
    ("flow", "given"),
    [
        ("instagram.follower_scores", {}),
        ("instagram.follower_scores", {"handle": "natgeo", "profile_id": "1"}),
        ("instagram.follower_scores", {"sample_size": 10}),
        ("instagram.base_gender", {}),
        ("instagram.base_gender", {"handle": "natgeo", "profile_id": "1"}),
        ("youtube.audience_cities", {"handle": None}),
    ],
)
def test_a_collected_account_is_named_by_handle_or_by_id_and_not_by_both(
    flow: str, given: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="name the account by one of handle and profile_id"):
        flow_named(flow).validate(given)


def test_a_channel_is_named_as_people_have_it() -> None:
    by_id = "https://www.youtube.com/channel/UCX6OQ3DkcsbYNE6H8uQQuVA"
    flow = flow_named("youtube.base_location")
    assert flow.validate({"handle": "@MrBeast"}) == {"handle": "mrbeast", "profile_id": None}
    assert flow.validate({"profile_id": by_id})["profile_id"] == "UCX6OQ3DkcsbYNE6H8uQQuVA"


def test_an_audience_has_a_sample_size_by_default() -> None:
    assert flow_named("instagram.follower_scores").validate({"handle": "@NatGeo"}) == {
        "handle": "natgeo", "profile_id": None, "sample_size": 2_000,
    }  # fmt: skip


def test_a_flow_that_needs_the_owners_credential_says_whose() -> None:
    own = [flow for flow in FLOWS.values() if flow.own_account]
    assert own
    for flow in own:
        assert {"handle", "shop"} & set(flow.params_model.model_fields), flow.key
