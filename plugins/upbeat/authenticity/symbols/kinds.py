"""What each character is inside a word: one letter per kind, so that a word can be judged at the speed of `str.translate`."""

from __future__ import annotations

import unicodedata

from upbeat.authenticity.symbols.lookalikes import LATIN_IN_USE, LOOKALIKES
from upbeat.authenticity.symbols.ornaments import ORNAMENTS
from upbeat.authenticity.symbols.styled import styled_characters

STYLED = styled_characters()
"""What a styled character stands for, by code point, in whatever word."""

LATIN = "L"
IN_USE = "U"
STYLED_LETTER = "S"
DIGIT = "0"
SIGN = "="
BETWEEN = "-"
OTHER_LETTER = "X"
NO_LETTER = "."
_FIRST_SCRIPT = 0xE000
# Words of Chinese and Japanese mix these as a matter of course: together they count as one script.
_TOGETHER = {"Katakana": "Han"}
_SCRIPTS = sorted(
    {
        _TOGETHER.get(entry.script, entry.script)
        for entry in LOOKALIKES.values()
        if entry.kind in ("exact", "stylised")
    }
)
EAST_ASIAN = frozenset({"Han", "Bopomofo"})
"""Scripts whose plain words have Latin letters within (`卡拉OK`)."""


def script_of(kind: str) -> str | None:
    """The script of an imitation's kind; None for the kinds named above."""
    return _SCRIPTS[(ord(kind) - _FIRST_SCRIPT) // 2] if kind >= "\ue000" else None


def is_exact(kind: str) -> bool:
    """Whether an imitation's kind says that the glyph is that of the Latin letter."""
    return (ord(kind) - _FIRST_SCRIPT) % 2 == 0


class Kinds(dict[int, str]):
    """Kinds by code point, for `str.translate`: worked out when first asked for, at most once per character."""

    def __missing__(self, code: int) -> str:
        self[code] = kind = _kind(chr(code))
        return kind


def _kind(character: str) -> str:
    styled = STYLED.get(ord(character))
    if styled is not None:
        return DIGIT if styled.isdigit() else STYLED_LETTER
    if character in LATIN_IN_USE:
        return IN_USE
    if character.isdigit():
        return DIGIT
    entry = LOOKALIKES.get(character)
    if entry is not None:
        if entry.kind == "sign":
            return SIGN
        if entry.kind == "between":
            return BETWEEN
        place = _SCRIPTS.index(_TOGETHER.get(entry.script, entry.script))
        return chr(_FIRST_SCRIPT + 2 * place + (entry.kind == "stylised"))
    if character in ORNAMENTS or not character.isalpha():
        return NO_LETTER
    return LATIN if unicodedata.name(character, "").startswith("LATIN ") else OTHER_LETTER


KINDS = Kinds()
