"""How the staged file gets to Postgres. Here it is streamed: S3 -> COPY FROM STDIN."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import psycopg
from psycopg import sql

from upbeat.errors import VerificationError
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.sync.compressed import copy_chunks
from upbeat.sync.staged import StagedFile


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
    ) -> int:
        """Load the file's rows into the table, frozen, in the connection's transaction. Returns how many."""

    def forget(self, settings: Settings, staged: StagedFile) -> None:
        """The file is published: drop what `fetch` brought. The one in S3 stays."""


class StreamTransport:
    """Reads from S3 and writes to COPY FROM STDIN in chunks: no disk, little memory, no access to the host."""

    def fetch(self, settings: Settings, staged: StagedFile) -> None:
        """See `Transport`: nothing is brought; that the file is there and has its size is looked at."""
        refuse_missing(settings, staged)

    def copy_into(
        self,
        settings: Settings,
        connection: psycopg.Connection[Any],
        table: sql.Identifier,
        staged: StagedFile,
    ) -> int:
        """See `Transport`. The bytes are held against the manifest's SHA-256 while they pass."""
        digest = hashlib.sha256()
        chunks = _hashed(ObjectStore(settings, staged["bucket"]).chunks(staged["key"]), digest)
        cursor = connection.cursor()
        try:
            with cursor.copy(copy_statement(table, staged, sql.SQL("STDIN"))) as copy:
                failpoint("sync_in_copy")
                for chunk in copy_chunks(chunks) if staged["format"] == "binary" else chunks:
                    copy.write(chunk)
        except ObjectMissingError as error:
            raise VerificationError(f"{named(staged)} is gone; export it again") from error
        except psycopg.errors.BadCopyFileFormat as error:
            raise VerificationError(
                f"{named(staged)} is not what its manifest says; export it again"
            ) from error
        if digest.hexdigest() != staged["sha256"]:
            raise VerificationError(f"{named(staged)} is not what its manifest says; export it again")
        return cursor.rowcount

    def forget(self, settings: Settings, staged: StagedFile) -> None:
        """See `Transport`: nothing was brought."""


def copy_statement(table: sql.Identifier, staged: StagedFile, source: sql.Composable) -> sql.Composed:
    """COPY of a staged file into a table that the same transaction made."""
    columns = sql.SQL(", ").join(map(sql.Identifier, staged["columns"]))
    encoding = "" if staged["format"] == "binary" else ", ENCODING 'UTF8'"
    # FREEZE is no optimisation: without it a reader whose snapshot is older than the load would find the table
    # empty after the swap.
    return sql.SQL("COPY {} ({}) FROM {} (FORMAT {}{}, FREEZE)").format(
        table, columns, source, sql.SQL(staged["format"]), sql.SQL(encoding)
    )


def _hashed(chunks: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def refuse_missing(settings: Settings, staged: StagedFile) -> None:
    """Refuse a staged file that is gone, or of another size than its manifest says.

    Raises:
        VerificationError: so it is.
    """
    try:
        size = ObjectStore(settings, staged["bucket"]).size(staged["key"])
    except ObjectMissingError as error:
        raise VerificationError(
            f"{named(staged)} is gone; export it again: upbeat sync {staged['plan']}"
        ) from error
    if size != staged["bytes"]:
        raise VerificationError(
            f"{named(staged)} has {size} bytes, its manifest says {staged['bytes']}; export it again"
        )


def named(staged: StagedFile) -> str:
    """The file, for messages."""
    return f"{staged['plan']}: s3://{staged['bucket']}/{staged['key']}"
