"""Which entry is one edit away, without comparing to each of them.

SymSpell's idea with a wildcard: each entry stands under all patterns that it has with one letter hidden. A word is then one edit
away (optimal string alignment) from exactly those entries that equal it with a letter left out or two neighbours swapped, or that
share a pattern of it with a letter hidden (another letter there) or put in (one letter more): four look-ups a letter, none to verify.
"""

from __future__ import annotations

from collections.abc import Sequence

_HIDDEN = "?"  # no entry has one
SHORTEST = 5


class NearIndex:
    """Over entries that are given best first: of several within reach the first wins."""

    def __init__(self, ranked: Sequence[str]) -> None:
        self._ranks = {token: rank for rank, token in enumerate(ranked)}
        self._longest = max(map(len, ranked), default=0)
        self._first: dict[str, int] = {}
        # Only needed where the best under a pattern is the very word that is looked up.
        self._second: dict[str, int] = {}
        first, second = self._first.setdefault, self._second.setdefault
        for rank, token in enumerate(ranked):
            for place in range(len(token)):
                pattern = f"{token[:place]}{_HIDDEN}{token[place + 1 :]}"
                if first(pattern, rank) != rank:
                    second(pattern, rank)

    def best(self, word: str) -> int | None:
        """The rank of the best entry at distance 1; None without one, and for words of fewer than `SHORTEST` letters."""
        length = len(word)
        if length < SHORTEST or length > self._longest + 1:
            return None
        none = len(self._ranks)
        ranks, first = self._ranks.get, self._first.get
        own = ranks(word, none)
        best = first(word + _HIDDEN, none)
        head, before = "", ""
        # Plain comparisons: `min` would double the time of a look-up.
        for place, letter in enumerate(word, 1):
            rest = word[place:]
            hidden = head + _HIDDEN
            if (rank := first(hidden + rest, none)) < best:
                if rank == own:
                    rank = self._second.get(hidden + rest, none)
                if rank < best:
                    best = rank
            if (rank := first(hidden + letter + rest, none)) < best:
                best = rank
            if (rank := ranks(head + rest, none)) < best:
                best = rank
            if (
                before != letter
                and before
                and (rank := ranks(head[:-1] + letter + before + rest, none)) < best
            ):
                best = rank
            head += letter
            before = letter
        return None if best == none else best
