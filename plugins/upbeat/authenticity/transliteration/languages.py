"""The languages that have a model, and which of them a word's script suggests."""

from __future__ import annotations

LANGUAGES = ("hi", "bn", "gu", "kn", "ml", "mr", "or", "pa", "ta", "te", "ur", "sa")
"""ISO 639-1: Hindi, Bengali, Gujarati, Kannada, Malayalam, Marathi, Odia, Punjabi, Tamil, Telugu, Urdu, Sanskrit."""
_BY_BLOCK = {
    **dict.fromkeys((0x0600, 0x0680, 0x0700), "ur"),
    **dict(
        zip(range(0x0900, 0x0D80, 0x80), ("hi", "bn", "pa", "gu", "or", "ta", "te", "kn", "ml"), strict=True)
    ),
}
_DEVANAGARI = ("hi", "mr", "sa")


def language_of(text: str) -> str | None:
    """The language whose script the first Indic or Perso-Arabic letter belongs to (Devanagari is taken for Hindi); None without one."""
    for character in text:
        if language := _BY_BLOCK.get(ord(character) & ~0x7F):
            return language
    return None


def share_a_script(one: str, other: str) -> bool:
    """Whether two languages are written with the same letters."""
    return one == other or (one in _DEVANAGARI and other in _DEVANAGARI)
