"""Fancy letters become ASCII, and plain text of any script stays as it is."""

from __future__ import annotations

import string
import unicodedata

import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from upbeat.authenticity.symbols import plain_letters
from upbeat.authenticity.symbols.kinds import STYLED
from upbeat.authenticity.symbols.lookalikes import LOOKALIKES

LETTERS = string.ascii_uppercase + string.ascii_lowercase
INDIC_BLOCKS = (
    (0x0900, 0x0DFF),
    (0x1C50, 0x1C7F),
    (0x1CD0, 0x1CFF),
    (0xA8E0, 0xA8FF),
    (0xABC0, 0xABFF),
    (0x11080, 0x114DF),
)
# Each set as Unicode names it, and whether it has small letters.
SETS = {
    "circled": "CIRCLED LATIN {case} LETTER {letter}",
    "negative circled": "NEGATIVE CIRCLED LATIN CAPITAL LETTER {letter}",
    "squared": "SQUARED LATIN CAPITAL LETTER {letter}",
    "negative squared": "NEGATIVE SQUARED LATIN CAPITAL LETTER {letter}",
    "parenthesised": "PARENTHESIZED LATIN {case} LETTER {letter}",
    "full-width": "FULLWIDTH LATIN {case} LETTER {letter}",
    "bold": "MATHEMATICAL BOLD {case} {letter}",
    "italic": "MATHEMATICAL ITALIC {case} {letter}",
    "bold italic": "MATHEMATICAL BOLD ITALIC {case} {letter}",
    "script": "MATHEMATICAL SCRIPT {case} {letter}",
    "bold script": "MATHEMATICAL BOLD SCRIPT {case} {letter}",
    "fraktur": "MATHEMATICAL FRAKTUR {case} {letter}",
    "bold fraktur": "MATHEMATICAL BOLD FRAKTUR {case} {letter}",
    "double-struck": "MATHEMATICAL DOUBLE-STRUCK {case} {letter}",
    "sans": "MATHEMATICAL SANS-SERIF {case} {letter}",
    "sans bold": "MATHEMATICAL SANS-SERIF BOLD {case} {letter}",
    "sans italic": "MATHEMATICAL SANS-SERIF ITALIC {case} {letter}",
    "sans bold italic": "MATHEMATICAL SANS-SERIF BOLD ITALIC {case} {letter}",
    "monospace": "MATHEMATICAL MONOSPACE {case} {letter}",
    "regional indicators": "REGIONAL INDICATOR SYMBOL LETTER {letter}",
}
# Letters that Unicode keeps outside the mathematical block, and ones that a set has none of.
HOLES = {
    "italic": {"h"},
    "script": set("BEFHILMRego"),
    "fraktur": set("CHIRZ"),
    "double-struck": set("CHNPQRZ"),
}
PLAIN = (
    "Łukasz", "Nguyễn Văn Đặng", "Øyvind Åse", "Straße", "Þórður Ægisson", "Ɔkɔ Ŋmɛ", "Şule Işık", "José Núñez", "e\u0301",
    "Анна Иванова", "Мария", "Оксана Сорока", "СССР", "Ελένη Παπαδοπούλου", "ΑΝΝΑ", "Հայկ Սարգսյան", "თამარ", "יוסי כהן", "علی ہاشمی",
    "สมชาย ใจดี", "山田太郎", "卡拉OK", "AB型", "カラオケ", "ㄅㄆㄇ", "김민준", "ᏣᎳᎩ", "ᐃᓄᒃᑎᑐᑦ", "ⲁⲛⲟⲕ", "ኢትዮጵያ",
    "राहुल शर्मा", "क्\u200dष", "ക്\u200dഷ", "সত্যজিৎ", "ਗੁਰਪ੍ਰੀਤ", "விஜய்", "ప్రభాస్", "می\u200cخواهم",
    "مُحَمَّد", "ชื่อ", "བོད་ཡིག", "SamsungไทยA",
    "5€", "€5", "5 €", "100k€", "Nike®", "нимĕç", "вăрăмăш А", "kwak̓wala", "عاج \u0650ساحل", "m \u0301Am", "Ali۷۷", "Ben๒", "© 2024", "5 µm", "5µm", "🇮🇳", "🇮🇳🇺🇸", "❤️", "👨\u200d👩\u200d👧", "Rahul ✨", "¡Hola!", "25°C", "Мaрия",
)  # fmt: skip


