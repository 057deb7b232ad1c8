"""A text as a pattern reads it: digits of every script as 0 to 9, full-width signs as plain ones, nothing set over or through a letter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_SIGNS = {
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "⁃": "-",
    "﹣": "-",
    "・": ".",
    "。": ".",
    "․": ".",
    "﹫": "@",
    "⁠": " ",
}


# Marks that may stand on any letter: fancy text is struck out and underlined with them. By code point, as Python's Unicode must not
# change what is sent. The keycap (20e3) is none of them: patterns know it.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f]")


class Shadow(NamedTuple):
    """What patterns search, and where it is in the text."""

    text: str
    places: range | list[int]
    """The place in the text of each of the shadow's characters, and of its end. A character's marks lie before the next place."""


def shadow_of(text: str) -> Shadow:
    """The text's shadow: of each character one, but for marks."""
    if text.isascii():
        return Shadow(text, range(len(text) + 1))
    places: range | list[int] = range(len(text) + 1)
    if _MARKS.search(text):
        places = [*(place for place, character in enumerate(text) if not _MARKS.match(character)), len(text)]
    plain = [text[place] if text[place] < "\x80" else _plain(text[place]) for place in places[:-1]]
    return Shadow("".join(plain), places)


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if character in _SIGNS:
        return _SIGNS[character]
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
