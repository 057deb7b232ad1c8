"""One way of writing out of several: who doubles one long vowel doubles the others, too.

Attested spellings come from people with habits (raajaa or raja, rathi or rati). A model that learns from all of them at
once mixes habits within a word, and mixed spellings are written by nobody. Here spellings are sorted into two habits by a mixture of
independent choices (expectation maximisation, as naive Bayes without labels), and those of the more common habit count more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 12
OTHER_HABIT = {"te": 0.15}
"""What a spelling of the other habit counts, of 1, by language. Telugu alone gains by it: elsewhere one habit prevails, and
what looks like the other are words from English, which the model then knows less well."""
_DOUBLED = re.compile(r"([aeiou])\1")
_SMOOTHING = 0.5


def habit_weights(
    words: Sequence[str],
    spellings: Sequence[str],
    chunks: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]] | None],
    weights: NDArray[np.float64],
    choices: int,
    other_habit: float,
) -> NDArray[np.float64]:
    """How much each spelling shall count, `other_habit` to 1.

    `chunks` are, for each spelling, its kinds of unit and the choice of each; None for those that could not be aligned.
    """
    aligned = [place for place, found in enumerate(chunks) if found is not None]
    counts = _counts([chunks[place] for place in aligned], choices)
    doubled = np.array([_DOUBLED.search(spellings[place]) is not None for place in aligned])
    share = np.where(doubled, 0.9, 0.3)
    for _ in range(ROUNDS):
        share = _expected(counts, share, weights[aligned], choices)
    common = share if _coverage(words, aligned, share) >= _coverage(words, aligned, 1 - share) else 1 - share
    found = np.full(len(spellings), other_habit)
    found[aligned] += (1 - other_habit) * common
    return found


def _counts(chunks: Sequence[Any], choices: int) -> Any:
    """A sparse matrix [spelling, kind times choices plus choice]: how often it is taken."""
    from scipy.sparse import csr_matrix

    columns = [kinds * choices + taken for kinds, taken in chunks]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate(columns)
    width = (int(flat.max()) // choices + 1) * choices
    return csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(chunks), width))


def _expected(
    counts: Any, share: NDArray[np.float64], weights: NDArray[np.float64], choices: int
) -> NDArray[np.float64]:
    """The probability of the first habit for each spelling, given those of the round before."""
    odds = np.zeros(counts.shape[1])
    for of_habit, sign in ((share, 1.0), (1 - share, -1.0)):
        taken = (counts.T @ (of_habit * weights)).reshape(-1, choices) + _SMOOTHING
        odds += sign * np.log(taken / taken.sum(axis=1, keepdims=True)).ravel()
    prior = (share * weights).sum() / weights.sum()
    return 1 / (1 + np.exp(-np.clip(counts @ odds + np.log(prior / (1 - prior)), -30, 30)))


def _coverage(words: Sequence[str], aligned: Sequence[int], share: NDArray[np.float64]) -> int:
    """How many words have a spelling that is of the habit, or may be."""
    return len(
        {words[place] for place, of_habit in zip(aligned, share.tolist(), strict=True) if of_habit >= 0.5}
    )
