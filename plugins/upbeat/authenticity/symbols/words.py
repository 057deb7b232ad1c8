"""Reads one word whose letters are not all what they seem: is it Latin in disguise, or plain text of another script?

A word is read as Latin when every letter of it is Latin or an imitation (`symbols.tsv`), and

- the imitations look exactly alike and one letter at least is Latin (`раypal` with a Cyrillic р and а), or
- they come from two scripts that no language mixes (`кнαη`), or
- they only resemble Latin letters, but in a word of three letters or more at least as many are Latin (`яahul`), or two are Latin ones that
  the other script has no like of (`βεηgαlι`).

So a word of one script alone is never touched, nor is a Russian one with a stray Latin letter (`Мaрия`). East Asian letters never
stand for Latin ones because of a Latin letter beside them: plain Chinese writes `卡拉OK`.
"""

from __future__ import annotations

import re
import unicodedata

from upbeat.authenticity.symbols.kinds import (
    BETWEEN,
    DIGIT,
    EAST_ASIAN,
    IN_USE,
    KINDS,
    LATIN,
    NO_LETTER,
    OTHER_LETTER,
    SIGN,
    STYLED,
    STYLED_LETTER,
    is_exact,
    script_of,
)
from upbeat.authenticity.symbols.lookalikes import LOOKALIKES

_LATIN_KINDS = frozenset((LATIN, IN_USE, STYLED_LETTER))
_NEUTRAL = frozenset((NO_LETTER, DIGIT))
_MIN_STYLISED_WORD = 3
_MIN_LATIN_ALONE = 2
# Numerals are letters only beside imitations of letters (ค๒ς): Ali۷ has a number.
_DIGITS_LIKE_LETTERS = {
    ord(character): entry.plain for character, entry in LOOKALIKES.items() if character.isdigit()
}
_LIKE_LATIN: dict[str | None, frozenset[str]] = {
    script: frozenset(
        entry.plain for entry in LOOKALIKES.values() if entry.script == script and entry.kind == "exact"
    )
    for script in {entry.script for entry in LOOKALIKES.values()}
}
_EXACT = {
    ord(character): entry.plain
    for character, entry in LOOKALIKES.items()
    if (kind := KINDS[ord(character)]) >= "\ue000" and is_exact(kind) and script_of(kind) not in EAST_ASIAN
}
_ASCII_LETTER = re.compile(r"[A-Za-z]")
# Signs that open a word as letters only before a small letter: ©hetan, but ©Rahul Photography.
_MARKS_OF_RIGHTS = "©®"


def is_one_script(text: str) -> bool:
    """Whether all letters of a whole text are of one script that is not Latin: no word of it can be Latin in disguise."""
    kinds = set(text.translate(KINDS)) - _NEUTRAL
    return kinds.isdisjoint(_LATIN_KINDS) and (
        len(kinds) < 2 or len({script_of(kind) for kind in kinds}) == 1
    )


def disguised_words(text: str) -> str | None:
    """What `plain_word` makes of the words of a text, several times faster, where it is plain to see: all letters are ASCII or look
    exactly so, and each word has one that is. None for any other text."""
    plain = text.translate(_EXACT)
    if not plain.isascii():
        return None
    for word in text.split():
        if not word.isascii() and not (word.isalnum() and _ASCII_LETTER.search(word)):
            return None
    return plain


def plain_word(word: str) -> str:
    """The word in ASCII letters where it is Latin in disguise; styled characters are read in any word."""
    kinds = word.translate(KINDS)
    found = set(kinds)
    foreign = {kind for kind in found if kind >= "\ue000"}
    if OTHER_LETTER in found or not _is_latin(word, kinds, foreign):
        return word.translate(STYLED)
    signs = _signs_read(word, kinds) if SIGN in found or BETWEEN in found else {}
    if not foreign and not signs and STYLED_LETTER not in found:
        return word.translate(STYLED)
    digits = _DIGITS_LIKE_LETTERS if foreign else {}
    return "".join(_plain_at(at, word, kinds, signs) for at in range(len(word))).translate(digits)


def _is_latin(word: str, kinds: str, foreign: set[str]) -> bool:
    latin = sum(kinds.count(kind) for kind in _LATIN_KINDS)
    if not foreign:
        return latin > 0
    scripts = {script_of(kind) for kind in foreign}
    if len(scripts) > 1:
        return True
    if scripts <= EAST_ASIAN or not latin:
        return False
    if all(is_exact(kind) for kind in foreign):
        return True
    imitated = sum(kinds.count(kind) for kind in foreign)
    if latin + imitated < _MIN_STYLISED_WORD:
        return False
    return latin >= imitated or _latin_alone(word, kinds, scripts.pop()) >= _MIN_LATIN_ALONE


def _latin_alone(word: str, kinds: str, script: str | None) -> int:
    """How many Latin letters of the word look like no letter of the other script: nobody writes those there by mistake."""
    alike = _LIKE_LATIN.get(script, frozenset())
    letters = (letter for letter, kind in zip(word, kinds, strict=True) if kind in _LATIN_KINDS)
    return sum(_base(letter) not in alike for letter in letters)


def _base(letter: str) -> str:
    """Without style and accents: Chuvash is written with a Latin ă, which looks like its own."""
    return unicodedata.normalize("NFD", letter.translate(STYLED))[0]


def _signs_read(word: str, kinds: str) -> dict[int, str]:
    """The signs that are letters here, by place: those beside a letter that are no price (`5€`) and no ornament (`Nike®`)."""
    places = [at for at, kind in enumerate(kinds) if kind != NO_LETTER]
    read = {}
    for order, at in enumerate(places):
        if kinds[at] not in (SIGN, BETWEEN):
            continue
        before = kinds[places[order - 1]] if order else ""
        after = kinds[places[order + 1]] if order + 1 < len(places) else ""
        if _is_letter(word, kinds, at, before, after):
            read[at] = _in_case(word, at, LOOKALIKES[word[at]].plain, opens=order == 0)
    return read


def _is_letter(word: str, kinds: str, at: int, before: str, after: str) -> bool:
    if DIGIT in (before, after) or ((not before or not after) and DIGIT in kinds):
        return False
    if kinds[at] == SIGN:
        return True
    if not before and word[at] in _MARKS_OF_RIGHTS:
        return word[at + 1 : at + 2].islower()
    return bool(before and after)


def _in_case(word: str, at: int, plain: str, *, opens: bool) -> str:
    """Signs have no case of their own: a capital sign opens a word as a capital, within one the letters around decide."""
    if opens and word[at + 1 : at + 2].islower():
        return plain
    return plain.lower() if any("a" <= letter <= "z" for letter in word) else plain.upper()


def _plain_at(at: int, word: str, kinds: str, signs: dict[int, str]) -> str:
    character, kind = word[at], kinds[at]
    if kind in (STYLED_LETTER, DIGIT):
        return STYLED.get(ord(character), character)
    if kind in (SIGN, BETWEEN):
        return signs.get(at, character)
    if kind in (LATIN, NO_LETTER):
        return character
    return LOOKALIKES[character].plain
