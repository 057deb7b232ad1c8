"""Handles and names are made ready in one order, whatever stands in them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.normalise import ReadName, normalise_handle, normalise_names
from upbeat.authenticity.transliteration import Transliterator

RLO, ZWJ, ZWNJ = "\u202e", "\u200d", "\u200c"


def normalise_name(full_name: str | None, transliterator: Transliterator) -> ReadName:
    """One name on its own."""
    return normalise_names([full_name], transliterator)[0]


@cache
def loaded() -> Transliterator:
    """The models that ship."""
    return Transliterator.load()


@pytest.fixture
def transliterator() -> Transliterator:
    return loaded()


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Virat.Kohli_18", "virat.kohli_18"),
        ("𝓥𝓲𝓻𝓪𝓽", "virat"),
        ("josé", "jose"),
        ("a" * 10_000, "a" * 255),
        ("", ""),
    ],
)
def test_a_handle_keeps_its_separators(written: str, compared: str) -> None:
    assert normalise_handle(written) == compared


@pytest.mark.parametrize(
    ("written", "compared", "script"),
    [
        ("Virat Kohli", "virat kohli", "Latin"),
        ("  VIRAT   Kohli 🏏🔥 ", "virat kohli", "Latin"),
        ("𝓥𝓲𝓻𝓪𝓽 Ⓚⓞⓗⓛⓘ", "virat kohli", "Latin"),
        ("D.K. Shivakumar", "d k shivakumar", "Latin"),
        ("Sinead O'Connor", "sinead oconnor", "Latin"),
        ("Sinéad O’Connor", "sinead oconnor", "Latin"),
        ("Sinéad Oʼ\u200dConnor", "sinead oconnor", "Latin"),
        ("Łukasz Groß", "lukasz gross", "Latin"),
        ("José", "jose", "Latin"),  # decomposed
        ("Shane O\u02bbNeil O′Hara O＇Dea", "shane oneil ohara odea", "Latin"),
        ("Ħelena Ŧiina Oʻzbek Əli", "helena tiina ozbek eli", "Latin"),
        ("\u3164Rahul\u3164\uffa0Sharma", "rahul sharma", "Latin"),
        ("𓆩♡𓆪 Raj 𓆩♡𓆪", "raj", "Latin"),
        ("𒆜Raj𒆜", "raj", "Latin"),
        ("ʚRahulɞ ʚ♡ɞ", "rahul", "Latin"),
        ("2000", "2000", None),
        ("१२ 12", "12 12", None),
    ],
)
def test_a_name_is_letters_digits_and_single_blanks(
    transliterator: Transliterator, written: str, compared: str, script: str | None
) -> None:
    assert normalise_name(written, transliterator) == ReadName(compared, script, False)


@pytest.mark.parametrize(
    "written",
    [None, "", "  ", "🎀✨", "!!!", "\u3164", "\u115f\u1160", "ʚ♡ɞ", "𓆩𓆪", RLO, ZWJ, "\ud83d", "\x00"],
)
def test_without_letters_and_digits_there_is_no_name(
    transliterator: Transliterator, written: str | None
) -> None:
    assert normalise_name(written, transliterator) == ReadName(None, None, False)


@pytest.mark.parametrize(
    ("written", "script"),
    [("राम", "Devanagari"), ("சரவணன்", "Tamil"), ("మోహన్", "Telugu"), ("ਗੁਰਪ੍ਰੀਤ", "Gurmukhi")],
)
def test_indic_names_become_latin_ones_and_are_not_flagged(
    transliterator: Transliterator, written: str, script: str
) -> None:
    read = normalise_name(written, transliterator)
    assert (read.script, read.lang_flag) == (script, False)
    assert read.latin_name is not None
    assert read.latin_name.isascii()
    assert read.latin_name.isalpha()


def test_what_is_written_in_latin_beside_an_indic_name_stays(transliterator: Transliterator) -> None:
    read = normalise_name("राम Kumar", transliterator)
    assert read.latin_name is not None
    assert read.latin_name.endswith(" kumar")


@pytest.mark.parametrize("written", ["Ελένη Παπαδοπούλου", "Արամ", "გიორგი", "김민규", "李準基"])
def test_names_in_other_scripts_are_flagged(transliterator: Transliterator, written: str) -> None:
    assert normalise_name(written, transliterator).lang_flag


@pytest.mark.parametrize("written", ["محمد", "شاہ رخ خان"])
def test_perso_arabic_names_are_not_flagged(transliterator: Transliterator, written: str) -> None:
    assert not normalise_name(written, transliterator).lang_flag


@given(st.text(max_size=60))
def test_any_text_becomes_parts_between_single_blanks(written: str) -> None:
    latin_name = normalise_name(written, loaded()).latin_name
    if latin_name is not None:
        assert latin_name == " ".join(latin_name.split())
        assert latin_name == latin_name.lower()
        assert not set(latin_name) & set("._-'\u200d!🎀")


@given(st.text(max_size=40))
def test_any_handle_is_compared(written: str) -> None:
    assert isinstance(normalise_handle(written), str)


@given(
    st.lists(
        st.none() | st.text(max_size=20) | st.sampled_from(["राम", "సీత Rao", "Ελένη", "मोहन"]), max_size=8
    )
)
def test_a_name_is_read_the_same_alone_and_among_others(written: list[str | None]) -> None:
    transliterator = loaded()
    assert normalise_names(written, transliterator) == [
        normalise_name(one, transliterator) for one in written
    ]
