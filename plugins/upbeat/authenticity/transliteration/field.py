"""A linear-chain conditional random field over many short sequences, with gradients by whole arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS_PER_STEP = 3000
SEED = 7
_IMPOSSIBLE = -60.0
Floats = NDArray[np.float32]


@dataclass(slots=True)
class Sentences:
    """The units of all words one after the other, and what their labels are.

    Attributes:
        rows: [unit]: which kind of unit.
        first: where each word begins.
        lengths: of each word, in units.
        exists: [unit]: which choices there are.
        labels: [unit, choice]: weight with which the choice was seen.
        pair: [unit]: number of the pair of kinds with the unit before, 0 for the first of a word and for rare pairs.
        pairs: kind before times the number of kinds plus kind, of the pairs 1, 2, …
        moves: [unit, choice before, choice]: weight with which the two were seen.
    """

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    lengths: NDArray[np.int64]
    exists: NDArray[np.bool_]
    labels: Floats
    pair: NDArray[np.int64]
    pairs: NDArray[np.int64]
    moves: Floats

    @classmethod
    def of(
        cls, rows: NDArray[np.int64], lengths: NDArray[np.int64], exists: NDArray[np.bool_], min_pairs: int
    ) -> Sentences:
        """Without labels yet. `exists` is [kind, choice]."""
        first = np.cumsum(lengths) - lengths
        together = np.full(len(rows), -1)
        together[1:] = rows[:-1] * len(exists) + rows[1:]
        together[first] = -1
        pairs, counts = np.unique(together[together >= 0], return_counts=True)
        pairs = pairs[counts >= min_pairs]
        place = np.minimum(np.searchsorted(pairs, together), max(len(pairs) - 1, 0))
        pair = np.where(pairs[place] == together, place + 1, 0) if len(pairs) else np.zeros_like(rows)
        choices = exists.shape[1]
        labels = np.zeros((len(rows), choices), dtype=np.float32)
        moves = np.zeros((len(rows), choices, choices), dtype=np.float32)
        return cls(rows, first, lengths, exists[rows], labels, pair, pairs, moves)

    def choices_of(
        self, word: int, choices: NDArray[np.int64], chunks: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Which choice each of the `chunks` of a word's units is; `choices` is [kind, choice], the chunks."""
        begin = self.first[word]
        kinds = self.rows[begin : begin + self.lengths[word]]
        return (choices[kinds] == chunks[:, None]).argmax(axis=1)


