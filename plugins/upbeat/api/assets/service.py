"""Reads assets from Postgres."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from upbeat.api.assets.schemas import AssetAnswer, AssetOut, AssetPage, Freshness
from upbeat.api.pages import decode_cursor, encode_cursor
from upbeat.api.problems import ProblemError
from upbeat.api.state import Connection
from upbeat.assets.served import asset_url
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("queries.sql"))
_AFTER = ("after_platform", "after_kind", "after_id")


async def list_assets(
    connection: Connection, settings: Settings, filters: Mapping[str, Any], cursor: str | None, limit: int
) -> AssetPage:
    """One page. Raises `ProblemError` 400 for a cursor of another request."""
    secret = settings.api_secret.get_secret_value()
    request = {"resource": "assets", **filters}
    after = decode_cursor(secret, request, cursor) if cursor else [None] * 3
    values = {**filters, **dict(zip(_AFTER, after, strict=True)), "limit": limit + 1}
    async with connection.cursor(row_factory=dict_row) as rows:
        found = await (await rows.execute(SQL["page"].encode(), values)).fetchall()
    data = [_told(settings, row) for row in found[:limit]]
    last = data[-1] if len(found) > limit else None
    following = (
        encode_cursor(secret, request, [last.platform.value, last.subject_kind, last.subject_id])
        if last
        else None
    )
    newest = max((one.observed_at for one in data), default=None)
    return AssetPage(data=data, next=following, freshness=Freshness(observed_at=newest))


async def one_asset(
    connection: Connection, settings: Settings, platform: str, subject_kind: str, subject_id: str
) -> AssetAnswer:
    """One asset. Raises `ProblemError` 404 where none was ever asked for."""
    values = {"platform": platform, "subject_kind": subject_kind, "subject_id": subject_id}
    async with connection.cursor(row_factory=dict_row) as rows:
        row = await (await rows.execute(SQL["one"].encode(), values)).fetchone()
    if row is None:
        raise ProblemError(
            404, "Not found", f"no {subject_kind} of {platform} {subject_id} was asked for yet"
        )
    told = _told(settings, row)
    return AssetAnswer(data=told, freshness=Freshness(observed_at=told.observed_at))


def _told(settings: Settings, row: dict[str, Any]) -> AssetOut:
    """Where it is served today: the base may be another one than when it was stored."""
    return AssetOut(url=asset_url(settings, row.pop("object_key")), **row)
