"""Columns of handles say what a plain reading of each handle says."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.model.handles import (
    HANDLE_FEATURES,
    LONGEST,
    ROWS_AT_ONCE,
    handle_features,
    name_somebody,
)

HANDLES = st.text(st.sampled_from("abcdefgxyzAEIOU0123456789._-éक"), max_size=40)


def read_plainly(handle: str) -> list[float]:
    handle = handle.lower()[:LONGEST]
    letters = re.findall("[a-z]", handle)
    vowels = [letter for letter in letters if letter in "aeiou"]
    counts = Counter(handle).values()
    return [
        len(handle),
        len(re.findall("[0-9]", handle)),
        len(re.findall("[._-]", handle)),
        len(vowels) / len(letters) if letters else 0,
        max(map(len, re.findall("[b-df-hj-np-tv-z]*", handle))),
        sum(-count / len(handle) * log2(count / len(handle)) for count in counts),
    ]


@given(st.lists(HANDLES, max_size=30))
def test_every_column_is_what_reading_each_handle_gives(handles: list[str]) -> None:
    expected = np.array([read_plainly(handle) for handle in handles]).reshape(-1, len(HANDLE_FEATURES))
    np.testing.assert_allclose(handle_features(handles), expected, atol=1e-12)


def test_handles_beyond_one_block_keep_their_rows() -> None:
    handles = [f"account{number}" for number in range(ROWS_AT_ONCE + 2)]
    assert handle_features(handles)[-1].tolist() == handle_features(handles[-1:])[0].tolist()


def test_what_stands_after_the_longest_handle_is_not_read() -> None:
    assert handle_features(["a" * LONGEST + "9" * 500])[0, HANDLE_FEATURES.index("digits")] == 0


def test_an_empty_handle_has_nothing() -> None:
    assert handle_features([""]).tolist() == [[0.0] * len(HANDLE_FEATURES)]


@given(st.lists(st.text(max_size=80), max_size=30))
def test_a_handle_names_somebody_by_a_letter_or_a_digit_of_any_script(handles: list[str]) -> None:
    expected = [any(character.isalnum() for character in handle[:LONGEST]) for handle in handles]
    assert name_somebody(handles).tolist() == expected


@pytest.mark.parametrize("handle", ["", "._-", "🎀", "🎀✨👑", "👩‍👩‍👧", "🇮🇳", "❤️", "!?", "\u200d", "\ufe0f"])
def test_emoji_and_signs_name_nobody(handle: str) -> None:
    assert not name_somebody([handle])[0]


@pytest.mark.parametrize("handle", ["a", "7", "🎀a", "प्रिया", "अ", "٣", "𝓐", "É"])
def test_one_letter_or_digit_names_somebody(handle: str) -> None:
    assert name_somebody([handle])[0]
