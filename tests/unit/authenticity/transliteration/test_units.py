from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.transliteration.units import (
    EDGE,
    FINAL_VIRAMA,
    NUKTA_SHIFT,
    REACH,
    READABLE,
    SLOT,
    character_of,
    is_readable,
    to_units,
    unit_of,
)


def of(word: str) -> list[int]:
    units, starts, lengths = to_units([unicodedata.normalize("NFC", word)])
    return units[starts[0] : starts[0] + lengths[0]].tolist()


def test_a_consonant_without_a_vowel_sign_has_a_slot_behind_it() -> None:
    assert of("राम") == [unit_of("र"), unit_of("ा"), unit_of("म"), SLOT]


def test_a_virama_joins_consonants_and_leaves_no_unit() -> None:
    assert of("रक्त") == [unit_of("र"), SLOT, unit_of("क"), unit_of("त"), SLOT]


def test_a_virama_at_the_end_of_a_word_is_a_unit() -> None:
    assert of("ന്") == [unit_of("ന"), FINAL_VIRAMA]


@pytest.mark.parametrize("word", ["ड\u093c", "\u095c"])
def test_a_nukta_makes_another_unit_of_its_consonant_however_it_is_encoded(word: str) -> None:
    assert of(word) == [unit_of("ड") + NUKTA_SHIFT, SLOT]


def test_letters_that_carry_no_vowel_have_no_slot() -> None:
    assert of("അവൻ")[-1] == unit_of("ൻ")
    assert of("ਸਿੰਘ") == [unit_of("ਸ"), unit_of("ਿ"), unit_of("ੰ"), unit_of("ਘ"), SLOT]


def test_urdu_consonants_have_a_slot_unless_a_vowel_mark_is_written() -> None:
    assert of("مد") == [unit_of("م"), SLOT, unit_of("د"), SLOT]
    assert of("مُد") == [unit_of("م"), unit_of("ُ"), unit_of("د"), SLOT]


@given(st.lists(st.text(st.sampled_from(READABLE), min_size=1, max_size=12), min_size=1, max_size=20))
def test_words_stand_apart_and_a_word_has_the_units_that_it_has_alone(words: list[str]) -> None:
    words = [unicodedata.normalize("NFC", word) for word in words]
    units, starts, lengths = to_units(words)
    assert (lengths > 0).all()
    assert units.sum() == sum(
        int(units[start : start + length].sum()) for start, length in zip(starts, lengths, strict=True)
    )
    for word, start, length in zip(words, starts.tolist(), lengths.tolist(), strict=True):
        assert np.array_equal(units[start : start + length], of(word))
        assert not units[start - REACH : start].any()
        assert not units[start + length : start + length + REACH].any()


def test_a_unit_knows_its_character() -> None:
    assert all(character_of(unit_of(character)) == character for character in READABLE)
    assert character_of(unit_of("ड") + NUKTA_SHIFT) == "ड"
    assert [character_of(unit) for unit in (EDGE, SLOT, FINAL_VIRAMA)] == ["", "", ""]


def test_digits_and_punctuation_of_indic_scripts_are_not_readable() -> None:
    assert [is_readable(sign) for sign in "क१।a 中"] == [True, False, False, False, False, False]
