"""The attested spellings of the training words, and how much each of them counts.

A word is spelled right when it is spelled as someone wrote it. What is to be made probable is therefore that one of its attested spellings
comes out, no matter which: the sum of their probabilities, times how often each was attested. The spelling is a hidden variable, and the fit a
generalised expectation maximisation (Dempster, Laird and Rubin, 1977): before each round a spelling counts by its probability among those
of its word under the weights so far.

Some words have no spelling that could be foretold: mined pairs that are none, English words, habits of a few. They shall not bend what the others
teach. Instead of its negative logarithm the fit lowers the loss (1 - p^q) / q of the probability p that a word is spelled right (Zhang and Sabuncu,
2018), which lies between that logarithm (q = 0) and the share of wrong words (q = 1): a word counts by p^q.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.field import Field, Sentences

LEAST_CHANCE = 0.02
"""A word counts as if it were spelled right with this probability at least, so that none is given up."""


class Attested:
    """Spellings as the choices that the units of their words took."""

    def __init__(
        self,
        sentences: Sentences,
        words: Sequence[int],
        spellings: Sequence[str],
        weights: Sequence[float],
        taken: Sequence[NDArray[np.int64]],
    ) -> None:
        """One entry of each sequence for each spelling: its word, its letters, its weight, and the choice of each of the word's units.

        A spelling that stands in two lists may come twice.
        """
        self._sentences = sentences
        self._words = np.array(words)
        self._weights = np.array(weights)
        distinct = dict.fromkeys(zip(words, spellings, strict=True), True)
        self._is_first = np.array(
            [distinct.pop(spelling, False) for spelling in zip(words, spellings, strict=True)]
        )
        self._lengths = sentences.lengths[self._words]
        self._starts = np.cumsum(self._lengths) - self._lengths
        inside = np.arange(int(self._lengths.sum())) - np.repeat(self._starts, self._lengths)
        self._units = np.repeat(sentences.first[self._words], self._lengths) + inside
        self._taken = np.concatenate(taken)
        self._later = np.flatnonzero(inside > 0)
        self._word_count = len(sentences.lengths)

    def label(self) -> None:
        """Set the labels of the sentences by the weights as given."""
        self._label(self._weights)

    def label_by(self, field: Field, tolerance: float) -> None:
        """Set the labels of the sentences by the weights and by what is probable under the field; `tolerance` is the q of the loss."""
        self._label(self._expected(field, tolerance))

    def _label(self, weights: NDArray[np.float64]) -> None:
        of_units = np.repeat(weights, self._lengths).astype(np.float32)
        sentences, later = self._sentences, self._later
        sentences.labels[:] = 0
        sentences.moves[:] = 0
        np.add.at(sentences.labels, (self._units, self._taken), of_units)
        np.add.at(
            sentences.moves, (self._units[later], self._taken[later - 1], self._taken[later]), of_units[later]
        )

    def _expected(self, field: Field, tolerance: float) -> NDArray[np.float64]:
        """The weight of each word by its probability of being spelled right, divided among its spellings by theirs.

        All weights together stay what they were.
        """
        words, count = self._words, self._word_count
        log_chances = self._log_chances(field)
        right = np.bincount(words, np.exp(log_chances) * self._is_first, count)
        counts = np.clip(right, LEAST_CHANCE, 1.0) ** tolerance
        totals = np.bincount(words, self._weights, count)
        scale = totals.sum() / (totals * counts).sum()
        odds = np.log(self._weights) + log_chances
        best = np.full(count, -np.inf)
        np.maximum.at(best, words, odds)
        shares = np.exp(odds - best[words])
        shares /= np.bincount(words, shares, count)[words]
        return shares * (totals * counts * scale)[words]

    def _log_chances(self, field: Field) -> NDArray[np.float64]:
        """[spelling]: logarithm of its probability among all spellings that its word can have."""
        scores, later = field.scores(), self._later
        of_units = scores[self._units, self._taken].astype(np.float64)
        pairs = field.sentences.pair[self._units[later]]
        of_units[later] += field.transitions[pairs, self._taken[later - 1], self._taken[later]]
        return np.minimum(np.add.reduceat(of_units, self._starts) - field.log_totals(scores)[self._words], 0)
