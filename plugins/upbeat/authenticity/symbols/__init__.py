"""Fancy letters made plain (D1): 𝓡𝓪𝓱𝓾𝓵, 🅡🅐🅗🅤🅛, ʀᴀʜᴜʟ, Rаhul with a Cyrillic а, ₹ahul → Rahul; plain text of any script stays as it is.

`styled` knows letters in fancy dress, `lookalikes` characters that are written for Latin letters, `words` when they are,
`marks` what is drawn over letters, `ornaments` letters that are none, `flags` regional indicators.
"""

from __future__ import annotations

import re

from upbeat.authenticity.symbols.flags import REGIONAL_INDICATORS, letters_of_indicators
from upbeat.authenticity.symbols.kinds import STYLED
from upbeat.authenticity.symbols.lookalikes import LATIN_IN_USE, LOOKALIKES
from upbeat.authenticity.symbols.marks import IN_WORDS, MARKS, SELECTED, without_decoration
from upbeat.authenticity.symbols.words import disguised_words, is_one_script, plain_word

__all__ = ["plain_letters"]


def _as_class(characters: set[str]) -> str:
    """For a regex class: the characters as ranges."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_IMITATIONS = _as_class({character for character in LOOKALIKES if character not in LATIN_IN_USE})
_SUSPECT = re.compile(f"[{_IMITATIONS}{MARKS}]")
_MARK = re.compile(f"[{MARKS}]")
_SELECTOR = "\ufe0f"
_IN_USE = re.compile(f"[{_as_class(set(LATIN_IN_USE))}]")
_INDICATOR = re.compile(f"[{REGIONAL_INDICATORS}]")
_NO_WORD_CHARACTER = {character for character in (*map(chr, STYLED), *LOOKALIKES) if not character.isalnum()}
_WORD = re.compile(rf"(?:[^\W_]|[{_as_class(_NO_WORD_CHARACTER)}{IN_WORDS}])+")


def plain_letters(text: str) -> str:
    """The text with its fancy letters and digits in ASCII.

    - Styled letters and digits, whatever the word: circled, squared, their negatives, parenthesised, mathematical (bold, italic,
      script, fraktur, double-struck, sans, monospace and their blends), full-width, superscript, subscript, small capitals, turned
      and phonetic letters, regional indicators that make no flag. A small capital becomes a small letter.
    - Letters of other scripts and signs where they stand for Latin ones: see `words`. A sign beside a digit is a price (`5€`).
    - Strokes, stacks of marks and invisible joiners over and between Latin letters go.

    Accents stay (é, ñ, ş, ł and whatever else a language writes): they are spelling, and comparing names is where they fold.
    A word of one script alone, Indic words with their joiners, and ASCII never change. The same text comes back from a second call.
    Any string is taken, empty, with NULs, lone surrogates or directional marks: nothing is raised.
    """
    if text.isascii():
        return text
    if _SUSPECT.search(text) and (disguised := disguised_words(text)):
        return disguised
    while True:
        plain = text.translate(STYLED)
        if plain.isascii():
            return plain
        if _INDICATOR.search(plain):
            text = letters_of_indicators(text)
            plain = text.translate(STYLED)
        is_selected = _SELECTOR in plain and SELECTED.search(plain)
        if not is_selected and not _SUSPECT.search(plain) and (plain == text or not _IN_USE.search(plain)):
            return plain
        read = _read(text)
        if read == text:
            return read
        # What was read may join letters to longer words: once more, until nothing changes. Each round leaves fewer characters
        # that are not ASCII.
        text = read


def _read(text: str) -> str:
    """One round over a text that has something to read: its words, then what is drawn over their letters."""
    text = text.translate(STYLED) if is_one_script(text) else _WORD.sub(_plain_word, text)
    return without_decoration(text) if _MARK.search(text) or _SELECTOR in text else text


def _plain_word(word: re.Match[str]) -> str:
    return word[0] if word[0].isascii() else plain_word(word[0])
