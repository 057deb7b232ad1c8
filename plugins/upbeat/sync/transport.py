"""Second step of a publish: how the staged file gets to Postgres. Here it is streamed: S3 -> COPY FROM STDIN."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

import psycopg
from psycopg import sql

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.sync.staged import StagedFile, StagedPlace, read_manifest


class Transport(Protocol):
    """A way from S3 into a table. Both steps raise `StoreUnavailableError` when S3 is away."""

    def fetch(self, settings: Settings, staged: StagedFile) -> None:
        """Bring the file to where `copy_into` reads it, and refuse one that is not what its manifest says."""

    def copy_into(
        self,
        settings: Settings,
        connection: psycopg.Connection[Any],
        table: sql.Identifier,
        staged: StagedFile,
    ) -> None:
        """Load the file's rows into the table, frozen, in the connection's transaction."""


class StreamTransport:
    """Reads from S3 and writes to COPY FROM STDIN in chunks: no disk, little memory, no access to the host."""

    def fetch(self, settings: Settings, staged: StagedFile) -> None:
        """See `Transport`: nothing is brought; that the file is there and has its size is looked at."""
        try:
            size = ObjectStore(settings, staged["bucket"]).size(staged["key"])
        except ObjectMissingError as error:
            raise VerificationError(
                f"{_name(staged)} is gone; export it again: upbeat sync {staged['plan']}"
            ) from error
        if size != staged["bytes"]:
            raise VerificationError(
                f"{_name(staged)} has {size} bytes, its manifest says {staged['bytes']}; export it again"
            )

    def copy_into(
        self,
        settings: Settings,
        connection: psycopg.Connection[Any],
        table: sql.Identifier,
        staged: StagedFile,
    ) -> None:
        """See `Transport`. The bytes are held against the manifest's SHA-256 while they pass."""
        columns = sql.SQL(", ").join(map(sql.Identifier, staged["columns"]))
        # FREEZE is no optimisation: without it a reader whose snapshot is older than the load would find the table
        # empty after the swap. (The table is made in this transaction, as FREEZE demands.)
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT text, ENCODING 'UTF8', FREEZE)")
        digest = hashlib.sha256()
        try:
            with connection.cursor().copy(statement.format(table, columns)) as copy:
                for chunk in ObjectStore(settings, staged["bucket"]).chunks(staged["key"]):
                    digest.update(chunk)
                    copy.write(chunk)
        except ObjectMissingError as error:
            raise VerificationError(f"{_name(staged)} is gone; export it again") from error
        if digest.hexdigest() != staged["sha256"]:
            raise VerificationError(f"{_name(staged)} is not what its manifest says; export it again")


def download_from_s3(
    settings: Settings, staged: Mapping[str, Any], transport: Transport | None = None
) -> StagedFile:
    """Bring the staged file to where Postgres reads it, and hold it against its manifest.

    Raises:
        VerificationError: the file or its manifest is gone, or another export took its place.
        StoreUnavailableError: S3 is away.
    """
    told = cast(StagedFile, dict(staged))
    written = read_manifest(settings, StagedPlace.holding(told), told["plan"])
    if written["sha256"] != told["sha256"]:
        raise VerificationError(
            f"{_name(told)} was overwritten by another export of its run; start again from it"
        )
    (transport or StreamTransport()).fetch(settings, written)
    return written


def _name(staged: StagedFile) -> str:
    return f"{staged['plan']}: s3://{staged['bucket']}/{staged['key']}"
