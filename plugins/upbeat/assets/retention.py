"""Assets are not kept for ever: what nobody has used for long goes, and then the objects that no asset names.

An object's row says that it is not there before it is deleted, and is deleted with it under a lock: a stop at any point leaves a
row that says less than there is, and the next run goes on with it. The rules of writing stand in `bucket.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import UNAVAILABLE, connect

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class PrunedAssets:
    """What was not used since `before`: assets, and the objects that no other asset names; `deleted` tells whether they are gone."""

    before: datetime
    assets: int
    objects: int
    bytes: int
    deleted: bool


def prune_assets(settings: Settings, before: datetime, *, delete: bool) -> PrunedAssets:
    """Count, or delete, what was not used since a time. A stop loses nothing, and the next call goes on.

    Raises:
        StoreUnavailableError: Postgres or S3 is away.
    """
    try:
        with connect(settings, autocommit=True, application="upbeat:prune") as connection:
            if not delete:
                row: Any = connection.execute(_SQL["count_unused"].encode(), {"before": before}).fetchone()
                return PrunedAssets(before, row["assets"], row["objects"], row["bytes"], deleted=False)
            connection.execute(_SQL["forget_claims"].encode())
            assets = _delete_rows(connection, before)
            store = ObjectStore(settings, settings.s3_assets_bucket)
            objects, size = _delete_objects(connection, store, before)
    except UNAVAILABLE as error:
        line = (str(error) or type(error).__name__).splitlines()[0]
        raise StoreUnavailableError(f"Postgres did not go on: {line}") from error
    return PrunedAssets(before, assets, objects, size, deleted=True)


def _delete_rows(connection: psycopg.Connection[Any], before: datetime) -> int:
    deleted = 0
    bounds = {"before": before, "most": _MOST}
    while gone := connection.execute(_SQL["delete_unused"].encode(), bounds).rowcount:
        deleted += gone
    return deleted


def _delete_objects(
    connection: psycopg.Connection[Any], store: ObjectStore, before: datetime
) -> tuple[int, int]:
    """How many objects are gone, and their bytes."""
    objects = size = 0
    after = ""
    while rows := connection.execute(
        _SQL["give_up"].encode(), {"before": before, "after": after, "most": _MOST}
    ).fetchall():
        for row in rows:
            if _delete_object(connection, store, row["object_key"], before):
                objects += 1
                size += row["size_bytes"]
        after = max(row["object_key"] for row in rows)
    return objects, size


def _delete_object(
    connection: psycopg.Connection[Any], store: ObjectStore, key: str, before: datetime
) -> bool:
    """Whether it is gone: a task may have begun to use it meanwhile."""
    with connection.transaction():
        values = {"object_key": key, "before": before}
        if connection.execute(_SQL["forget"].encode(), values).fetchone() is None:
            return False
        store.delete(key)
    return True
