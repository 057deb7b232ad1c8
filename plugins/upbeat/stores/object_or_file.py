"""Reads what a run is told to read: `s3://bucket/key`, or a file of one folder of this machine.

Who may start a run need not be one who may read what this machine holds: settings, keys, other files.
"""

from __future__ import annotations

from pathlib import Path

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore

_S3 = "s3://"


def read_object_or_file(settings: Settings, place: str, folder: str) -> bytes:
    """The whole of it.

    Args:
        folder: files in it and below may be read, by their path in it or their whole path; empty: none.

    Raises:
        InputError: there is nothing, it cannot be read, or it lies elsewhere, wherever a link to it stands.
        StoreUnavailableError: S3 is away.
    """
    if not place.startswith(_S3):
        path = _inside(folder, place)
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(
                f"file={place or 'nothing'}: {error.strerror or error}: name a file, or s3://bucket/key"
            ) from error
    bucket, _, key = place.removeprefix(_S3).partition("/")
    try:
        return ObjectStore(settings, bucket).get(key)
    except ObjectMissingError as error:
        raise InputError(f"file={place}: there is no such object") from error


def _inside(folder: str, place: str) -> Path:
    if not folder:
        raise InputError(
            f"file={place or 'nothing'}: name s3://bucket/key; files are read where UPBEAT_AIRFLOW_IMPORT_FOLDER is set"
        )
    try:
        top = Path(folder).resolve()
        path = (top / place).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"file={place!r}: is no path: name a file, or s3://bucket/key") from error
    if not path.is_relative_to(top):
        raise InputError(
            f"file={place}: lies outside of UPBEAT_AIRFLOW_IMPORT_FOLDER: put it there, or in S3"
        )
    return path
