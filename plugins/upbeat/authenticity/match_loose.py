"""A looser match of handle and name, beside the specification's: what people do to their names in handles is undone first.

`similarity` sorts the parts of a name and keeps the separators of a handle, so `hilaryduff` and Hilary Duff come to 74 of 100. Here
separators and digits are left out, parts may be missing, in any order or an initial, letters written apart (`N I C O L E`) are one
part, and words such as `official` count for nothing. No score is made from it; `upbeat evaluate match` holds it beside the formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, permutations

from rapidfuzz import fuzz

from upbeat.authenticity.match import MOST_PERMUTED_PARTS

SHORTEST_PIECE = 3
"""Letters of a part's beginning that are no coincidence."""

_ADDED_WORDS = re.compile(r"official|oficial|real|the|its|iam|mrs|mr|miss|tv|music|fans?|page|world")


def loose_similarity(handle: str, latin_name: str) -> float:
    """How much of a handle a name explains, 0 to 100; both as `normalise` makes them.

    The better of two: the share of the handle's letters that beginnings of the name's parts cover, and the ratio to some parts
    written together, one of them perhaps as its initial.
    """
    parts = joined_letters(latin_name.split())
    letters = "".join(filter(str.isalpha, handle))
    without_added = _ADDED_WORDS.sub("", letters)
    if not parts or not letters:
        return 0.0
    written = set(written_together(parts[:MOST_PERMUTED_PARTS]))
    return max(
        max(100 * covered_share(form, parts), *(fuzz.ratio(form, one) for one in written))
        for form in {letters, without_added or letters}
    )


def joined_letters(parts: Sequence[str]) -> list[str]:
    """Runs of single letters as one part: `n i c o l e amado` is `nicole amado`."""
    joined: list[str] = []
    run = ""
    for part in parts:
        if len(part) == 1:
            run += part
            continue
        joined += [run, part] if run else [part]
        run = ""
    return [*joined, run] if run else joined


def written_together(parts: Sequence[str]) -> Iterable[str]:
    """Each choice of parts in each order, whole, and with one of them as its initial."""
    choices = chain.from_iterable(permutations(parts, size) for size in range(1, len(parts) + 1))
    for chosen in choices:
        yield "".join(chosen)
        if len(chosen) > 1:
            for place, part in enumerate(chosen):
                yield "".join((*chosen[:place], part[0], *chosen[place + 1 :]))


def covered_share(letters: str, parts: Sequence[str]) -> float:
    """The largest share of `letters`, 0 to 1, that beginnings of parts cover without overlap, from `SHORTEST_PIECE` letters on."""
    pieces = {part[:size] for part in parts for size in range(SHORTEST_PIECE, len(part) + 1)}
    pieces |= {part for part in parts if len(part) > 1}
    covered = [0] * (len(letters) + 1)
    for start in range(len(letters)):
        covered[start + 1] = max(covered[start + 1], covered[start])
        for piece in pieces:
            if letters.startswith(piece, start):
                end = start + len(piece)
                covered[end] = max(covered[end], covered[start] + len(piece))
    return covered[-1] / len(letters) if letters else 0.0
