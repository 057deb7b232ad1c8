"""Reads what a person names: `s3://bucket/key`, or a file of this machine."""

from __future__ import annotations

from pathlib import Path

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore

_S3 = "s3://"


def read_object_or_file(settings: Settings, place: str) -> bytes:
    """The whole of it.

    Raises:
        InputError: there is nothing, or it cannot be read.
        StoreUnavailableError: S3 is away.
    """
    if not place.startswith(_S3):
        try:
            return Path(place).read_bytes()
        except OSError as error:
            raise InputError(
                f"file={place or 'nothing'}: {error.strerror or error}: name a file, or s3://bucket/key"
            ) from error
    bucket, _, key = place.removeprefix(_S3).partition("/")
    try:
        return ObjectStore(settings, bucket).get(key)
    except ObjectMissingError as error:
        raise InputError(f"file={place}: there is no such object") from error
