"""What the API says of assets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from upbeat.records import AssetStatus, Platform, SubjectKind

SubjectId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The id of the profile, post, story or video.")
]


class AssetOut(BaseModel):
    """One picture or film. What an earlier attempt stored stays served when a later one fails."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "platform": "INSTAGRAM",
                    "subject_kind": "profile_picture",
                    "subject_id": "787132",
                    "profile_id": "787132",
                    "status": "stored",
                    "url": "/assets/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.jpg",
                    "content_type": "image/jpeg",
                    "size_bytes": 4211,
                    "checksum": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "width": 112,
                    "height": 112,
                    "error": None,
                    "source": "graphapi",
                    "observed_at": "2026-11-22T12:00:00Z",
                }
            ]
        }
    )

    platform: Platform
    subject_kind: SubjectKind
    subject_id: str
    profile_id: str | None
    status: AssetStatus = Field(
        description="Of the last attempt: `gone` upstream, or `failed` for the reason in `error`."
    )
    url: str | None = Field(description="Where it is served; another content has another address.")
    content_type: str | None
    size_bytes: int | None
    checksum: str | None = Field(description="SHA-256 of the content.")
    width: int | None = Field(description="Pixels; null where the format does not tell at its beginning.")
    height: int | None
    error: str | None
    source: str = Field(description="Who told the address that it was fetched from.")
    observed_at: datetime = Field(description="When it was last fetched, or tried.")


class Freshness(BaseModel):
    """How old the answer is."""

    observed_at: datetime | None = Field(description="Of the newest row of the answer.")


class AssetPage(BaseModel):
    """One page; `next` is null on the last one."""

    data: list[AssetOut]
    next: str | None
    freshness: Freshness


class AssetAnswer(BaseModel):
    """One asset."""

    data: AssetOut
    freshness: Freshness
