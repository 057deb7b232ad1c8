"""What a figure may claim. Only a real model's figures may stand beside those of the old system."""

from __future__ import annotations

from dataclasses import dataclass

from upbeat.enrichment.kinds import Kind

SANDBOX_CLAIM = "measured against the sandbox: says nothing about a real model"
LIVE_CLAIM = "measured with a real model"


@dataclass(frozen=True, slots=True)
class OldFigure:
    """What the old system reached: share of `accounts` known accounts on which `field` was right."""

    field: str
    accuracy: float
    accounts: int


OLD_FIGURES: dict[Kind, OldFigure] = {
    "base_gender": OldFigure("gender", 0.85, 500),
    "base_location": OldFigure("country", 0.70, 500),
}
"""Of the specification (A7). It says "location", which is taken as the country."""


def claim(*, is_sandbox: bool) -> str:
    """The line that goes wherever a figure goes."""
    return SANDBOX_CLAIM if is_sandbox else LIVE_CLAIM
