"""How often a handle and a name that belong together are matched, and how often two that do not. Pure.

Genuine pairs are held against the same handles with the names of others. A genuine pair that is not matched is an error of some kind:
mostly there is nothing to match, since people call themselves something else.
"""

from __future__ import annotations

import hashlib
import random
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from upbeat.authenticity.match import similarity
from upbeat.authenticity.match_loose import covered_share, joined_letters, loose_similarity

ROUNDS = 20
SEED = 2026
THRESHOLDS = (40.0, 80.0)

Split = Literal["dev", "test", "all"]
Measure = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Pair:
    """A handle and a name that belong together, both as `normalise` makes them."""

    handle: str
    latin_name: str | None


@dataclass(frozen=True, slots=True)
class Matched:
    """Shares at one threshold; `errors` counts genuine pairs that were not matched, by kind, and `missed` has them."""

    threshold: float
    genuine: float
    shuffled: float
    errors: dict[str, int] = field(default_factory=dict)
    missed: list[Pair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judged:
    """One measure on all pairs.

    Attributes:
        auc: chance that a genuine pair is more alike than a shuffled one; equal ones count half.
    """

    measure: str
    auc: float
    matched: list[Matched]


MEASURES: dict[str, Measure] = {
    "formula": similarity,
    "formula, separators as blanks": lambda handle, name: similarity(separators_as_blanks(handle), name),
    "loose": loose_similarity,
}
"""What is compared; the first is the specification's."""


def separators_as_blanks(handle: str) -> str:
    """`virat_kohli` as `virat kohli`."""
    return " ".join(re.split(r"[._]+", handle)).strip()


def in_split(handle: str, split: Split) -> bool:
    """Which half of the pairs a handle is in, by its hash: measures were chosen on `dev`, `test` was kept for the figures."""
    even = hashlib.sha256(handle.encode("utf-8", "replace")).digest()[-1] % 2 == 0
    return split == "all" or even == (split == "dev")


def judge(pairs: Sequence[Pair]) -> list[Judged]:
    """All measures at all thresholds. The rules call a similarity above 40 no weak sign, and one of 80 and more alike."""
    others = shuffled(pairs)
    return [_judge(name, measure, pairs, others) for name, measure in MEASURES.items()]


def shuffled(pairs: Sequence[Pair]) -> list[Pair]:
    """The handles with names of others, some rounds of it; the same pairs every time."""
    names = [pair.latin_name for pair in pairs]
    draw = random.Random(SEED)  # noqa: S311 - the same pairs every time is what is wanted
    found = []
    for _ in range(ROUNDS):
        draw.shuffle(names)
        found += [
            Pair(pair.handle, name)
            for pair, name in zip(pairs, names, strict=True)
            if name != pair.latin_name
        ]
    return found


def kind_of_error(pair: Pair) -> str:
    """Why a genuine pair may not have been matched; the first that holds."""
    name = pair.latin_name
    if name is None:
        return "no name"
    if not re.search(r"[a-z]", name):
        return "name in another script, or of digits"
    letters = "".join(filter(str.isalpha, pair.handle))
    explained = covered_share(letters, joined_letters(name.split()))
    if not explained:
        return "nothing in common"
    if explained < 0.5:
        return "little in common"
    if re.search(r"[._]", pair.handle):
        return "same name, separators in the handle"
    if re.search(r"\d", pair.handle):
        return "same name, digits in the handle"
    return "same name, written together or with more"


def _judge(name: str, measure: Measure, pairs: Sequence[Pair], others: Sequence[Pair]) -> Judged:
    genuine = [_measured(measure, pair) for pair in pairs]
    false = sorted(_measured(measure, pair) for pair in others)
    auc = sum((bisect_left(false, value) + bisect_right(false, value)) / 2 for value in genuine)
    return Judged(
        name,
        auc / (len(genuine) * len(false)) if genuine and false else 0.5,
        [_at(threshold, pairs, genuine, false) for threshold in THRESHOLDS],
    )


def _measured(measure: Measure, pair: Pair) -> float:
    return 0.0 if pair.latin_name is None else measure(pair.handle, pair.latin_name)


def _at(threshold: float, pairs: Sequence[Pair], genuine: Sequence[float], false: Sequence[float]) -> Matched:
    missed = [pair for pair, value in zip(pairs, genuine, strict=True) if not _passes(value, threshold)]
    return Matched(
        threshold,
        1 - len(missed) / len(pairs) if pairs else 0.0,
        sum(_passes(value, threshold) for value in false) / len(false) if false else 0.0,
        dict(Counter(map(kind_of_error, missed)).most_common()),
        missed,
    )


def _passes(value: float, threshold: float) -> bool:
    """As the rules have it: 40 itself is a weak sign, 80 itself is alike."""
    return value > threshold if threshold <= 40 else value >= threshold