class Field:
    """Weights of features and of transitions, and how they are fitted.

    Attributes:
        weights: [feature, choice].
        transitions: [pair, choice before, choice]; pair 0 is always 0.
    """

    def __init__(self, sentences: Sentences, features: Any) -> None:
        self.sentences = sentences
        self._features = features
        choices = sentences.labels.shape[1]
        self.weights = np.zeros((features.shape[1], choices), dtype=np.float32)
        self.transitions = np.zeros((len(sentences.pairs) + 1, choices, choices), dtype=np.float32)
        self.forget_steps()

    def forget_steps(self) -> None:
        """Begin anew with long steps: Adagrad shortens them by the gradients that it has seen."""
        self._squares = np.full_like(self.weights, 0.01)
        self._squares_of_moves = np.full_like(self.transitions, 0.01)

    def scores(self) -> Floats:
        """[unit, choice]: what the weights give, without transitions."""
        return self._scores(self._features, self.sentences.exists)

    def log_totals(self, scores: Floats) -> NDArray[np.float64]:
        """[word]: logarithm of the sum of exp(score) over all spellings that a word can have; `scores` are those of `scores`."""
        sentences = self.sentences
        order = np.argsort(-sentences.lengths, kind="stable")
        first, lengths = sentences.first[order], sentences.lengths[order]
        active = np.searchsorted(-lengths, -np.arange(int(lengths[0])), side="left")
        best = scores.max(axis=1)
        chances, moves = np.exp(scores - best[:, None]), np.exp(self.transitions)
        forward = chances[first]
        totals = np.log(forward.sum(axis=1, dtype=np.float64))
        forward /= forward.sum(axis=1, keepdims=True)
        for step, count in enumerate(active.tolist()[1:], start=1):
            here = first[:count] + step
            reached = np.einsum("wi,wij->wj", forward[:count], moves[sentences.pair[here]]) * chances[here]
            sums = np.maximum(reached.sum(axis=1, keepdims=True), 1e-30)
            totals[:count] += np.log(sums[:, 0])
            forward = reached / sums
        found = np.add.reduceat(best.astype(np.float64), sentences.first)
        found[order] += totals
        return found

    def _scores(self, features: Any, exists: NDArray[np.bool_]) -> Floats:
        scores = np.asarray(features @ self.weights)
        scores[~exists] = _IMPOSSIBLE
        return scores

    def feature_counts(self) -> Floats:
        """How many units have each feature."""
        return np.asarray(self._features.sum(axis=0), dtype=np.float32).ravel()

    def keep(self, features: NDArray[np.int64]) -> NDArray[np.int64]:
        """Forget all features but these; gives them back."""
        self._features = self._features[:, features]
        self.weights, self._squares = self.weights[features], self._squares[features]
        return features

    def fit(self, round_number: int, *, rate: float, lasso: float = 0.0) -> float:
        """One round of Adagrad over all labelled words, `WORDS_PER_STEP` at a time, in an order that the number decides.

        `lasso` is the penalty of a step on absolute weights. Gives the share of chunks that the model expected to be wrong.
        """
        sentences = self.sentences
        labelled = np.flatnonzero(sentences.labels[sentences.first].sum(axis=1) > 0)
        shuffled = np.random.default_rng([SEED, round_number]).permutation(labelled)
        missed = 0.0
        for begin in range(0, len(shuffled), WORDS_PER_STEP):
            gradient, of_moves, of_step = self._gradients(shuffled[begin : begin + WORDS_PER_STEP])
            missed += of_step
            self._squares += gradient * gradient
            step = rate / np.sqrt(self._squares)
            self.weights -= step * gradient
            if lasso:
                self.weights -= np.clip(self.weights, -lasso * step, lasso * step)
            self._squares_of_moves += of_moves * of_moves
            self.transitions -= rate * of_moves / np.sqrt(self._squares_of_moves)
        return missed / float(sentences.labels.sum())

    def _gradients(self, words: NDArray[np.int64]) -> tuple[Floats, Floats, float]:
        """Of the negative log-likelihood: by weights and by transitions; and the expected weight of wrong chunks."""
        sentences = self.sentences
        words = words[np.argsort(-sentences.lengths[words], kind="stable")]
        lengths = sentences.lengths[words]
        inside = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        units = np.repeat(sentences.first[words], lengths) + inside
        features = self._features[units]
        scores = self._scores(features, sentences.exists[units])
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        moves = np.exp(self.transitions)[sentences.pair[units]]
        marginals, joint = _marginals(chances, moves, lengths)
        labels = sentences.labels[units]
        weight = labels.sum(axis=1, keepdims=True)
        wrong = marginals * weight - labels
        gradient = features.T @ wrong
        joint = joint * weight[:, :, None] - sentences.moves[units]
        of_moves = np.zeros_like(self.transitions)
        np.add.at(of_moves, sentences.pair[units], joint)
        of_moves[0] = 0.0
        return gradient, of_moves, float(np.maximum(wrong, 0).sum())


def _marginals(chances: Floats, moves: Floats, lengths: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """[unit, choice] and [unit, choice before, choice]: probabilities by forward and backward sums.

    `lengths` descend, so that the words that have a step are always the first ones.
    """
    first = np.cumsum(lengths) - lengths
    active = np.searchsorted(-lengths, -np.arange(int(lengths[0])), side="left")
    forward = chances.copy()
    forward[first] /= forward[first].sum(axis=1, keepdims=True)
    for step, count in enumerate(active.tolist()[1:], start=1):
        here = first[:count] + step
        reached = np.einsum("wi,wij->wj", forward[here - 1], moves[here]) * chances[here]
        forward[here] = reached / np.maximum(reached.sum(axis=1, keepdims=True), 1e-30)
    backward = np.ones_like(chances)
    joint = np.zeros_like(moves)
    for step in range(len(active) - 1, 0, -1):
        here = first[: active[step]] + step
        onward = chances[here] * backward[here]
        both = forward[here - 1][:, :, None] * moves[here] * onward[:, None, :]
        joint[here] = both / np.maximum(both.sum(axis=(1, 2), keepdims=True), 1e-30)
        reached = np.einsum("wij,wj->wi", moves[here], onward)
        backward[here - 1] = reached / np.maximum(reached.sum(axis=1, keepdims=True), 1e-30)
    marginals = forward * backward
    return marginals / np.maximum(marginals.sum(axis=1, keepdims=True), 1e-30), joint
