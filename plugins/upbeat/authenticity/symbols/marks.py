"""What is laid over, under and between Latin letters for show: strokes, stacks of marks, keycaps, joiners nobody sees."""

from __future__ import annotations

import re

# Marks that the accented letters of languages are made of; whatever else stands in the block is decoration on a Latin letter.
_ACCENTS = "\u0300-\u0304\u0306-\u030d\u030f-\u0311\u0313\u031b\u0323-\u0329\u032d-\u0331\u0358\u1dc4-\u1dc9"
# Marks of Arabic, Thai and Tibetan, which belong over no Latin letter.
_BORROWED = "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0f71-\u0f84"
# Variation selectors stand apart: on emoji they are everywhere.
_MARKS = f"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f{_BORROWED}"
_SELECTORS = "\ufe00-\ufe0f"
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\ufeff"
_LATIN = "A-Za-z0-9À-ÖØ-öø-\u02af\u1e00-\u1eff"
_MOST_ACCENTS = 2
MARKS = f"{_MARKS}{_INVISIBLE}"
"""For a regex class: what may decorate Latin letters; wherever one stands, `without_decoration` has to look closer."""
IN_WORDS = f"{_MARKS}{_INVISIBLE}{_SELECTORS}"
"""For a regex class: what may stand between the letters of one word and is no letter."""
SELECTED = re.compile(f"[A-Za-z0-9][{_SELECTORS}]")
"""A letter or digit that is shown as an emoji: 🅰️, 1️⃣."""

# A stroke through a whole name runs over its blanks, too.
_STACK = re.compile(rf"(?:(?<=[{_LATIN}])|(?<=[{_LATIN}] ))[{_MARKS}{_SELECTORS}]+")
_JOINED = re.compile(rf"(?<=[{_LATIN}])[{_INVISIBLE}]+(?=[{_LATIN}])")
_SPELLING = re.compile(rf"[{_ACCENTS}]{{1,{_MOST_ACCENTS}}}")


def without_decoration(text: str) -> str:
    """Latin letters, digits and blanks freed of decoration; other scripts keep their marks and joiners.

    One or two ordinary accents on a letter are spelling (Vietnamese, Yoruba) and stay. A higher stack, or one with a mark that no
    language writes, goes altogether.
    """
    return _STACK.sub(_spelt, _JOINED.sub("", text))


def _spelt(stack: re.Match[str]) -> str:
    return stack[0] if _SPELLING.fullmatch(stack[0]) else ""
