"""A letter-to-letter mapping without training: where alignment starts from, what rare letters fall back on, and a yardstick.

The Unicode blocks of the Indic scripts have one layout (that of ISCII): a letter stands at the same distance from the start of each
block, so that one table serves all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from upbeat.authenticity.transliteration.units import FINAL_VIRAMA, NUKTA_SHIFT, SLOT, character_of, to_units

_SILENT_AT_THE_END = ("hi", "bn", "gu", "mr", "pa", "ur")
_NUKTA = {"k": "q", "j": "z", "d": "r", "dh": "rh", "ph": "f"}


def _table(first: int, chunks: str) -> dict[int, str]:
    """Chunks of letters that follow each other in a block; `-` is silent."""
    return {first + place: chunk.replace("-", "") for place, chunk in enumerate(chunks.split())}


_BY_OFFSET = {
    **_table(0x01, "n n h"),
    **_table(0x05, "a a i i u u ri li e e e ai o o o au"),
    **_table(
        0x15, "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l zh v sh sh s h"
    ),
    **_table(0x3E, "a i i u u ri ri e e e ai o o o au"),
    **_table(0x58, "q kh g z r rh f y ri li li li"),
    0x50: "om",
}
"""Of Indic letters, by their distance to the start of the block."""
_BY_CHARACTER = {
    "ৰ": "r", "ৱ": "v", "ৎ": "t", "ੰ": "n", "ੱ": "", "ୱ": "w", "ൺ": "n", "ൻ": "n", "ർ": "r", "ൽ": "l", "ൾ": "l", "ൿ": "k",
    **{chr(code): chunk for code, chunk in {
        **_table(0x0621, "h a a v i i a b t t s j h kh d z r z s sh s z t z a gh"),
        **_table(0x0641, "f q k l m n h v i i an un in a u i -"),
        0x067E: "p", 0x0679: "t", 0x0686: "ch", 0x0688: "d", 0x0691: "r", 0x0698: "zh", 0x06A9: "k", 0x06AF: "g",
        0x06BA: "n", 0x06BE: "h", 0x06C1: "h", 0x06C3: "t", 0x06CC: "i", 0x06D2: "e", 0x0670: "a",
    }.items()},
}  # fmt: skip
"""Of letters outside that layout, and of the Arabic script."""


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
