"""Whole names taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.names.parts import TITLES, TITLES_AND_NAMES, name_parts


@pytest.mark.parametrize(
    ("name", "names", "titles"),
    [
        ("K. R. Narayanan", ["narayanan"], []),
        ("A P J Abdul Kalam", ["abdul", "kalam"], []),
        ("md. zubair", ["zubair"], ["md"]),
        ("Smt. Kumari Lata", ["lata"], ["kumari"]),
        ("CA Rohan-Mehta (Adv.)", ["rohan", "mehta"], []),
        ("rohan kumar", ["rohan", "kumar"], []),
        ("   ", [], []),
    ],
)
def test_titles_and_initials_do_not_count_as_names(name: str, names: list[str], titles: list[str]) -> None:
    assert name_parts(name) == (names, titles)


@given(st.text(max_size=40))
def test_parts_are_plain_words_that_are_no_titles(text: str) -> None:
    names, titles = name_parts(text)
    assert all(
        len(part) > 1 and part.isascii() and part.isalpha() and part.islower() for part in names + titles
    )
    assert TITLES.isdisjoint(names + titles)
    assert TITLES_AND_NAMES.isdisjoint(names)


def test_no_word_is_in_both_lists() -> None:
    assert TITLES.isdisjoint(TITLES_AND_NAMES)
