"""Draws that depend on what they are about and on nothing else: the same in every process, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def number(*about: str) -> int:
    """A 64-bit number that depends on `about` alone."""
    return int.from_bytes(
        blake2b("\x1f".join(about).encode("utf-8", "replace"), digest_size=8).digest(), "big"
    )


def share(*about: str) -> float:
    """Evenly spread over 0 to below 1."""
    return number(*about) / 2**64


def choice(options: Sequence[T], *about: str) -> T:
    """One of the options, each as likely."""
    return options[number(*about) % len(options)]


def weighted(options: Sequence[tuple[T, float]], *about: str) -> T:
    """One of the options, as likely as its weight."""
    left = share(*about) * sum(weight for _, weight in options)
    for option, weight in options:
        left -= weight
        if left < 0:
            return option
    return options[-1][0]


def shares(weights: Sequence[float], digits: int = 3) -> list[float]:
    """The weights as shares of `digits` decimals that sum to 1; what rounding leaves over goes to the largest."""
    total, unit = sum(weights), 10**digits
    units = [round(weight / total * unit) for weight in weights]
    units[units.index(max(units))] += unit - sum(units)
    return [round(amount / unit, digits) for amount in units]
