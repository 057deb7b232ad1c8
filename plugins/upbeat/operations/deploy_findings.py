"""What a check before a release has to say: a line each, of one of three kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["problem", "change", "note"]
NOTHING_TO_DO, PROBLEMS, CHANGES = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem`: the release must not go on; `change`: the release will do it; `note`: good to know."""

    part: str
    kind: Kind
    what: str
    detail: dict[str, Any] = field(default_factory=dict)


def exit_code(findings: list[Finding]) -> int:
    """1 with a problem, else 3 with a change, else 0. (2 is every command's code for input that cannot be used.)"""
    kinds = {finding.kind for finding in findings}
    if "problem" in kinds:
        return PROBLEMS
    return CHANGES if "change" in kinds else NOTHING_TO_DO
