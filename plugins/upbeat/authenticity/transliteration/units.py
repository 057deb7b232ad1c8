"""Words of Indic and Perso-Arabic scripts as rows of units, the steps at which a Latin chunk is chosen.

A unit is a character, with three changes that make the place of vowels explicit. A consonant that no vowel sign and no virama follows is
followed by `SLOT`, where the inherent vowel is or is not spoken (राम is r, ā, m, SLOT). A virama is left out, but at the end of a
word (`FINAL_VIRAMA`: Tamil and Malayalam speak a short u there). A nukta makes a unit of its own of the consonant before it.
Perso-Arabic consonants have a slot, too: their script writes no short vowels.

All of it is done on whole arrays: a batch of words is one text with a line break between words.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.uint16]

FIRST, LAST = 0x0600, 0x0D7F
"""The Arabic block up to Malayalam; a unit is the character's distance to `FIRST - 1`, so that 0 is free."""
NUKTA_SHIFT = 0x0780
SLOT = 0x0F80
FINAL_VIRAMA = 0x0F81
UNIT_COUNT = 0x0F82
EDGE = 0
"""Beside and between words: `REACH` of them, so that no window sees the next word."""
REACH = 4

_OTHER, _EDGE, _CONSONANT, _VOWEL_SIGN, _VIRAMA, _NUKTA, _LETTER, _ARABIC, _HARAKAT = range(9)
_BREAK = ord("\n")
_ARABIC_VOWELS = "آأإاٱئ"
_LETTERS = ("Lo", "Mn", "Mc")
_INDIC = ("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM")
_SCRIPTS = ("ARABIC", *_INDIC)


def unit_of(character: str) -> int:
    """The unit of one character between `FIRST` and `LAST`."""
    return ord(character) - FIRST + 1


def character_of(unit: int) -> str:
    """The character that a unit stands for, without its nukta; empty for a slot, a final virama and an edge."""
    if unit in (EDGE, SLOT, FINAL_VIRAMA):
        return ""
    return chr((unit - NUKTA_SHIFT if unit > NUKTA_SHIFT else unit) + FIRST - 1)


def is_readable(character: str) -> bool:
    """Whether the character is a letter or sign that has a unit; digits and punctuation of these scripts have none."""
    return FIRST <= ord(character) <= LAST and _class_of(character) != _OTHER


def to_units(words: list[str]) -> tuple[Units, NDArray[np.int64], NDArray[np.int64]]:
    """All words as one row of units: with edges around each word, where each word begins, and its length in units.

    The words are in NFC and hold readable characters only (`is_readable`).
    """
    text = "\n".join(["", *words, ""])
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    kinds = _KINDS[np.clip(codes, FIRST - 1, LAST + 1) - FIRST + 1]
    kinds[codes == _BREAK] = _EDGE
    units = np.where(kinds == _EDGE, EDGE, codes - FIRST + 1)
    units, kinds = _join_nuktas(units, kinds)
    following = np.append(kinds[1:], _EDGE)
    units[(kinds == _VIRAMA) & (following == _EDGE)] = FINAL_VIRAMA
    has_slot = (kinds == _CONSONANT) & (following != _VOWEL_SIGN) & (following != _VIRAMA)
    has_slot |= (kinds == _ARABIC) & (following != _HARAKAT)
    places = 1 + has_slot
    places[(kinds == _VIRAMA) & (following != _EDGE)] = 0
    places[kinds == _EDGE] = REACH
    spread = np.repeat(units, places).astype(np.uint16)
    after = np.cumsum(places)
    spread[after[has_slot] - 1] = SLOT
    starts = after[kinds == _EDGE]
    return spread, starts[:-1], np.diff(starts) - REACH


def _join_nuktas(
    units: NDArray[np.int64], kinds: NDArray[np.int8]
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    nuktas = np.flatnonzero(kinds == _NUKTA)
    if not nuktas.size:
        return units, kinds
    marked = nuktas[kinds[nuktas - 1] == _CONSONANT] - 1
    units[marked] += NUKTA_SHIFT
    stays = kinds != _NUKTA
    stays[nuktas[kinds[nuktas - 1] == _EDGE]] = True  # a word is never without any unit
    return units[stays], kinds[stays]


def _class_of(character: str) -> int:
    name = unicodedata.name(character, "")
    if name.partition(" ")[0] not in _SCRIPTS or unicodedata.category(character) not in _LETTERS:
        return _OTHER
    if name.startswith("ARABIC"):
        return _arabic_class(character, name)
    if "VIRAMA" in name or "HALANT" in name:
        return _VIRAMA
    if name.endswith("SIGN NUKTA"):
        return _NUKTA
    if "VOWEL SIGN" in name or "LENGTH MARK" in name:
        return _VOWEL_SIGN
    offset = ord(character) % 0x80
    is_consonant = 0x15 <= offset <= 0x39 or 0x58 <= offset <= 0x5F or offset in (0x70, 0x71, 0x78)
    vowelless = ("CHILLU", "VOCALIC", "KHANDA", "POLLU", "SIGN", "TIPPI", "ADDAK", "ARCHAIC II")
    if "LETTER" in name and is_consonant and not any(part in name for part in vowelless):
        return _CONSONANT
    return _LETTER


def _arabic_class(character: str, name: str) -> int:
    if unicodedata.category(character) == "Mn":
        return _HARAKAT
    return _LETTER if character in _ARABIC_VOWELS or "LETTER" not in name else _ARABIC


def _kinds() -> NDArray[np.int8]:
    kinds = [_class_of(chr(code)) for code in range(FIRST, LAST + 1)]
    return np.array([_OTHER, *kinds, _OTHER], dtype=np.int8)


_KINDS: NDArray[Any] = _kinds()
READABLE = "".join(chr(code) for code in range(FIRST, LAST + 1) if _KINDS[code - FIRST + 1] != _OTHER)
"""All readable characters."""
