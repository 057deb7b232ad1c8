"""Reads what a run is told to read: `s3://bucket/key`, or a file of one folder of this machine.

Who may start a run need not be one who may read what this machine holds: settings, keys, other files.
"""

from __future__ import annotations

from errno import ENOENT
from pathlib import Path

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore

_S3 = "s3://"
LARGEST_BYTES = 256 * 2**20
"""What is read is held whole in memory, and more than once while it is parsed: an export of old figures has some MB."""


def read_object_or_file(settings: Settings, place: str, folder: str) -> bytes:
    """The whole of it.

    Args:
        folder: files in it and below may be read, by their path in it or their whole path; empty: none.

    Raises:
        InputError: there is nothing, it cannot be read, it is too large, or it lies elsewhere, wherever a link to it stands.
        StoreUnavailableError: S3 is away.
    """
    if not place.startswith(_S3):
        path = _inside(folder, place)
        try:
            if not path.is_file():  # a pipe or device in its place may never end
                raise FileNotFoundError(ENOENT, "is no file")
            _require_size(place, path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            raise InputError(
                f"file={place or 'nothing'}: {error.strerror or error}: name a file, or s3://bucket/key"
            ) from error
    bucket, _, key = place.removeprefix(_S3).partition("/")
    store = ObjectStore(settings, bucket)
    try:
        _require_size(place, store.size(key))
        return store.get(key)
    except ObjectMissingError as error:
        raise InputError(f"file={place}: there is no such object") from error


def _require_size(place: str, size: int) -> None:
    if size > LARGEST_BYTES:
        raise InputError(
            f"file={place}: has {size:,} bytes, more than {LARGEST_BYTES:,}: split it into several files"
        )


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
