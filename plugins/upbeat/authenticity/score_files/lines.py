"""What the readers of all forms give: one line each, usable or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an input as it was found, or why it is none.

    Attributes:
        number: where it begins in the file, counted from 1; in Parquet the number of the row.
        names: of its columns; the same object for all lines of a table.
        cells: one for each name.
        text: as it stands in the file, for the file of rejects, bytes that are no text as `surrogateescape` has them; empty
            where `cells` tell all of it.
        problem: why it cannot be read; None for a line that can.
        is_header: it has names alone and is no row.
    """

    number: int
    names: tuple[str, ...] = ()
    cells: Sequence[Any] = ()
    text: str = ""
    problem: str | None = None
    is_header: bool = False


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names of columns, those that stand there a second time with their number behind: `x`, `x_2`."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(told)
