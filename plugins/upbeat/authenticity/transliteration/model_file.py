"""The trained parameters of one language and the file that holds them.

A file is a line of JSON (what it holds, in which order) and the arrays' bytes, little-endian, uncompressed: reading it is a
matter of a millisecond. The same parameters give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upbeat.authenticity.transliteration.features import Keys
from upbeat.authenticity.transliteration.units import UNIT_COUNT
from upbeat.errors import InputError

CHOICES = 8
"""Latin chunks that a unit may have."""
CHUNK_BYTES = 3
NO_CHUNK = 255
"""First byte of a choice that a unit with fewer chunks does not have."""
SLOT_BITS = 18
FORMAT = "upbeat transliteration 1"
_SLOT_SHIFT = np.uint64(64 - SLOT_BITS)
_PRINT_SHIFT = np.uint64(64 - SLOT_BITS - 16)
_NAMES = ("units", "chunks", "slots", "fingerprints", "weights", "pairs", "transitions")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What training found, in whole numbers of `1 / scale` (the scale itself does not matter for the best path).

    Attributes:
        units: the units that the model knows; a unit's row below is its place here plus 1, row 0 is any other unit.
        chunks: [unit, choice, letter]: ASCII of the chunk, filled up with 0, or `NO_CHUNK`.
        slots: where each feature stands in a table of `2 ** SLOT_BITS`, ascending, each at most once.
        fingerprints: 16 more bits of each feature's key, so that others are not taken for it.
        weights: [feature, choice].
        pairs: row of the unit before times the number of rows plus row of the unit, ascending: where `transitions` are known.
        transitions: [pair, choice before, choice].
    """

    units: NDArray[np.uint16]
    chunks: NDArray[np.uint8]
    slots: NDArray[np.uint32]
    fingerprints: NDArray[np.uint16]
    weights: NDArray[np.int8]
    pairs: NDArray[np.uint32]
    transitions: NDArray[np.int8]

    def row_of_unit(self) -> NDArray[np.int64]:
        """Row by unit; 0 for those that the model does not know."""
        rows = np.zeros(UNIT_COUNT, dtype=np.int64)
        rows[self.units] = np.arange(1, len(self.units) + 1)
        return rows

    def digest(self) -> str:
        """SHA-256 of what a file of these parameters holds: equal ones spell alike."""
        header, arrays = _stored(self)
        found = hashlib.sha256(header)
        for array in arrays:
            found.update(array)
        return found.hexdigest()


def slot_of(keys: Keys) -> NDArray[np.int64]:
    """The slot of each key: its topmost bits."""
    return (keys >> _SLOT_SHIFT).astype(np.int64)


def fingerprint_of(keys: Keys) -> NDArray[np.uint16]:
    """The 16 bits below the slot."""
    return (keys >> _PRINT_SHIFT).astype(np.uint16)


def write_parameters(path: Path, parameters: Parameters) -> None:
    """Write the file; an existing one is replaced in one step."""
    header, arrays = _stored(parameters)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(b"".join([header, *(array.tobytes() for array in arrays)]))
    unfinished.replace(path)


def _stored(parameters: Parameters) -> tuple[bytes, list[NDArray[Any]]]:
    """The first line of a file, and the arrays as they follow it."""
    arrays = [getattr(parameters, name) for name in _NAMES]
    stored = [np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for array in arrays]
    shapes = {name: [array.dtype.str, *array.shape] for name, array in zip(_NAMES, stored, strict=True)}
    header = json.dumps({"format": FORMAT, "arrays": shapes}, separators=(",", ":"))
    return header.encode() + b"\n", stored


def read_parameters(path: Path) -> Parameters:
    """Read the file; InputError when it is not there or is something else."""
    try:
        content = path.read_bytes()
        first, _, rest = content.partition(b"\n")
        header = json.loads(first)
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']}, not {FORMAT}")
        arrays = {}
        for name in _NAMES:
            dtype, *shape = header["arrays"][name]
            count = int(np.prod(shape))
            arrays[name] = np.frombuffer(rest, dtype, count).reshape(shape)
            rest = memoryview(rest)[count * np.dtype(dtype).itemsize :]
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}: `upbeat train transliteration` makes it"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no file of parameters ({error}): `upbeat train transliteration` makes it"
        ) from error
    return Parameters(**arrays)
