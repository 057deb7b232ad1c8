"""Characters that change the shape of the letters beside them and not their sound: left out before a word is read."""

from __future__ import annotations

import re
import unicodedata

from upbeat.authenticity.transliteration.units import READABLE

_SIGNS = "\u0640\u200b-\u200f\u2060\ufeff"
"""The stretch of Arabic letters (tatweel), joiners, non-joiners, marks of direction and blanks of no width."""
_SIGN = re.compile(f"[{_SIGNS}]")
_JOINER = re.compile(f"(?<=[{READABLE}])[{_SIGNS}]+|[{_SIGNS}]+(?=[{READABLE}])")
_WITHOUT_VOWEL = dict(zip("ണനരലളകত", "ൺൻർൽൾൿৎ", strict=True))
_OLD_ENCODING = re.compile("([ണനരലളക]\u0d4d|ত\u09cd)\u200d")


def without_joiners(text: str) -> str:
    """NFC without joiners beside Indic or Perso-Arabic letters; those elsewhere, as within emoji, stay.

    Where a joiner says that a letter has no vowel (the chillus of Malayalam and the Bengali khanda ta before Unicode 5.1 and 4.1), the letter of
    today takes the place of the sequence.
    """
    if _SIGN.search(text):
        text = _OLD_ENCODING.sub(_letter_of_today, unicodedata.normalize("NFC", text))
        text = _JOINER.sub("", text)
    return unicodedata.normalize("NFC", text)


def _letter_of_today(found: re.Match[str]) -> str:
    return _WITHOUT_VOWEL[found[0][0]]
