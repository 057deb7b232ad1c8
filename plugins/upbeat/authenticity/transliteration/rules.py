"""A letter-to-letter mapping without training: where alignment starts from, what rare letters fall back on, and a yardstick.

The Unicode blocks of the Indic scripts have one layout (that of ISCII): a letter stands at the same distance from the start of each
block, so that one table serves all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from upbeat.authenticity.transliteration.units import FINAL_VIRAMA, NUKTA_SHIFT, SLOT, character_of, to_units

_SILENT_AT_THE_END = ("hi", "bn", "gu", "mr", "pa", "ur")
_VOWELS = "a a i i u u ri li e e e ai o o o au".split()
_CONSONANTS = (
    "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l zh v sh sh s h".split()
)
_NUKTA = {"k": "q", "j": "z", "d": "r", "dh": "rh", "ph": "f"}
_BY_OFFSET = {
    **{0x05 + place: latin for place, latin in enumerate(_VOWELS)},
    **{0x15 + place: latin for place, latin in enumerate(_CONSONANTS)},
    **{0x3E + place: latin for place, latin in enumerate(_VOWELS[1:])},
    **dict(zip(range(0x58, 0x60), "q kh g z r rh f y".split(), strict=True)),
    **{0x01: "n", 0x02: "n", 0x03: "h", 0x50: "om", 0x60: "ri", 0x61: "li", 0x62: "li", 0x63: "li"},
}
_BY_CHARACTER = {
    **dict(zip("ৰৱৎੰੱୱ", ["r", "v", "t", "n", "", "w"], strict=True)),
    **dict(zip("ൺൻർൽൾൿ", ["n", "n", "r", "l", "l", "k"], strict=True)),
    **dict(zip("आा", ["a", "a"], strict=True)),
    **dict(zip("ابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکكگلمنںوہهھءیيىےةۃآأإئؤ", (
        "a b p t t s j ch h kh d d z r r z zh s sh s z t z a gh f q k k g l m n n v h h h a i i i e t t a a i i v"
    ).split(), strict=True)),
    **dict(zip("ًٌٍَُِّٰ", ["an", "un", "in", "a", "u", "i", "", "a"], strict=True)),
}  # fmt: skip


def chunk_by_rule(unit: int) -> str:
    """The Latin letters of one unit, lower case; empty for what is not spoken. A slot is an `a`."""
    if unit == SLOT:
        return "a"
    if unit == FINAL_VIRAMA or not (character := character_of(unit)):
        return ""
    plain = _BY_CHARACTER.get(character)
    if plain is None:
        plain = _BY_OFFSET.get(ord(character) % 0x80, "") if ord(character) >= 0x0900 else ""
    return _NUKTA.get(plain, plain) if unit > NUKTA_SHIFT else plain


def to_latin_by_rule(words: Sequence[str], language: str) -> list[str]:
    """Each word letter by letter. In languages that do not speak it the inherent vowel is left out at the end of a word.

    Words are not empty and hold readable characters only.
    """
    units, starts, lengths = to_units([unicodedata.normalize("NFC", word) for word in words])
    found = []
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        of_word = units[start : start + length].tolist()
        if language in _SILENT_AT_THE_END and len(of_word) > 2 and of_word[-1] == SLOT:
            of_word.pop()
        found.append("".join(map(chunk_by_rule, of_word)))
    return found
