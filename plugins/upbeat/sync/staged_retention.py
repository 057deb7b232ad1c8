"""Staged files do not stay for ever: those that were written long ago go, but for what a rollback or a reload may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectMissingError, ObjectStore, StoredObject
from upbeat.sync.runs import SQL
from upbeat.sync.staged import MANIFEST


@dataclass(frozen=True, slots=True)
class PrunedFiles:
    """How many runs' staged files were written before `before`, and their bytes; `deleted` tells whether they are gone."""

    before: datetime
    runs: int
    bytes: int
    deleted: bool


def prune_staged(settings: Settings, before: datetime, *, delete: bool) -> PrunedFiles:
    """Count, or delete, the files of runs that were staged before a time, complete or not.

    The files of the two newest published runs of each plan stay, however old: a rollback of a merge needs them. A stop loses
    nothing, and the next call goes on.

    Raises:
        StoreUnavailableError: Postgres or S3 is away.
    """
    store = ObjectStore(settings, settings.s3_sync_bucket)
    kept = _kept(settings)
    runs = size = 0
    try:
        for place, listed in groupby(store.objects(), key=lambda found: found.key.rpartition("/")[0]):
            # To its end, so that the next page is asked for while the last key of this one is there: some servers look for it.
            files = list(listed)
            if place in kept or max(file.written_at for file in files) >= before:
                continue
            runs, size = runs + 1, size + sum(file.size for file in files)
            if delete:
                _delete(store, files)
    except ObjectMissingError:
        pass  # without the bucket nothing was ever staged
    return PrunedFiles(before, runs, size, delete)


def _kept(settings: Settings) -> set[str]:
    """Folders within the bucket."""
    bucket = f"s3://{settings.s3_sync_bucket}/"
    with postgres.transaction(settings, application="upbeat:prune") as connection:
        rows = connection.execute(SQL["files_of_standing_runs"].encode()).fetchall()
    return {row["staged_object"].removeprefix(bucket).rpartition("/")[0] for row in rows}


def _delete(store: ObjectStore, files: list[StoredObject]) -> None:
    # The manifest first: without one a file is not complete, and nobody loads it.
    for file in sorted(files, key=lambda file: not file.key.endswith(f"/{MANIFEST}")):
        store.delete(file.key)
