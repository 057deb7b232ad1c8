"""The attested spellings of the training words, and how much each of them counts.

A word is spelled right when it is spelled as someone wrote it. What is to be made probable is therefore that one of its attested spellings
comes out, no matter which: the sum of their probabilities, times how often each was attested. The spelling is a hidden variable, and the fit a
generalised expectation maximisation (Dempster, Laird and Rubin, 1977): before each round a spelling counts by its probability among those
of its word under the weights so far. So a model settles on the habits that are the most common (raju, not raaju) where words leave it the
choice, instead of mixing habits within a word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.field import Field, Sentences


class Attested:
    """Spellings as the choices that the units of their words took."""

    def __init__(
        self,
        sentences: Sentences,
        words: Sequence[int],
        taken: Sequence[NDArray[np.int64]],
        weights: Sequence[float],
    ) -> None:
        """One entry of each sequence for each spelling: its word, the choice of each of the word's units, and its weight."""
        self._words = np.array(words)
        self._weights = np.array(weights)
        self._lengths = sentences.lengths[self._words]
        self._starts = np.cumsum(self._lengths) - self._lengths
        inside = np.arange(int(self._lengths.sum())) - np.repeat(self._starts, self._lengths)
        self._units = np.repeat(sentences.first[self._words], self._lengths) + inside
        self._taken = np.concatenate(taken)
        self._later = np.flatnonzero(inside > 0)
        self._word_count = len(sentences.lengths)

    def label(self, sentences: Sentences, field: Field | None = None) -> None:
        """Set the labels of the sentences: by the weights as given, times the spellings' probabilities under `field` if there is one.

        A word counts as much as its spellings together were given, whatever their probabilities.
        """
        weights = self._weights if field is None else self._expected(field)
        of_units = np.repeat(weights, self._lengths).astype(np.float32)
        later = self._later
        sentences.labels[:] = 0
        sentences.moves[:] = 0
        np.add.at(sentences.labels, (self._units, self._taken), of_units)
        np.add.at(
            sentences.moves, (self._units[later], self._taken[later - 1], self._taken[later]), of_units[later]
        )

    def _expected(self, field: Field) -> NDArray[np.float64]:
        """The weight of each word, divided among its spellings by their probabilities."""
        later = self._later
        scores = field.scores()[self._units, self._taken].astype(np.float64)
        pairs = field.sentences.pair[self._units[later]]
        scores[later] += field.transitions[pairs, self._taken[later - 1], self._taken[later]]
        of_spellings = np.add.reduceat(scores, self._starts) + np.log(self._weights)
        best = np.full(self._word_count, -np.inf)
        np.maximum.at(best, self._words, of_spellings)
        odds = np.exp(of_spellings - best[self._words])
        totals = np.bincount(self._words, self._weights) / np.maximum(np.bincount(self._words, odds), 1e-300)
        return odds * totals[self._words]
