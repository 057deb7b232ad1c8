"""Which Latin letters belong to which unit: expectation maximisation over monotone alignments.

Each unit gives 0 to 3 Latin letters, all letters of the word in order (the model of Jiampojamarn, Kondrak and Sherif, 2007, with one unit
on the native side). Words of equal lengths are handled together, as arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.rules import chunk_by_rule
from upbeat.authenticity.transliteration.units import SLOT, UNIT_COUNT, to_units

MAX_CHUNK = 3
CHUNK_COUNT = 27**MAX_CHUNK
ROUNDS = 5
_BATCH = 20_000
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a native and a Latin word with weights, in the order in which they were given."""

    native: Sequence[str]
    latin: Sequence[str]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Group:
    """Pairs of `steps` units and `letters` letters.

    Attributes:
        rows: which pairs.
        units: [pair, step], places in `known`.
        chunks: [pair, letter, length]: number of the chunk that ends before this letter.
    """

    rows: NDArray[np.int64]
    units: NDArray[np.int64]
    chunks: NDArray[np.int64]
    weights: NDArray[np.float64]


def chunk_number(chunk: str) -> int:
    """A number below `CHUNK_COUNT` for up to three letters a to z; 0 for none."""
    number = 0
    for letter in chunk:
        number = number * 27 + ord(letter) - 96
    return number


def chunk_text(number: int) -> str:
    """The letters of `chunk_number`."""
    letters = ""
    while number:
        number, last = divmod(number, 27)
        letters = chr(96 + last) + letters
    return letters


class Aligner:
    """Probabilities of chunks by unit, estimated from pairs.

    Attributes:
        known: the units that occur, ascending.
        table: [place in `known`, chunk number]: probability of the chunk given the unit.
    """

    def __init__(self, pairs: Pairs) -> None:
        units, starts, lengths = to_units(list(pairs.native))
        self.known = np.unique(units[units > 0])
        place = np.zeros(UNIT_COUNT, dtype=np.int64)
        place[self.known] = np.arange(len(self.known))
        self._groups = list(_group(pairs, place[units], starts, lengths))
        self._pair_count = len(pairs.native)
        self.table = _first_guess(self.known)

    def estimate(self) -> None:
        """`ROUNDS` rounds of expectation maximisation."""
        for _ in range(ROUNDS):
            counts = np.zeros_like(self.table, dtype=np.float64)
            for group in self._groups:
                _add_expected(group, self.table, counts)
            counts /= counts.sum(axis=1, keepdims=True) + 1e-9
            self.table = (counts + 1e-9).astype(np.float32)

    def keep_best(self, count: int) -> None:
        """Let each unit have its `count` most probable chunks only."""
        lowest = np.partition(self.table, -count, axis=1)[:, -count, None]
        self.table = np.where((self.table >= lowest) & (self.table > 1e-5), self.table, np.float32(0))

    def best(self) -> list[NDArray[np.int64] | None]:
        """For each pair the chunk numbers of its most probable alignment; None where the table allows none."""
        found: list[NDArray[np.int64] | None] = [None] * self._pair_count
        for group in self._groups:
            for row, chunks in zip(group.rows.tolist(), _best(group, self.table), strict=True):
                if chunks[0] >= 0:
                    found[row] = chunks
        return found


