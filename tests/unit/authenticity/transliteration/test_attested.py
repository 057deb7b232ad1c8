from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from upbeat.authenticity.transliteration.attested import LEAST_CHANCE, Attested
from upbeat.authenticity.transliteration.field import Field, Sentences

CHOICES = 3
WORDS = [0, 0, 1, 1, 2]
SPELLINGS = ["ab", "ba", "aba", "aab", "b"]
WEIGHTS = [0.75, 0.25, 0.5, 0.5, 1.0]
TAKEN = [np.array(taken) for taken in ([0, 1], [1, 0], [0, 1, 0], [0, 0, 1], [1])]


@pytest.fixture
def sentences() -> Sentences:
    """Three words of two, three and one units, of two kinds; the second kind lacks the third choice."""
    exists = np.array([[True, True, True], [True, True, False]])
    return Sentences.of(np.array([0, 1, 0, 1, 1, 0]), np.array([2, 3, 1]), exists, min_pairs=1)


@pytest.fixture
def field(sentences: Sentences) -> Field:
    field = Field(sentences, csr_matrix(np.eye(6, dtype=np.float32)))
    random = np.random.default_rng(3)
    field.weights = random.normal(size=field.weights.shape).astype(np.float32)
    field.transitions[1:] = random.normal(size=field.transitions[1:].shape).astype(np.float32)
    return field


def score(field: Field, word: int, taken: tuple[int, ...]) -> float:
    """Of one path through a word, summed step by step."""
    begin, scores = int(field.sentences.first[word]), field.scores()
    of_units = sum(float(scores[begin + step, choice]) for step, choice in enumerate(taken))
    of_pairs = sum(
        float(field.transitions[field.sentences.pair[begin + step], before, choice])
        for step, (before, choice) in enumerate(pairwise(taken), start=1)
    )
    return of_units + of_pairs


def chance(field: Field, word: int, taken: tuple[int, ...]) -> float:
    """Of one path among all that there are."""
    paths = product(range(CHOICES), repeat=int(field.sentences.lengths[word]))
    return float(np.exp(score(field, word, taken)) / sum(np.exp(score(field, word, path)) for path in paths))


def test_the_total_of_a_word_is_the_sum_over_all_its_spellings(field: Field) -> None:
    totals = field.log_totals(field.scores())
    for word, length in enumerate(field.sentences.lengths.tolist()):
        paths = product(range(CHOICES), repeat=length)
        assert totals[word] == pytest.approx(
            np.log(sum(np.exp(score(field, word, p)) for p in paths)), abs=1e-4
        )


def test_labels_are_first_the_weights_as_given(sentences: Sentences) -> None:
    Attested(sentences, WORDS, SPELLINGS, WEIGHTS, TAKEN).label()
    assert sentences.labels.tolist() == [
        [0.75, 0.25, 0], [0.25, 0.75, 0], [1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0], [0, 1, 0]
    ]  # fmt: skip
    assert sentences.moves[1].tolist() == [[0, 0.75, 0], [0.25, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("tolerance", [0.0, 0.25, 1.0])
def test_a_spelling_counts_by_its_chance_and_a_word_by_that_of_being_right(
    sentences: Sentences, field: Field, tolerance: float
) -> None:
    Attested(sentences, WORDS, SPELLINGS, WEIGHTS, TAKEN).label_by(field, tolerance)
    chances = [chance(field, word, tuple(taken)) for word, taken in zip(WORDS, TAKEN, strict=True)]
    right = [
        max(chances[0] + chances[1], LEAST_CHANCE),
        max(chances[2] + chances[3], LEAST_CHANCE),
        chances[4],
    ]
    counts = np.array(right) ** tolerance
    counts *= 3 / counts.sum()
    one, two = 0.75 * chances[0], 0.25 * chances[1]
    assert sentences.labels[0].tolist() == pytest.approx(
        [counts[0] * one / (one + two), counts[0] * two / (one + two), 0], abs=1e-4
    )
    assert sentences.labels.sum(axis=1)[sentences.first] == pytest.approx(counts, abs=1e-4)


def test_a_spelling_of_two_lists_is_no_likelier_than_one(sentences: Sentences, field: Field) -> None:
    Attested(sentences, WORDS, SPELLINGS, WEIGHTS, TAKEN).label_by(field, 1.0)
    once = sentences.labels.copy()
    halves = [*WEIGHTS[:-1], 0.5, 0.5]
    Attested(sentences, [*WORDS, 2], [*SPELLINGS, "b"], halves, [*TAKEN, TAKEN[-1]]).label_by(field, 1.0)
    assert sentences.labels == pytest.approx(once, abs=1e-6)
