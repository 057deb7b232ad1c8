"""Compares the rows of a mart with those that a recomputation expects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

SHOWN = 12


def differences(
    actual: Iterable[Mapping[str, Any]], key: tuple[str, ...], expected: Mapping[Any, Mapping[str, Any]]
) -> list[str]:
    """One line per row or value that differs (the first dozen); a key twice, too. Columns that are not expected are not looked at."""
    rows = list(actual)
    found = {tuple(row[name] for name in key): row for row in rows}
    lines = ["a key twice"] if len(found) != len(rows) else []
    lines += [f"{k}: missing" for k in expected.keys() - found.keys()]
    lines += [f"{k}: not expected" for k in found.keys() - expected.keys()]
    for k in found.keys() & expected.keys():
        for name, value in expected[k].items():
            wanted = pytest.approx(value, rel=1e-6, abs=1e-9) if isinstance(value, float) else value
            if found[k][name] != wanted:
                lines.append(f"{k}.{name}: {found[k][name]} instead of {value}")
    return lines[:SHOWN]
