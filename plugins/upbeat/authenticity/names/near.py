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
        self._ranked = ranked
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
        none = len(self._ranked)
        own = self._ranks.get(word, none)
        ranks, first = self._ranks.get, self._first.get
        best = first(word + _HIDDEN, none)
        for place in range(length):
            head, tail, rest = word[:place], word[place:], word[place + 1 :]
            pattern = f"{head}{_HIDDEN}{rest}"
            other_letter = first(pattern, none)
            if other_letter == own:
                other_letter = self._second.get(pattern, none)
            one_more = first(f"{head}{_HIDDEN}{tail}", none)
            one_less = ranks(head + rest, none)
            best = min(best, other_letter, one_more, one_less)
            if place and tail[0] != head[-1]:
                best = min(best, ranks(f"{head[:-1]}{tail[0]}{head[-1]}{rest}", none))
        return None if best == none else best
