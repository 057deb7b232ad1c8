"""What people ask about assets: how many, the newest, those of one subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from upbeat.assets.served import asset_url
from upbeat.errors import InputError
from upbeat.records import AssetStatus, SubjectKind
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import transaction

_SQL = load_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """One asset; the fields are those of `upbeat.records.Asset`, but `cdn_url` is where it is served today."""

    platform: str
    subject_kind: str
    subject_id: str
    profile_id: str | None
    status: str
    object_key: str | None
    cdn_url: str | None
    content_type: str | None
    size_bytes: int | None
    checksum: str | None
    width: int | None
    height: int | None
    source_expires_at: datetime | None
    error: str | None
    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetCount:
    """How many assets of a kind there are by their status; `bytes` of the objects that they show."""

    platform: str
    subject_kind: str
    stored: int
    gone: int
    failed: int
    bytes: int


def count_assets(settings: Settings) -> list[AssetCount]:
    """By platform and kind."""
    with transaction(settings) as connection:
        return [AssetCount(**row) for row in connection.execute(_SQL["counts"].encode()).fetchall()]


def newest_assets(
    settings: Settings, *, status: str | None = None, kind: str | None = None, limit: int = 20
) -> list[AssetRow]:
    """The newest first. Raises `InputError` for a status or kind that there is not."""
    for name, value, known in (
        ("status", status, get_args(AssetStatus)),
        ("kind", kind, get_args(SubjectKind)),
    ):
        if value is not None and value not in known:
            raise InputError(f"{name}={value}: use one of {', '.join(known)}")
    values = {"status": status, "kind": kind, "limit": limit}
    with transaction(settings) as connection:
        rows = connection.execute(_SQL["newest"].encode(), values).fetchall()
    return [AssetRow(cdn_url=asset_url(settings, row["object_key"]), **row) for row in rows]


def assets_of(settings: Settings, subject_id: str) -> list[AssetRow]:
    """Those of one profile, post, story or video."""
    with transaction(settings) as connection:
        rows = connection.execute(_SQL["of_subject"].encode(), {"subject_id": subject_id}).fetchall()
    return [AssetRow(cdn_url=asset_url(settings, row["object_key"]), **row) for row in rows]
