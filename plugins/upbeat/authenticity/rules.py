"""The ensemble of five features (D6): the first of four that holds decides, the fifth (a known name) is only stored.

====  ==============  =====================================================================  =====
step  decided_by      holds when                                                             score
====  ==============  =====================================================================  =====
1     `lang_flag`     the name is in a script that is neither Latin nor Indic (D2)           1.0
2     `digits`        the handle has more than four decimal digits, of any script            1.0
3     `special_char`  the handle has an underscore and the similarity is below the threshold  1.0
4     `similarity`    0 < similarity <= 40                                                   0.33
5     `none`          nothing of it                                                          0.0
====  ==============  =====================================================================  =====

Taken by the letter, an account without a name has the similarity 0, which is below every threshold: an underscore in
its handle is step 3, and without one it ends at step 5. Digits and underscores are those of the handle as it is written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from upbeat.authenticity.follower import DecidedBy

FAKE, WEAK_SIGN, LIKELY_REAL = 1.0, 0.33, 0.0
MOST_DIGITS = 4
WEAK_SIMILARITY = 40.0

_DECIMAL_DIGIT = re.compile(r"\d")


class Decision(NamedTuple):
    """A score, what decided it, and the features of the handle that were looked at."""

    score: float
    decided_by: DecidedBy
    digits: int
    digits_flag: bool
    special_char_flag: bool


def decide(handle: str, *, lang_flag: bool, similarity: float, threshold: float) -> Decision:
    """The score of one account (D6).

    Args:
        handle: as written.
        lang_flag: whether the name's script speaks for a fake (D2).
        similarity: of handle and name, 0 to 100 (D4); 0 without a name.
        threshold: the similarity from which on an underscore means nothing.
    """
    digits = len(_DECIMAL_DIGIT.findall(handle))
    digits_flag = digits > MOST_DIGITS
    special_char_flag = "_" in handle and similarity < threshold
    score, decided_by = _first_that_holds(lang_flag, digits_flag, special_char_flag, similarity)
    return Decision(score, decided_by, digits, digits_flag, special_char_flag)


def _first_that_holds(
    lang_flag: bool, digits_flag: bool, special_char_flag: bool, similarity: float
) -> tuple[float, DecidedBy]:
    if lang_flag:
        return FAKE, "lang_flag"
    if digits_flag:
        return FAKE, "digits"
    if special_char_flag:
        return FAKE, "special_char"
    if 0 < similarity <= WEAK_SIMILARITY:
        return WEAK_SIGN, "similarity"
    return LIKELY_REAL, "none"
