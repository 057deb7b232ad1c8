"""Parameters of a language from word lists: a linear-chain conditional random field, fitted by stochastic gradient descent.

The label of a unit is its Latin chunk (`alignment`), its features are the windows around it (`features`), and neighbouring labels have
transition weights by the two units (Lafferty, McCallum and Pereira, 2001; steps of Adagrad: Duchi, Hazan and Singer, 2011). A word with several
attested spellings counts with each of them, by its share of the attestations or as `attested` says. After the fit over all frequent features the most
useful ones are kept, fitted on, and rounded to a byte.

The same lists give the same parameters: what is random has a fixed seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.alignment import MAX_CHUNK, Aligner, Pairs, chunk_text
from upbeat.authenticity.transliteration.attested import Attested
from upbeat.authenticity.transliteration.corpora import Corpus
from upbeat.authenticity.transliteration.features import keys_of, places_of
from upbeat.authenticity.transliteration.field import Field, Sentences
from upbeat.authenticity.transliteration.model_file import (
    CHOICES,
    CHUNK_BYTES,
    NO_CHUNK,
    Parameters,
    fingerprint_of,
    slot_of,
)
from upbeat.authenticity.transliteration.recipe import COMMON, Recipe
from upbeat.authenticity.transliteration.rules import chunk_by_rule
from upbeat.authenticity.transliteration.units import (
    FINAL_VIRAMA,
    FIRST,
    NUKTA_SHIFT,
    READABLE,
    SLOT,
    UNIT_COUNT,
    character_of,
    to_units,
    unit_of,
)

MIN_COUNT = 5
MIN_PAIRS = 10
KEPT = 50_000
ROUNDS, RATE = 4, 0.5
ROUNDS_AFTER, RATE_AFTER = 3, 0.1
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Labelled:
    """All units of the training words.

    Attributes:
        sentences: units, choices and their weights, as the field takes them.
        attested: the spellings that the weights come from.
        keys: of each template, the key of each unit.
        units: the known units.
        chunks: as in `Parameters`.
    """

    sentences: Sentences
    attested: Attested
    keys: list[NDArray[np.uint64]]
    units: NDArray[np.uint16]
    chunks: NDArray[np.uint8]


def train(
    corpora: Sequence[Corpus],
    say: Say,
    *,
    kept: int = KEPT,
    recipe: Recipe = COMMON,
) -> Parameters:
    """Fit a model to all words of `corpora`: leave out beforehand what it shall not see."""
    labelled = _label(_pairs(corpora, recipe.corpus_weights), say)
    vocabulary = _frequent(labelled.keys)
    field = Field(labelled.sentences, _features(labelled.keys, vocabulary))
    for number in range(ROUNDS):
        if number > 0 and recipe.tolerance is not None:
            labelled.attested.label_by(field, recipe.tolerance)
        wrong = field.fit(number, rate=RATE, lasso=recipe.lasso)
        say(
            f"round {number + 1} of {ROUNDS}: {len(vocabulary):,} features, {wrong:.2%} of the chunks expected wrong"
        )
        # What the penalty holds at nothing after a round seldom comes back.
        vocabulary = vocabulary[field.keep(np.flatnonzero(field.weights.any(axis=1)))]
    vocabulary = vocabulary[field.keep(_most_useful(vocabulary, field, kept))]
    field.forget_steps()
    for number in range(ROUNDS_AFTER):
        if recipe.tolerance is not None:
            labelled.attested.label_by(field, recipe.tolerance)
        wrong = field.fit(ROUNDS + number, rate=RATE_AFTER)
        say(f"{len(vocabulary):,} features, {wrong:.2%} of the chunks expected wrong")
    return _rounded(labelled, vocabulary, field)


def _pairs(corpora: Sequence[Corpus], weights: Mapping[str, float]) -> Pairs:
    native, latin, shares = [], [], []
    for corpus in corpora:
        for word, references in corpus.references.items():
            total = sum(references.values())
            for spelling, attested in references.items():
                native.append(word)
                latin.append(spelling)
                shares.append(weights.get(corpus.name, 1.0) * attested / total)
    return Pairs(native, latin, np.array(shares))


def _label(pairs: Pairs, say: Say) -> _Labelled:
    aligner = Aligner(pairs)
    aligner.estimate()
    aligner.keep_best(CHOICES)
    alignments = aligner.best()
    reached = sum(
        float(weight) for weight, chunks in zip(pairs.weights, alignments, strict=True) if chunks is not None
    )
    say(f"{len(pairs.native):,} pairs, {reached / pairs.weights.sum():.1%} of them aligned")
    choices = np.argsort(-aligner.table, axis=1, kind="stable")[:, :CHOICES]
    exists = np.take_along_axis(aligner.table, choices, axis=1) > 0
    words = sorted(set(pairs.native))
    units, starts, lengths = to_units(words)
    row_of_unit = np.zeros(UNIT_COUNT, dtype=np.int64)
    row_of_unit[aligner.known] = np.arange(len(aligner.known))
    rows = row_of_unit[units[places_of(starts, lengths)]]
    sentences = Sentences.of(rows, lengths, exists, MIN_PAIRS)
    attested = _attested(sentences, pairs, words, choices, alignments)
    attested.label()
    return _Labelled(
        sentences,
        attested,
        list(keys_of(units, starts, lengths)),
        aligner.known,
        _chunk_bytes(choices, exists),
    )


def _attested(
    sentences: Sentences,
    pairs: Pairs,
    words: Sequence[str],
    choices: NDArray[np.int64],
    alignments: Sequence[NDArray[np.int64] | None],
) -> Attested:
    """The spellings that could be aligned."""
    number = {word: place for place, word in enumerate(words)}
    aligned = [
        (number[native], latin, weight, sentences.choices_of(number[native], choices, chunks))
        for native, latin, weight, chunks in zip(
            pairs.native, pairs.latin, pairs.weights.tolist(), alignments, strict=True
        )
        if chunks is not None
    ]
    return Attested(sentences, *zip(*aligned, strict=True))


def _chunk_bytes(choices: NDArray[np.int64], exists: NDArray[np.bool_]) -> NDArray[np.uint8]:
    found = np.zeros((*choices.shape, MAX_CHUNK), dtype=np.uint8)
    for place in np.ndindex(choices.shape):
        letters = chunk_text(int(choices[place])).encode()
        found[place][: len(letters)] = list(letters)
    found[~exists] = NO_CHUNK
    return found


def _frequent(keys: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    found = []
    for of_template in keys:
        values, counts = np.unique(of_template, return_counts=True)
        found.append(values[counts >= MIN_COUNT])
    return np.unique(np.concatenate(found))


def _features(keys: list[NDArray[np.uint64]], vocabulary: NDArray[np.uint64]) -> Any:
    """The units by the features of `vocabulary` that they have, a sparse matrix of ones."""
    from scipy.sparse import csr_matrix

    unit_rows, columns = [], []
    for of_template in keys:
        place = np.minimum(np.searchsorted(vocabulary, of_template), len(vocabulary) - 1)
        known = np.flatnonzero(vocabulary[place] == of_template)
        unit_rows.append(known)
        columns.append(place[known])
    rows, all_columns = np.concatenate(unit_rows), np.concatenate(columns)
    shape = (len(keys[0]), len(vocabulary))
    return csr_matrix((np.ones(len(rows), np.float32), (rows, all_columns)), shape=shape)


def _most_useful(vocabulary: NDArray[np.uint64], field: Field, kept: int) -> NDArray[np.int64]:
    """Which features to keep, ascending: those that move scores most, of each slot of the table the best one."""
    spread = field.weights - field.weights.mean(axis=1, keepdims=True)
    usefulness = np.sqrt(field.feature_counts()) * np.linalg.norm(spread, axis=1)
    order = np.argsort(-usefulness, kind="stable")
    _, firsts = np.unique(slot_of(vocabulary[order]), return_index=True)
    return np.sort(order[np.sort(firsts)[:kept]])


def _rounded(labelled: _Labelled, vocabulary: NDArray[np.uint64], field: Field) -> Parameters:
    largest = float(np.quantile(np.abs(field.weights).max(axis=1), 0.999))
    scale = 127 / max(largest, 1e-6)

    def rounded(values: NDArray[np.float32]) -> NDArray[np.int8]:
        return np.clip(np.rint(values * scale), -127, 127).astype(np.int8)

    units, chunks = _with_rare_units(labelled)
    pairs, kinds = labelled.sentences.pairs, len(labelled.units)
    pair_rows = (pairs // kinds + 1) * (len(units) + 1) + pairs % kinds + 1  # rows of a model begin at 1
    order = np.argsort(slot_of(vocabulary))
    return Parameters(
        units=units,
        chunks=chunks,
        slots=slot_of(vocabulary)[order].astype(np.uint32),
        fingerprints=fingerprint_of(vocabulary)[order],
        weights=rounded(field.weights)[order],
        pairs=pair_rows.astype(np.uint32),
        transitions=rounded(field.transitions[1:]),
    )


def _with_rare_units(labelled: _Labelled) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Also the letters of the same script that no training word has, each with the one chunk of the rule mapping."""
    known = set(labelled.units.tolist())
    characters = {character_of(unit) for unit in known} - {""}
    script = Counter(ord(character) & ~0x7F for character in characters).most_common(1)[0][0]
    plain = [unit_of(character) for character in READABLE if ord(character) & ~0x7F == script]
    marked = [
        unit + NUKTA_SHIFT for unit in plain if 0x15 <= (unit + FIRST - 1) % 0x80 <= 0x39 and script >= 0x0900
    ]
    rare = [unit for unit in [*plain, *marked, SLOT, FINAL_VIRAMA] if unit not in known]
    chunks = np.full((len(rare), CHOICES, CHUNK_BYTES), NO_CHUNK, dtype=np.uint8)
    for place, unit in enumerate(rare):
        chunks[place, 0] = list(chunk_by_rule(unit)[:CHUNK_BYTES].encode().ljust(CHUNK_BYTES, b"\0"))
    return np.append(labelled.units, np.array(rare, np.uint16)), np.concatenate([labelled.chunks, chunks])
