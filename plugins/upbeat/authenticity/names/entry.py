"""What the table says of one name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["male", "female"]

CLEAR_SHARE = 0.8
"""The share of one gender from which on a name counts as that gender's."""


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One name, as it was found.

    Attributes:
        token: the name in the table, lower-case ASCII letters.
        n_first: uses as a first or middle name in the sources.
        n_last: uses as a last name.
        gender: of nearly all (`CLEAR_SHARE`) who bear it; None where that is not known or both do.
        female_share: 0 to 1, of those whose gender the sources tell; None where they tell none.
        states: up to five states and territories where it is most used, the first the most.
        sources: where it comes from, as NOTICE names them.
        distance: edits between what was looked up and `token`, 0 or 1.
    """

    token: str
    n_first: int
    n_last: int
    gender: Gender | None
    female_share: float | None
    states: tuple[str, ...]
    sources: tuple[str, ...]
    distance: int = 0

    @property
    def uses(self) -> int:
        """As first and as last name together: what decides between two entries."""
        return self.n_first + self.n_last


def gender_of(female_share: float | None) -> Gender | None:
    """The gender that a share tells, if it does."""
    if female_share is None:
        return None
    if female_share >= CLEAR_SHARE:
        return "female"
    return "male" if female_share <= 1 - CLEAR_SHARE else None