def _members(name: str) -> dict[str, str]:
    found = {}
    for letter in LETTERS:
        case = "CAPITAL" if letter.isupper() else "SMALL"
        if letter.islower() and "{case}" not in SETS[name]:
            continue
        try:
            found[unicodedata.lookup(SETS[name].format(case=case, letter=letter.upper()))] = letter
        except KeyError:
            assert letter in HOLES.get(name, set()) or name == "squared", f"{name} {letter}"
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_letter_of_a_fancy_set_becomes_its_ascii_letter(name: str) -> None:
    members = _members(name)
    assert len(members) >= 26
    assert {fancy: plain_letters(fancy) for fancy in members} == members


def test_letters_that_unicode_keeps_outside_the_mathematical_block_are_read() -> None:
    assert plain_letters("ℬℰℱℋℐℒℳℛℯℊℴ ℭℌℑℜℨ ℂℍℕℙℚℝℤ ℎ") == "BEFHILMRego CHIRZ CHNPQRZ h"


def test_small_capitals_superscripts_and_turned_letters_become_small_letters() -> None:
    assert plain_letters("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ") == "abcdefghijklmnopqrstuvwyz"
    assert plain_letters("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ") == "abcdefghijklmnoprstuvwxyz"
    assert plain_letters("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ") == "aehijklmnoprstuvx"
    assert plain_letters("ɐɥʞɯɹʇʌʍʎ") == "ahkmrtvwy"


@pytest.mark.parametrize(
    "fancy",
    ["⓪①②③④⑤⑥⑦⑧⑨", "⓿❶❷❸❹❺❻❼❽❾", "⓪➀➁➂➃➄➅➆➇➈", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡", "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿", "０１２３４５６７８９", "⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"],
)  # fmt: skip
def test_fancy_digits_become_digits(fancy: str) -> None:
    assert plain_letters(fancy) == "0123456789"


@pytest.mark.parametrize(
    ("fancy", "plain"),
    [
        ("Rаhul", "Rahul"),
        ("раypal", "paypal"),
        ("кнαη", "khan"),
        ("яahul", "rahul"),
        ("ค๒ς๔", "abcd"),
        ("ᏒahᎥm", "Rahim"),
        ("ꭱꭺꮋul", "rahul"),
        ("βεηgαlι", "bengali"),
        ("𝞪mit", "amit"),
        ("קгเץค", "priya"),
        ("ᖇᗩᕼᑌᒪ", "RAHUL"),
        ("ⲟm", "om"),
        ("հari", "hari"),
        ("ΛMIT", "AMIT"),
        ("₹ahul", "Rahul"),
        ("J€nny €lena Luk€", "Jenny Elena Luke"),
        ("®avi ©hetan Ra©hel", "Ravi chetan Rachel"),
        ("ŦøŋɎ", "TonY"),
        ("αв¢∂єƒgнιנкℓмησρqяѕтυνωχуz", string.ascii_lowercase),
        ("卂乃匚ᗪ乇千Ꮆ卄丨ﾌҜㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙", string.ascii_uppercase),
        ("ᗩᗷᑕᗪEᖴGᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ", string.ascii_uppercase),
        ("ΛBCDΣFGHIJKLMПӨPQЯSƬЦVЩXYZ", string.ascii_uppercase),
    ],
)
def test_letters_and_signs_that_imitate_latin_are_read_in_a_latin_word(fancy: str, plain: str) -> None:
    assert plain_letters(fancy) == plain


@pytest.mark.parametrize(
    ("fancy", "plain"),
    [
        ("R̶a̶h̶u̶l̶", "Rahul"),
        ("R҉a҉h҉u҉l҉", "Rahul"),
        ("𝐑̲𝐚̲𝐣̲", "Raj"),
        ("Z̴̡̛̗a̶͓̓l̷̨̈́g̸̰͝o̴̟͑", "Zalgo"),
        ("R\u200ba\u200bj", "Raj"),
        ("🅰️🅱️ 1️⃣", "AB 1"),
        ("🇷 🇦 🇭 🇺 🇱 🇮🇳", "RAHUL 🇮🇳"),
        ("🇷\u200a🇦\u200a🇯", "RAJ"),
        ("Elis\u0f7bbe\u0e47t", "Elisbet"),
        ("🇷🇦🇻🇮", "RAVI"),
        ("𒆜Rаhul𒆜\u3164ʚRаjɞ", "𒆜Rahul𒆜\u3164ʚRajɞ"),
        ("ẹ\u0301", "ẹ\u0301"),
    ],
)
def test_decoration_over_and_between_latin_letters_goes(fancy: str, plain: str) -> None:
    assert plain_letters(fancy) == plain


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_of_any_script_is_never_changed(text: str) -> None:
    assert plain_letters(text) == text


LOCALES = "ar bg bn chr cs cv de el es fa fr gu ha he hi hr hu hy is ja ka kab kk kn ko lo lv ml mr my nb or pa pl ru sr ta te th tr uk ur vi yo zh"


def test_the_names_of_countries_and_languages_in_many_languages_are_never_changed() -> None:
    told = 0
    for code in LOCALES.split():
        locale = Locale.parse(code)
        for name in (*locale.territories.values(), *locale.languages.values()):
            told += 1
            assert plain_letters(name) == name, code
    assert told > 20_000


def test_no_character_of_an_indic_block_changes_alone_in_a_word_or_beside_latin() -> None:
    for first, last in INDIC_BLOCKS:
        for character in map(chr, range(first, last + 1)):
            for text in (
                character,
                f"क{character}",
                f"Raj {character}",
                f"{character}\u200d{character}",
                f"a{character}",
            ):
                assert plain_letters(text) == text, ascii(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "a\udfffé",
        "\u202eabc\u202c",
        "🌸✨",
        "123",
        "ÿ\x00а",
        "а" * 10_000,
        "𝐚" * 10_000,
    ],
)
def test_odd_input_raises_nothing(text: str) -> None:
    assert isinstance(plain_letters(text), str)


