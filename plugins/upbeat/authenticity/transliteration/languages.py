"""The languages that have a model, and which of them a word's script suggests."""

from __future__ import annotations

from upbeat.authenticity.transliteration.units import READABLE

LANGUAGES = ("hi", "bn", "gu", "kn", "ml", "mr", "or", "pa", "ta", "te", "ur", "sa")
"""ISO 639-1: Hindi, Bengali, Gujarati, Kannada, Malayalam, Marathi, Odia, Punjabi, Tamil, Telugu, Urdu, Sanskrit."""
_BY_BLOCK = {
    **dict.fromkeys((0x0600, 0x0680, 0x0700, 0x0800, 0x0880), "ur"),
    **dict(
        zip(range(0x0900, 0x0D80, 0x80), ("hi", "bn", "pa", "gu", "or", "ta", "te", "kn", "ml"), strict=True)
    ),
}
_LANGUAGE_OF = {
    character: language for character in READABLE if (language := _BY_BLOCK.get(ord(character) & ~0x7F))
}
_DEVANAGARI = ("hi", "mr", "sa")


def language_of(text: str) -> str | None:
    """The language whose script the first Indic or Perso-Arabic letter belongs to (Devanagari is taken for Hindi); None without one.

    Digits and punctuation say nothing: other scripts use the danda of Devanagari, too.
    """
    for character in text:
        if language := _LANGUAGE_OF.get(character):
            return language
    return None


def share_a_script(one: str, other: str) -> bool:
    """Whether two languages are written with the same letters."""
    return one == other or (one in _DEVANAGARI and other in _DEVANAGARI)


def letters_by_script() -> list[str]:
    """All readable letters, script by script."""
    letters: dict[str, str] = {}
    for character, language in _LANGUAGE_OF.items():
        letters[language] = letters.get(language, "") + character
    return list(letters.values())
