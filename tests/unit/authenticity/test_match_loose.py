"""What people do to their names in handles is undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.match_loose import covered_share, joined_letters, loose_similarity, written_together


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        ("asha.rao", "asha rao"),
        ("rao_asha_22", "asha rao"),
        ("asharaoofficial", "asha rao"),
        ("therealasharao", "asha rao"),
        ("asharao", "a s h a rao"),
        ("arao", "asha rao"),
        ("ashar", "asha rani rao"),
        ("asha", "asha rao"),
        ("shivkumar", "shivakumar kumar"),
    ],
)
def test_the_same_name_written_otherwise_is_alike(handle: str, name: str) -> None:
    assert loose_similarity(handle, name) >= 80


@pytest.mark.parametrize(
    ("handle", "name"), [("qzxwv", "asha rao"), ("", "asha"), ("asha", ""), ("123_", "asha"), ("asha", "12")]
)
def test_another_name_is_not(handle: str, name: str) -> None:
    assert loose_similarity(handle, name) < 40


def test_letters_written_apart_are_one_part() -> None:
    assert joined_letters(["n", "i", "c", "o", "amado", "x"]) == ["nico", "amado", "x"]


def test_parts_are_written_together_in_each_order_and_choice() -> None:
    assert set(written_together(["ab", "cd"])) == {"ab", "cd", "abcd", "cdab", "acd", "abc", "cab", "cda"}


def test_the_covered_share_is_the_largest_without_overlap() -> None:
    assert covered_share("ashan", ["asha", "shan"]) == 4 / 5
    assert covered_share("ashashan", ["asha", "shan"]) == 1.0
    assert covered_share("xasx", ["asha"]) == 0.0


@given(st.text("abn_.1", max_size=15), st.lists(st.text("abn", min_size=1, max_size=6), max_size=5))
def test_it_lies_between_0_and_100(handle: str, parts: list[str]) -> None:
    assert 0 <= loose_similarity(handle, " ".join(parts)) <= 100
