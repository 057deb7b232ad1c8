"""What downstream is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What downstream is told. `key` names the fact: the same fact told twice has the same key."""

    kind: str
    key: str
    observed_at: datetime
    payload: dict[str, Any]