def _group(
    pairs: Pairs, places: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Iterator[_Group]:
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row, (steps, latin) in enumerate(zip(lengths.tolist(), pairs.latin, strict=True)):
        if steps and latin and len(latin) <= steps * MAX_CHUNK:
            members[steps, len(latin)].append(row)
    for (steps, _), all_rows in sorted(members.items()):
        for begin in range(0, len(all_rows), _BATCH):
            rows = np.array(all_rows[begin : begin + _BATCH])
            chunks = _chunks_before([pairs.latin[row] for row in rows.tolist()])
            yield _Group(rows, places[starts[rows, None] + np.arange(steps)], chunks, pairs.weights[rows])


def _chunks_before(words: list[str]) -> NDArray[np.int64]:
    """[word, letter 0 … n, length 0 … MAX_CHUNK]: the chunk of that length that ends before the letter; -1 where none fits."""
    letters = (
        np.frombuffer("".join(words).encode(), dtype=np.uint8).reshape(len(words), -1).astype(np.int64) - 96
    )
    count = letters.shape[1]
    chunks = np.full((len(words), count + 1, MAX_CHUNK + 1), -1, dtype=np.int64)
    chunks[:, :, 0] = 0
    for length in range(1, min(MAX_CHUNK, count) + 1):
        number = np.zeros((len(words), count - length + 1), dtype=np.int64)
        for offset in range(length):
            number = number * 27 + letters[:, offset : count - length + 1 + offset]
        chunks[:, length:, length] = number
    return chunks


def _first_guess(known: NDArray[np.uint16]) -> Floats:
    """Chunks like the rule's are probable; the same consonant first is more likely than another."""
    table = np.full((len(known), CHUNK_COUNT), 1e-4, dtype=np.float32)
    vowels = [chunk_number(chunk) for chunk in ("a", "e", "i", "o", "u", "aa", "ee", "oo", "ou", "au", "ai")]
    for place, unit in enumerate(known.tolist()):
        rule = chunk_by_rule(unit)
        if rule:
            number = chunk_number(rule[:MAX_CHUNK])
            first = chunk_number(rule[0])
            table[place, first * 27 : first * 27 + 27] = 1e-2
            table[place, first] = 0.1
            table[place, number] = 1.0
        if not rule or rule[0] in "aeiou":
            table[place, vowels] += 0.05
        table[place, 0] = 0.4 if unit == SLOT else 0.05
    return table / table.sum(axis=1, keepdims=True)


def _chances(group: _Group, table: Floats, step: int) -> NDArray[np.float64]:
    """[pair, letter, length]: of the chunk that ends before the letter, from the unit at `step`."""
    found = table[group.units[:, step, None, None], group.chunks].astype(np.float64)
    found[group.chunks < 0] = 0.0
    return found


def _add_expected(group: _Group, table: Floats, counts: NDArray[np.float64]) -> None:
    pairs, steps = group.units.shape
    letters = group.chunks.shape[1] - 1
    chances = [_chances(group, table, step) for step in range(steps)]
    before = np.zeros((steps + 1, pairs, letters + 1))
    before[0, :, 0] = 1.0
    after = np.zeros((steps + 1, pairs, letters + 1))
    after[steps, :, letters] = 1.0
    for step in range(steps):
        for length in range(min(MAX_CHUNK, letters) + 1):
            stop = letters + 1 - length
            before[step + 1, :, length:] += before[step, :, :stop] * chances[step][:, length:, length]
    for step in reversed(range(steps)):
        for length in range(min(MAX_CHUNK, letters) + 1):
            stop = letters + 1 - length
            after[step, :, :stop] += after[step + 1, :, length:] * chances[step][:, length:, length]
    flat = counts.reshape(-1)
    whole = before[steps, :, letters]
    scale = np.where(whole > 1e-250, group.weights / np.maximum(whole, 1e-250), 0.0)[:, None]
    for step in range(steps):
        for length in range(min(MAX_CHUNK, letters) + 1):
            stop = letters + 1 - length
            share = (
                before[step, :, :stop]
                * chances[step][:, length:, length]
                * after[step + 1, :, length:]
                * scale
            )
            places = group.units[:, step, None] * CHUNK_COUNT + group.chunks[:, length:, length]
            np.add.at(flat, places.ravel(), share.ravel())


def _best(group: _Group, table: Floats) -> NDArray[np.int64]:
    pairs, steps = group.units.shape
    letters = group.chunks.shape[1] - 1
    score = np.full((pairs, letters + 1), -np.inf)
    score[:, 0] = 0.0
    taken = np.zeros((steps, pairs, letters + 1), dtype=np.int64)
    for step in range(steps):
        with np.errstate(divide="ignore"):
            chances = np.log(_chances(group, table, step))
        options = np.full((MAX_CHUNK + 1, pairs, letters + 1), -np.inf)
        for length in range(min(MAX_CHUNK, letters) + 1):
            options[length, :, length:] = score[:, : letters + 1 - length] + chances[:, length:, length]
        taken[step] = options.argmax(axis=0)
        score = options.max(axis=0)
    found = np.zeros((pairs, steps), dtype=np.int64)
    place = np.full(pairs, letters)
    everyone = np.arange(pairs)
    for step in reversed(range(steps)):
        length = taken[step, everyone, place]
        found[:, step] = group.chunks[everyone, place, length]
        place = place - length
    found[np.isinf(score[:, letters])] = -1
    return found
