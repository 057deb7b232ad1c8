"""What look-ups answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class Freshness(BaseModel):
    """When the source was asked, and whether it was for this request."""

    observed_at: datetime
    age_seconds: float = Field(description="Seconds since then.")
    cached: bool = Field(description="The answer was there already; no source was asked for this request.")


class Explanation(BaseModel):
    """Where a figure comes from."""

    formula: str = Field(description="`observed`: as the source told it.")
    source: str | None
    observed_at: datetime | None
    raw_object: str | None = Field(description="Where the raw answer is archived, `<key>#<line>`.")


class LookupAnswer(BaseModel):
    """A profile or post as it is stored now. `metrics` are its figures; one that the source does not tell is null."""

    data: dict[str, Any] = Field(
        examples=[{"platform": "INSTAGRAM", "profile_id": "787132", "handle": "natgeo", "is_verified": True}]
    )
    metrics: dict[str, int | None] = Field(examples=[{"followers": 283000000, "media_count": 31000}])
    freshness: Freshness
    explain: dict[str, Explanation] | None = None


class LookupTask(BaseModel):
    """A look-up that goes on: ask at `location` for its answer."""

    id: int
    status: str = Field(examples=["PENDING"])
    location: str = Field(examples=["/v1/lookups/4711"])


class LookupPending(BaseModel):
    """The answer is not there yet."""

    task: LookupTask
