"""How alike a handle and a name are (D4): `(2·partial_ratio + token_sort_ratio + token_set_ratio) / 4`.

RapidFuzz defines the three ratios. The best over all orders of the name's parts counts where there are at most four of
them, else the name as written. The token ratios sort the parts of both sides first, so no order changes them; only
`partial_ratio` has to see each order. `2·p + s + t`, rounded step by step, never falls when `p` rises, so the best
`partial_ratio` gives, to the last digit, the best of what the whole formula gives for each order.
"""

from __future__ import annotations

from itertools import permutations

from rapidfuzz import fuzz

MOST_PERMUTED_PARTS = 4
MOST_CHARACTERS = 255
"""Of a handle and of a name that are compared, more than any platform allows: two texts of 10,000 take most of a minute."""


def similarity(handle: str, latin_name: str) -> float:
    """The similarity of a handle and a name (D4).

    Both are taken as they stand; `normalise` makes them ready.

    Returns:
        0 to 100; 0 when one of them is empty.
    """
    if not handle or not latin_name:
        return 0.0
    partial = _best_partial_ratio(handle, latin_name)
    token_sort, token_set = (
        fuzz.token_sort_ratio(handle, latin_name),
        fuzz.token_set_ratio(handle, latin_name),
    )
    return (2 * partial + token_sort + token_set) / 4


def orders(latin_name: str) -> list[str]:
    """The name with its parts in every order, as written first; as written alone when it has more than four."""
    parts = latin_name.split()
    if not 1 < len(parts) <= MOST_PERMUTED_PARTS:
        return [latin_name]
    every = list(map(" ".join, permutations(parts)))
    # A part that stands twice makes the same order twice.
    return every if len(set(parts)) == len(parts) else list(dict.fromkeys(every))


def _best_partial_ratio(handle: str, latin_name: str) -> float:
    best = 0.0
    for order in orders(latin_name):
        # What lies below the cut-off is told as 0, sooner: it could not have become the best.
        ratio = fuzz.partial_ratio(handle, order, score_cutoff=best)
        if ratio > best:
            best = ratio
            if best == 100:
                break
    return best
