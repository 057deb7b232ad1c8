"""The catalogue of flows and its parameters."""

from __future__ import annotations

from typing import Any

import pytest

from upbeat.errors import InputError
from upbeat.flows import FLOWS, chain_of, flow_named
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
        ("profile_by_handle", {"handle": "a b"}, "handle='a b': String should match"),
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


def test_an_unknown_flow_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"flow=instagram\.x: .*instagram\.profile_by_handle"):
        flow_named("instagram.x")


def test_a_setting_replaces_the_chain_of_one_flow() -> None:
    settings = Settings(source_chains={"instagram.profile_by_handle": ["lama"]})
    assert chain_of(flow_named("instagram.profile_by_handle"), settings) == ("lama",)
    assert chain_of(flow_named("instagram.posts_by_handle"), settings)[0] == "graphapi"


def test_every_flow_says_what_it_needs_to_run() -> None:
    for key, flow in FLOWS.items():
        assert key == flow.key == f"instagram.{flow.name}"
        assert flow.chain
        assert flow.writes
        assert flow.processes >= 1
        assert flow.concurrency >= 1
        assert flow.deadline.total_seconds() > 0
