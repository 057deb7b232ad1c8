"""Ids and shortcodes; the pairs are recorded ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.crawlers.instagram.media_ids import is_graph_account_id, post_id_of, shortcode_in, shortcode_of

RECORDED = (
    ("CGZ6vV1nBtA", "2421224614649404224"),
    ("CGZ-HKbHHM9", "2421239445800645437"),
    ("DWllQsJCPX_", "3865659729796199935"),
)


@pytest.mark.parametrize(("code", "post_id"), RECORDED)
def test_a_shortcode_is_the_id_in_other_digits(code: str, post_id: str) -> None:
    assert post_id_of(code) == post_id
    assert shortcode_of(post_id) == code
    assert post_id_of(f"{code}abcdefghijklmnopqrstuvwxyz") == post_id, "codes of private accounts are longer"


@given(st.integers(1, 64**11 - 1))
def test_every_id_has_one_shortcode(post_id: int) -> None:
    code = shortcode_of(str(post_id))
    assert code is not None
    assert post_id_of(code) == str(post_id)


@pytest.mark.parametrize("text", ["", "a b", "ü", "A", "%"])
def test_what_is_no_shortcode_has_no_id(text: str) -> None:
    assert post_id_of(text) is None


@pytest.mark.parametrize("text", ["", "x", "-1", "1" * 21, "٣"])
def test_what_is_no_id_has_no_shortcode(text: str) -> None:
    assert shortcode_of(text) is None


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://www.instagram.com/p/CGZ6vV1nBtA/", "CGZ6vV1nBtA"),
        ("https://www.instagram.com/reel/CGZ6vV1nBtA/?x=1", "CGZ6vV1nBtA"),
        ("https://www.instagram.com/natgeo/", None),
    ],
)
def test_an_address_holds_its_shortcode(address: str, code: str | None) -> None:
    assert shortcode_in(address) == code


def test_an_id_of_the_graph_api_is_told_from_a_user_id() -> None:
    assert is_graph_account_id("17841407673135339")
    assert not is_graph_account_id("787132")
    assert not is_graph_account_id("61878413310")
