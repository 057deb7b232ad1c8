"""What the letters of a handle tell, for whole columns of handles at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LONGEST = 64
"""Characters of a handle that are looked at; Instagram allows 30."""
ROWS_AT_ONCE = 8_192
"""Handles in one block: its arrays of 64 columns stay in the processor's caches."""

HANDLE_FEATURES = (
    "length", "digits", "separators", "vowel_share", "consonant_run", "entropy",
)  # fmt: skip


def _codes_in(characters: str) -> npt.NDArray[np.bool_]:
    """A table by ASCII code; what is not ASCII stands at 127, which is no printable character."""
    table = np.zeros(128, dtype=bool)
    table[[ord(character) for character in characters]] = True
    return table


_DIGIT = _codes_in("0123456789")
_SEPARATOR = _codes_in("._-")
_VOWEL = _codes_in("aeiou")
_CONSONANT = _codes_in("bcdfghjklmnpqrstvwxyz")
_LETTER_OR_DIGIT = _DIGIT | _VOWEL | _CONSONANT


def handle_features(handles: Sequence[str]) -> Floats:
    """One row a handle, one column for each of `HANDLE_FEATURES`.

    Length, digits, separators (`.`, `_`, `-`) and the longest run of consonants are counts of
    characters; vowel_share is the share of vowels among the letters a–z, 0 without letters; entropy is Shannon's, in bits a
    character, of the handle's own characters. Case does not count.
    """
    blocks = [_block(handles[start : start + ROWS_AT_ONCE]) for start in range(0, len(handles), ROWS_AT_ONCE)]
    return np.concatenate(blocks) if blocks else np.empty((0, len(HANDLE_FEATURES)))


def name_somebody(handles: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which handles have a letter or a digit, of any script, among their first `LONGEST` characters; emoji and signs are neither."""
    blocks = [_named(handles[start : start + ROWS_AT_ONCE]) for start in range(0, len(handles), ROWS_AT_ONCE)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=bool)


def _named(handles: Sequence[str]) -> npt.NDArray[np.bool_]:
    named = np.asarray(_LETTER_OR_DIGIT[np.minimum(_codes(handles), 127)].any(axis=1))
    for row in np.flatnonzero(~named).tolist():  # few: Instagram's own handles are ASCII
        named[row] = any(character.isalnum() for character in handles[row][:LONGEST])
    return named


def _codes(handles: Sequence[str]) -> npt.NDArray[np.uint32]:
    """One row a handle in lower case, one column a character; 0 beyond its end."""
    text = np.array([handle.lower()[:LONGEST] for handle in handles], dtype=f"U{LONGEST}")
    return text.view(np.uint32).reshape(len(handles), LONGEST)


def _block(handles: Sequence[str]) -> Floats:
    codes = _codes(handles)
    lengths = np.count_nonzero(codes, axis=1)
    ascii_codes = np.minimum(codes, 127)
    digit, vowel, consonant = _DIGIT[ascii_codes], _VOWEL[ascii_codes], _CONSONANT[ascii_codes]
    vowels = vowel.sum(axis=1)
    letters = vowels + consonant.sum(axis=1)
    columns = [
        lengths,
        digit.sum(axis=1),
        _SEPARATOR[ascii_codes].sum(axis=1),
        vowels / np.maximum(letters, 1),
        _longest_run(consonant),
        _entropy(codes, lengths),
    ]
    return np.stack([column.astype(np.float64) for column in columns], axis=1)


def _longest_run(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    run = np.zeros(len(marks), dtype=np.int64)
    longest = run.copy()
    for column in marks.T:
        run = (run + 1) * column
        np.maximum(longest, run, out=longest)
    return longest


def _entropy(codes: npt.NDArray[np.uint32], lengths: npt.NDArray[np.intp]) -> Floats:
    """log2(n) − Σ c·log2(c) / n over the counts c of n characters.

    In a sorted row the k-th repetition of a character adds k·log2(k) − (k−1)·log2(k−1): the sum telescopes to c·log2(c).
    """
    ordered = np.sort(codes, axis=1)
    repeated = np.zeros(len(codes), dtype=np.int64)
    total = np.zeros(len(codes))
    steps = np.arange(LONGEST + 1, dtype=np.float64)
    grown = steps * np.log2(np.maximum(steps, 1))
    gains = np.diff(grown, prepend=0.0)
    previous = np.zeros(len(codes), dtype=codes.dtype)
    for column in ordered.T:
        repeated = np.where(column == previous, repeated + 1, 1)
        total += np.where(column == 0, 0.0, gains[repeated])
        previous = column
    size = np.maximum(lengths, 1)
    return np.asarray(np.log2(size) - total / size)
