"""A picture or film of a profile, post or story, and where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from upbeat.records.facts import Fact

SubjectKind = Literal["profile_picture", "post_media", "story_media", "thumbnail"]
"""What an asset is of its subject."""
AssetStatus = Literal["stored", "gone", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Fact):
    """What the last attempt to keep one asset gave. What an earlier one stored stays named when a later one fails.

    Attributes:
        subject_id: of the profile, post or story.
        source_url_hash: hexadecimal SHA-256 of the address without its signature.
        status: `gone` when nobody has it any more, `failed` when it may not be kept.
        object_key: in the bucket of assets.
        cdn_url: where it is served; a path of the API without a CDN.
        checksum: hexadecimal SHA-256 of the content.
        width: pixels; None where the format does not tell at its beginning.
        height: likewise.
        source_expires_at: when the address that it was fetched from ends, where the address says so.
        source: who told the address.
    """

    kind: ClassVar[str] = "asset"

    subject_kind: SubjectKind
    subject_id: str
    source_url_hash: str
    profile_id: str | None = None
    status: AssetStatus
    object_key: str | None = None
    cdn_url: str | None = None
    content_type: str | None = None
    size_bytes: int | None = None
    checksum: str | None = None
    width: int | None = None
    height: int | None = None
    source_expires_at: datetime | None = None
    error: str | None = None
