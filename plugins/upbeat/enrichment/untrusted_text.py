"""A stranger's text made harmless to read: no invisible characters, one form of each letter, cut between letters. Pure.

What is taken out is listed by code point and not by category: categories change with the version of Unicode that Python brings, and with
them the hash under which an answer is kept.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 10_000
"""Characters of a text that are looked at; no limit of a prompt is longer."""

MOST_MARKS = 4
"""Combining marks on one letter; more is decoration, or an attack on whoever renders it."""

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls (all but the line feed and the tab), soft hyphen and joiner, letter marks, fillers that look like nothing, zero-width and
# bidirectional controls, interlinear notes, old variation selectors, surrogates, private use, tags, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
# Joiners are letters' business in Indic and Arabic scripts and in emoji; beside Latin letters, blanks or each other they only hide.
_STRAY_JOINER = re.compile(
    "[\u200c\u200d](?![^\x00-\u02ff\u2000-\u206f])|(?<![^\x00-\u02ff\u2000-\u206f])[\u200c\u200d]"
)
# Between two digits of whatever script nothing joins and nothing selects: there they only part a number that would be masked.
_BETWEEN_DIGITS = re.compile("(?<=\\d)[\u200c\u200d\ufe0e\ufe0f]+(?=\\d)")
_STRAY_SELECTOR = re.compile("(?:(?<![^\x00-\u00a8\ufe0e\ufe0f\u200c\u200d])(?<![#*0-9]))[\ufe0e\ufe0f]")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r" ?\n[ \n]*\n ?")
_VIRAMAS = frozenset("\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca")


def clean(text: str) -> str:
    """The text in NFC without what nobody sees: controls, bidirectional and zero-width characters, tags, lone surrogates.

    Lines stay lines. The same text gives the same result in every version of Python, but for characters that Unicode got since.
    """
    text = _bounded(_LINE_ENDS.sub("\n", text))
    text = unicodedata.normalize("NFC", _STRAY_SELECTOR.sub("", _stray_joiners_out(_INVISIBLE.sub("", text))))
    text = _EMPTY_LINES.sub("\n\n", _BLANKS.sub(" ", _few_marks(text)))
    return unicodedata.normalize("NFC", text).strip()


def cut(text: str, most: int) -> str:
    """At most `most` characters (code points), ended between whole letters as readers see them, an emoji's parts together."""
    if len(text) <= most:
        return text
    end = most
    while end > 0 and not _may_part(text, end):
        end -= 1
    return text[:end].rstrip()


def _bounded(text: str) -> str:
    """A text that is far too long ends at a blank: half an address or number would not be known as one."""
    if len(text) <= LONGEST:
        return text
    blank = max(text.rfind(" ", 0, LONGEST), text.rfind("\n", 0, LONGEST))
    return text[: blank if blank > 0 else LONGEST]


def _stray_joiners_out(text: str) -> str:
    """Until none is left: of two in a row the first may hold the second."""
    while (found := _STRAY_JOINER.sub("", text)) != text:
        text = found
    return _BETWEEN_DIGITS.sub("", text)


def _few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return character > "\u02ff" and unicodedata.category(character) in ("Mn", "Mc", "Me")


def _may_part(text: str, at: int) -> bool:
    """Whether a reader sees a boundary before `text[at]` (after Unicode's UAX 29, with its conjuncts)."""
    before, after = text[at - 1], text[at]
    if _is_mark(after) or after in "\u200c\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    if before == "\u200d" or (before in _VIRAMAS and after.isalpha()):
        return False
    if _is_jamo(before) and _is_jamo(after):
        return False
    return not (_is_flag_half(after) and _flag_halves_before(text, at) % 2 == 1)


def _is_jamo(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_half(text[start - 1]):
        start -= 1
    return at - start
