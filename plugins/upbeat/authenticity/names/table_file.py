"""The form of `names.table`: one line that says what it is, then the columns, compressed.

    upbeat names 1 <SHA-256 of the payload>\\n
    xz( <length of the header, 4 bytes> <header: JSON> <tokens, by newlines> <words, by newlines> <columns, little-endian> )

Tokens stand best first (most uses, then by the alphabet), so that an entry's place is its rank. The same content is the same payload, whatever
xz made of it; the payload's hash is the table's version.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from upbeat.errors import InputError

_MAGIC = "upbeat names 1"
STATES_KEPT = 5
NONE = 255
"""In a column of bytes: not known, or no further state."""
_COLUMNS = (
    ("n_first", "<u4", 1),
    ("n_last", "<u4", 1),
    ("female", "u1", 1),
    ("states", "u1", STATES_KEPT),
    ("sources", "<u2", 1),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The table as it is stored, one place per entry.

    Attributes:
        tokens: best first.
        n_first: uint32.
        n_last: uint32.
        female: uint8, per cent of women among those who bear the name; `NONE` where not known.
        states: uint8, `STATES_KEPT` a row, places in `state_names`; `NONE` from where there are no more.
        sources: uint16, bit i for `source_names[i]`.
        words: common words that are one edit away from a name and are none.
        state_names: what `states` points to.
        source_names: what the bits of `sources` mean.
    """

    tokens: Sequence[str]
    n_first: np.ndarray
    n_last: np.ndarray
    female: np.ndarray
    states: np.ndarray
    sources: np.ndarray
    words: Sequence[str]
    state_names: Sequence[str]
    source_names: Sequence[str]


def encode(columns: Columns) -> bytes:
    """The file's bytes; the same for the same content."""
    payload = _payload(columns)
    head = f"{_MAGIC} {hashlib.sha256(payload).hexdigest()}\n".encode()
    return head + lzma.compress(payload)


def decode(content: bytes) -> tuple[Columns, str]:
    """The columns and the version (12 hexadecimal digits); ValueError for bytes that are none or damaged."""
    head, mark, compressed = content.partition(b"\n")
    magic, _, digest = head.decode("ascii", "replace").rpartition(" ")
    if not mark or magic != _MAGIC:
        raise ValueError("not a table of names")
    try:
        payload = lzma.decompress(compressed)
    except (lzma.LZMAError, EOFError) as error:
        raise ValueError("damaged") from error
    if hashlib.sha256(payload).hexdigest() != digest:
        raise ValueError("damaged: its content is not what its first line says")
    return _columns(payload), digest[:12]


def read(path: Path) -> tuple[Columns, str]:
    """As `decode`; InputError for a file that cannot be used."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}: make it with `upbeat train names`"
        ) from error
    except ValueError as error:
        raise InputError(f"{path}: {error}: make it anew with `upbeat train names`") from error


def _payload(columns: Columns) -> bytes:
    header = {
        "tokens": len(columns.tokens),
        "states": list(columns.state_names),
        "sources": list(columns.source_names),
    }
    texts = ["\n".join(column).encode("ascii") for column in (columns.tokens, columns.words)]
    header["bytes"] = [len(text) for text in texts]
    head = json.dumps(header, sort_keys=True).encode()
    arrays = [getattr(columns, name).astype(kind).tobytes() for name, kind, _ in _COLUMNS]
    return b"".join([len(head).to_bytes(4, "little"), head, *texts, *arrays])


def _columns(payload: bytes) -> Columns:
    start = 4 + int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4:start])
    texts = []
    for size in header["bytes"]:
        text = payload[start : start + size].decode("ascii")
        texts.append(text.split("\n") if text else [])
        start += size
    arrays = {}
    for name, kind, width in _COLUMNS:
        column = np.frombuffer(payload, kind, header["tokens"] * width, start)
        arrays[name] = column if width == 1 else column.reshape(-1, width)
        start += column.nbytes
    return Columns(
        tokens=texts[0],
        words=texts[1],
        state_names=header["states"],
        source_names=header["sources"],
        **arrays,
    )
