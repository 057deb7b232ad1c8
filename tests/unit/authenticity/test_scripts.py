"""Scripts, language and the flag of a name are told from its characters."""

from __future__ import annotations

import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.scripts import INDIC_SCRIPTS, Scripts, read_scripts
from upbeat.authenticity.symbols import plain_letters

NOTHING = Scripts(main=None, scripts=(), is_mixed=False, language=None, lang_flag=False)


@pytest.mark.parametrize(
    ("text", "main", "language", "flagged"),
    [
        ("Rahul Sharma", "Latin", None, False),
        ("José Núñez", "Latin", None, False),
        ("राहुल शर्मा", "Devanagari", "hi", False),
        ("সত্যজিৎ রায়", "Bengali", "bn", False),
        ("નરેન્દ્ર", "Gujarati", "gu", False),
        ("ਗੁਰਪ੍ਰੀਤ", "Gurmukhi", "pa", False),
        ("ಕನ್ನಡ", "Kannada", "kn", False),
        ("മോഹൻലാൽ", "Malayalam", "ml", False),
        ("ନବୀନ", "Oriya", "or", False),
        ("விஜய்", "Tamil", "ta", False),
        ("ప్రభాస్", "Telugu", "te", False),
        ("සිංහල", "Sinhala", "si", False),
        ("ꯃꯤꯇꯩ", "Meetei_Mayek", None, False),
        ("ᱥᱟᱱᱛᱟᱲᱤ", "Ol_Chiki", None, False),
        ("འབྲུག", "Tibetan", "bo", False),
        ("𑌗𑍍𑌰𑌨𑍍𑌥", "Grantha", None, False),
        ("علی گیلانی", "Arabic", "ur", False),
        ("محمد", "Arabic", None, False),
        ("فاطمة", "Arabic", "ar", False),
        ("ژاله", "Arabic", "fa", False),
        ("کٲشُر", "Arabic", "ks", False),
        ("Ελένη", "Greek", "el", True),
        ("Հայկ", "Armenian", "hy", True),
        ("თამარ", "Georgian", "ka", True),
        ("山田", "Han", "zh", True),
        ("김민준", "Hangul", "ko", True),
        ("さくら", "Hiragana", "ja", True),
        ("Анна", "Cyrillic", "ru", True),
        ("Олексій", "Cyrillic", "uk", True),
        ("יוסי", "Hebrew", "he", True),
        ("สมชาย", "Thai", "th", True),
        ("ኢትዮጵያ", "Ethiopic", None, True),
    ],
)
def test_a_name_tells_its_script_language_and_flag(
    text: str, main: str, language: str | None, flagged: bool
) -> None:
    told = read_scripts(text)
    assert (told.main, told.language, told.lang_flag, told.is_mixed) == (main, language, flagged, False)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("सचिन तेंडुलकर", "mr"),
        ("बाळासाहेब", "mr"),
        ("शरद पाटील", "mr"),
        ("उद्धव ठाकरे", "mr"),
        ("रविशंकर", "hi"),
        ("भास्कर", "hi"),
        ("पुष्कर", "hi"),
        ("अमिताभ बच्चन", "hi"),
        ("रामः", "sa"),
        ("सत्यम् शिवम्", "sa"),
        ("प्रातः", "hi"),
    ],
)
def test_devanagari_is_hindi_unless_something_is_another_languages_alone(text: str, language: str) -> None:
    assert read_scripts(text).language == language


def test_letters_are_counted_and_the_most_come_first() -> None:
    told = read_scripts("Raj राहुल शर्मा 🌸 123!")
    assert told.scripts == (("Devanagari", 6), ("Latin", 3))
    assert told.main == "Devanagari"
    assert told.is_mixed


def test_the_language_of_indic_words_is_told_beside_more_latin_letters() -> None:
    told = read_scripts("Rahul Sharma राहुल")
    assert (told.main, told.language, told.lang_flag) == ("Latin", "hi", False)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Anna Анна", False),  # as many: not more than half
        ("Anna Иванова", True),
        ("Kim 김", False),
        ("राहुल 김민", False),
        ("Ελ علی", False),
    ],
)
def test_a_mixed_name_is_flagged_when_more_than_half_of_its_letters_are(text: str, flagged: bool) -> None:
    told = read_scripts(text)
    assert told.is_mixed
    assert told.lang_flag is flagged


def test_japanese_in_kanji_and_kana_is_japanese() -> None:
    assert read_scripts("中村 あい").language == "ja"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "123",
        "🌸✨ !?",
        "🇮🇳",
        "\u3164",
        "𓆩♡𓆪",
        "ʚɞ",
        "\x00",
        "\ud800\udfff",
        "\u202e\u200d",
        "१२३",
        "्ा",
    ],
)
def test_without_letters_nothing_is_told(text: str) -> None:
    assert read_scripts(text) == NOTHING


def test_styled_letters_count_as_latin_and_imitations_do_after_plain_letters() -> None:
    assert read_scripts("𝓡𝓪𝓱𝓾𝓵 🅡🅐🅙 Ａ").scripts == (("Latin", 9),)
    assert read_scripts("раураl").lang_flag
    assert read_scripts(plain_letters("раураl")).scripts == (("Latin", 6),)


def test_long_and_two_way_text_is_read() -> None:
    told = read_scripts("अ" * 10_000 + "\u202eعلی\u202c abc")
    assert told.scripts == (("Devanagari", 10_000), ("Arabic", 3), ("Latin", 3))


def test_every_letter_of_an_indic_block_is_of_a_script_that_is_not_flagged() -> None:
    for first, last in ((0x0900, 0x0DFF), (0x1C50, 0x1C7F), (0xABC0, 0xABFF), (0x11080, 0x114DF)):
        for code in range(first, last + 1):
            if unicodedata.category(chr(code)).startswith("L"):
                told = read_scripts(chr(code))
                assert told.main in INDIC_SCRIPTS, unicodedata.name(chr(code))
                assert not told.lang_flag


def test_what_is_told_crosses_processes() -> None:
    told = read_scripts("राहुल")
    assert pickle.loads(pickle.dumps(told)) == told


@given(st.text())
def test_any_text_is_read_and_counts_its_letters_only(text: str) -> None:
    told = read_scripts(text)
    counted = sum(count for _, count in told.scripts)
    assert counted <= len(text)
    assert (told.main is None) == (counted == 0)
    assert told.is_mixed == (len(told.scripts) > 1)
    assert not (told.lang_flag and told.main is None)


@given(st.text(st.sampled_from("aBé राहुल علی김Б1🌸"), max_size=20))
def test_emoji_digits_and_blanks_change_nothing(text: str) -> None:
    bare = "".join(character for character in text if character not in "1🌸 ")
    assert read_scripts(text).scripts == read_scripts(bare).scripts
