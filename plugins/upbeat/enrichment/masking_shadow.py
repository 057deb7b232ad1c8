"""A text as a pattern reads it: digits of every script as 0 to 9, full-width signs as plain ones. Each character stays one character."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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


def shadow_of(text: str) -> str:
    """The text's shadow, of the same length: what is found in it is at the same place in the text."""
    if text.isascii():
        return text
    return "".join([character if character < "\x80" else _plain(character) for character in text])


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if character in _SIGNS:
        return _SIGNS[character]
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
