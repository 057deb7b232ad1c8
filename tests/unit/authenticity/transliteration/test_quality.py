"""The shipped models on words that they have not seen, held against the published baselines."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbeat.authenticity.transliteration import Transliterator
from upbeat.authenticity.transliteration.corpora import Corpus, read_corpora
from upbeat.authenticity.transliteration.evaluation import judge

GAIN = 0.15
BASELINES = {
    "dakshina": {"hi": .34, "te": .65, "kn": .58, "gu": .64, "mr": .28, "pa": .38, "bn": .39, "ml": .16, "ta": .06},
    "aksharantar": {"hi": .26, "or": .20, "te": .39},
    "parlikar": {"hi": .45},
}  # fmt: skip
"""Exact match of the better of `anyascii` and a letter mapping. Hindi names are held to 0.60."""
CASES = [(corpus, language) for corpus, of_corpus in BASELINES.items() for language in of_corpus]


@pytest.mark.parametrize(("corpus", "language"), CASES)
def test_unseen_words_are_spelled_well_above_the_baseline(
    shared_data: Path, corpus: str, language: str
) -> None:
    (found,) = [
        each for each in read_corpora(shared_data / "transliteration", language) if each.name == corpus
    ]
    transliterator = Transliterator.load([language])
    (quality,) = judge(
        found.part("test"), language, {"model": lambda words: transliterator.to_latin(words, language)}
    )
    assert quality.words >= 500
    assert quality.exact >= BASELINES[corpus][language] + GAIN


def test_exact_match_takes_any_attested_spelling_and_errors_are_counted_to_the_nearest() -> None:
    corpus = Corpus("made_up", {"क": {"ka": 1.0, "k": 1.0}, "ख": {"kha": 1.0}, "ग": {"gaa": 2.0, "ga": 1.0}})
    (quality,) = judge(corpus, "hi", {"model": lambda words: ["k", "kh", "ga"]})
    assert (quality.words, quality.exact) == (3, pytest.approx(2 / 3))
    assert quality.character_errors == pytest.approx(1 / 6)
    assert quality.low < quality.exact < quality.high


def test_a_list_without_words_gives_no_row() -> None:
    assert judge(Corpus("made_up", {}), "hi", {"model": list}) == []
