"""What a unit's surroundings are, as 64-bit keys: the windows around it that a model may know.

A key is a hash of a template's number and of the units it looks at; the same units in the same template give the same key on every
machine. Keys are made for all units of a batch at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.units import REACH, Units

Keys = NDArray[np.uint64]

TEMPLATES: tuple[tuple[int, ...], ...] = (
    (0,),
    (-1, 0),
    (0, 1),
    (-1, 0, 1),
    (-2, -1, 0),
    (0, 1, 2),
    (-2, -1, 0, 1),
    (-1, 0, 1, 2),
    (-2, -1, 0, 1, 2),
    (-3, -2, -1, 0),
    (0, 1, 2, 3),
    (-3, -2, -1, 0, 1),
    (-1, 0, 1, 2, 3),
    (-3, -2, -1, 0, 1, 2),
    (-2, -1, 0, 1, 2, 3),
    (-3, -2, -1, 0, 1, 2, 3),
    (-4, -3, -2, -1, 0),
    (0, 1, 2, 3, 4),
    (-2, 0),
    (0, 2),
    (-2, 0, 2),
)
"""Offsets of the units that a template looks at."""
PLACE_TEMPLATE = len(TEMPLATES)
TEMPLATE_COUNT = len(TEMPLATES) + 1
_FARTHEST = 7
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _constant(number: int) -> np.uint64:
    """The `number`-th value of the generator splitmix64, made odd."""
    state = (number + 1) * _GOLDEN & _MASK
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ state >> 27) * 0x94D049BB133111EB & _MASK
    return np.uint64((state ^ state >> 31) | 1)


_OF_OFFSET = [_constant(number) for number in range(2 * REACH + 1)]
_OF_TEMPLATE = [_constant(100 + number) for number in range(TEMPLATE_COUNT)]
_MIX = _constant(999)


def keys_of(units: Units, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Iterator[Keys]:
    """For each template the key of each unit of the words, in order."""
    places = places_of(starts, lengths)
    wide = units.astype(np.uint64)
    seen = [wide[places + offset - REACH] * _OF_OFFSET[offset] for offset in range(2 * REACH + 1)]
    for number, offsets in enumerate(TEMPLATES):
        key = seen[offsets[0] + REACH] + _OF_TEMPLATE[number]
        for offset in offsets[1:]:
            key += seen[offset + REACH]
        yield _mixed(key)
    from_start = places - np.repeat(starts, lengths)
    from_end = np.repeat(starts + lengths - 1, lengths) - places
    place = np.minimum(from_start, _FARTHEST) * 16 + np.minimum(from_end, _FARTHEST)
    yield _mixed(seen[REACH] + place.astype(np.uint64) * _OF_OFFSET[0] + _OF_TEMPLATE[PLACE_TEMPLATE])


def places_of(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the units of the words stand in the row of units."""
    before = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)


def _mixed(key: Keys) -> Keys:
    key ^= key >> np.uint64(32)
    key *= _MIX
    key ^= key >> np.uint64(29)
    return key