def test_ten_thousand_characters_in_disguise_are_read() -> None:
    assert plain_letters("Rаhul " * 2_000) == "Rahul " * 2_000


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_unchanged(text: str) -> None:
    assert plain_letters(text) is text


EXACT = "".join(character for character, entry in LOOKALIKES.items() if entry.kind == "exact")


@given(st.text(st.sampled_from(EXACT) | st.sampled_from("abcXYZ 019-.'$𝐚①"), max_size=14))
@example("СОР Rаhul")
@example("Rаhul-СОР")
@example("А.Kumar ОК9")
@example("山a")
def test_words_that_are_read_at_a_glance_are_read_as_others_are(text: str) -> None:
    # Beside an accent that stays, no text is read at a glance.
    assert plain_letters(text) + " é" == plain_letters(f"{text} é")


SUSPECTS = "".join([*map(chr, STYLED), *LOOKALIKES]) + "abcXYZ 019_éłøŋक\u0301\u0336\u200b\u200d\ufe0f🇮🇳🇷Б山"


@given(st.text(st.sampled_from(SUSPECTS), max_size=12) | st.text(max_size=12))
@example("Ⅷ" + "я" * 3)
@example("🇮🇳🇷")
def test_a_second_call_changes_nothing(text: str) -> None:
    plain = plain_letters(text)
    assert plain_letters(plain) == plain


@given(st.text(st.sampled_from("абвгдежзийклмнопрстуфхцчшщъыьэюяАВЕКМНОРСТУХ -"), max_size=12))
def test_a_text_of_one_script_is_unchanged(text: str) -> None:
    assert plain_letters(text) == text


def test_what_is_read_is_ascii() -> None:
    assert all(plain.isascii() and plain.isalnum() for plain in STYLED.values())
    assert all(entry.plain.isascii() and entry.plain.isalpha() for entry in LOOKALIKES.values())
