"""The best Latin spelling of many words at once, under the parameters of one language.

Each unit has a score for each of its chunks: the sum of the weights of the windows around it that the model knows; neighbouring chunks
have a transition score. The best path through a word is found by the algorithm of Viterbi, for all words of a batch step by step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.features import keys_of, places_of
from upbeat.authenticity.transliteration.model_file import (
    CHOICES,
    CHUNK_BYTES,
    NO_CHUNK,
    SLOT_BITS,
    Parameters,
    fingerprint_of,
    slot_of,
)
from upbeat.authenticity.transliteration.units import to_units

BATCH = 2048
IMPOSSIBLE = -10_000
_CHOICE_BITS = 3
Scores = NDArray[np.int32]


class Decoder:
    """Parameters laid out for look-ups.

    Attributes:
        digest: of the parameters.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.digest = parameters.digest()
        self._row_of_unit = parameters.row_of_unit()
        self._unit_rows = len(parameters.units) + 1
        self._feature_at = np.zeros(1 << SLOT_BITS, dtype=np.int32)
        self._feature_at[parameters.slots] = np.arange(1, len(parameters.slots) + 1)
        self._fingerprints = np.concatenate([np.zeros(1, np.uint16), parameters.fingerprints])
        nothing = np.zeros((1, CHOICES), np.int8)
        # Eight weights of one byte are fetched as one number of eight bytes.
        self._weights = np.concatenate([nothing, parameters.weights]).view(np.uint64)[:, 0]
        self._start = np.full((self._unit_rows, CHOICES), IMPOSSIBLE, dtype=np.int16)
        self._start[1:][parameters.chunks[:, :, 0] != NO_CHUNK] = 0
        self._start[0, 0] = 0
        self._pair_at = np.zeros(self._unit_rows**2, dtype=np.int32)
        self._pair_at[parameters.pairs] = np.arange(1, len(parameters.pairs) + 1)
        # The choice before is written into the lowest bits, so that one maximum finds score and choice.
        moves = np.concatenate([np.zeros((1, CHOICES, CHOICES), np.int32), parameters.transitions])
        self._moves = (moves << _CHOICE_BITS) + np.arange(CHOICES)[None, :, None].astype(np.int32)
        silent = np.zeros((1, CHOICES, CHUNK_BYTES), np.uint8)
        self._chunks = np.concatenate([silent, parameters.chunks]).reshape(-1, CHUNK_BYTES)

    def decode(self, words: Sequence[str]) -> list[str]:
        """The Latin spelling of each word; words are in NFC, not empty, and hold readable characters only."""
        found: list[str] = []
        for begin in range(0, len(words), BATCH):
            found += self._decode(list(words[begin : begin + BATCH]))
        return found

    def _decode(self, words: list[str]) -> list[str]:
        units, starts, lengths = to_units(words)
        rows = self._row_of_unit[units[places_of(starts, lengths)]]
        scores = self._start[rows]
        for keys in keys_of(units, starts, lengths):
            feature = self._feature_at[slot_of(keys)]
            feature[self._fingerprints[feature] != fingerprint_of(keys)] = 0
            scores += self._weights[feature].view(np.int8).reshape(-1, CHOICES)
        choices = self._best_path(scores.astype(np.int32), rows, lengths)
        return self._spell(rows, choices, lengths)

    def _best_path(
        self, scores: Scores, rows: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        order = np.argsort(-lengths, kind="stable")
        first = (np.cumsum(lengths) - lengths)[order]
        active = np.searchsorted(-lengths[order], -np.arange(int(lengths.max(initial=0))), side="left")
        pair = np.zeros(len(rows), dtype=np.int64)
        pair[1:] = self._pair_at[rows[:-1] * self._unit_rows + rows[1:]]
        came_from = np.zeros((len(rows), CHOICES), dtype=np.int8)
        for step, count in enumerate(active.tolist()[1:], start=1):
            here = first[:count] + step
            before = scores[here - 1]
            reached = ((before << _CHOICE_BITS)[:, :, None] + self._moves[pair[here]]).max(axis=1)
            came_from[here] = reached & (CHOICES - 1)
            scores[here] += reached >> _CHOICE_BITS
        return _walk_back(scores, came_from, first, active, lengths[order])

    def _spell(
        self, rows: NDArray[np.int64], choices: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> list[str]:
        letters = np.zeros((len(rows), CHUNK_BYTES + 1), dtype=np.uint8)
        letters[:, :CHUNK_BYTES] = self._chunks[rows * CHOICES + choices]
        letters[np.cumsum(lengths) - 1, CHUNK_BYTES] = ord("\n")
        return letters[letters > 0].tobytes().decode("ascii").split("\n")[:-1]


def _walk_back(
    scores: Scores,
    came_from: NDArray[np.int8],
    first: NDArray[np.int64],
    active: NDArray[np.int64],
    lengths: NDArray[np.int64],
) -> NDArray[np.int64]:
    choices = np.zeros(len(scores), dtype=np.int64)
    last = first + lengths - 1
    choices[last] = scores[last].argmax(axis=1)
    for step in range(len(active) - 1, 0, -1):
        here = first[: active[step]] + step
        choices[here - 1] = came_from[here, choices[here]]
    return choices
