"""Fancy letters made plain (D1): 𝓡𝓪𝓱𝓾𝓵, 🅡🅐🅗🅤🅛, ʀᴀʜᴜʟ, Rаhul with a Cyrillic а, ₹ahul → Rahul; plain text of any script stays as it is.

`styled` knows letters in fancy dress, `lookalikes` characters that are written for Latin letters, `words` when they are,
`marks` what is drawn over letters, `flags` regional indicators.
"""

from __future__ import annotations

import re

from upbeat.authenticity.symbols.flags import REGIONAL_INDICATORS, letters_of_indicators
from upbeat.authenticity.symbols.kinds import STYLED
from upbeat.authenticity.symbols.lookalikes import LATIN_IN_USE, LOOKALIKES
from upbeat.authenticity.symbols.marks import MARKS_AND_JOINERS, without_decoration
from upbeat.authenticity.symbols.words import plain_word

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
_SUSPECT = re.compile(f"[{_IMITATIONS}{MARKS_AND_JOINERS}{REGIONAL_INDICATORS}]")
_IN_USE = re.compile(f"[{_as_class(set(LATIN_IN_USE))}]")
_NO_WORD_CHARACTER = {character for character in (*map(chr, STYLED), *LOOKALIKES) if not character.isalnum()}
_WORD = re.compile(rf"(?:[^\W_]|[{_as_class(_NO_WORD_CHARACTER)}{MARKS_AND_JOINERS}])+")


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
    while True:
        plain = text.translate(STYLED)
        if plain.isascii():
            # A word whose letters were all styled or ASCII: nothing else to judge.
            return plain
        if not _SUSPECT.search(plain) and (plain == text or not _IN_USE.search(plain)):
            return plain
        read = _read(text)
        if read == text:
            return read
        # What was read may join letters to longer words: once more, until nothing changes. Each round leaves fewer characters
        # that are not ASCII.
        text = read


def _read(text: str) -> str:
    return without_decoration(
        _WORD.sub(lambda word: plain_word(word[0]), without_decoration(letters_of_indicators(text)))
    )
