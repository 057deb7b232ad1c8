"""The staged file of one run in S3: its place, and the manifest that says what it holds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal, TypedDict, cast, get_args

import orjson

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore
from upbeat.sync.plan import Plan

MANIFEST = "manifest.json"
FileFormat = Literal["binary", "text", "json"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
_DATA_FILES: dict[FileFormat, str] = {
    "binary": "data.pgcopy.zst",
    "text": "data.tsv",
    "json": "data.jsonl",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


class StagedFile(TypedDict):
    """What one export wrote. Plain values, so that it travels between Airflow tasks; kept in S3 as the manifest.

    `rows` and `bytes` (as they lie in S3) are of the file; `source_updated_at` is the mart's newest `freshness` value,
    ISO 8601; `note` says why it has another format than the plan asks for.
    """

    plan: str
    run_id: str
    bucket: str
    key: str
    format: FileFormat
    note: str | None
    columns: list[str]
    rows: int
    bytes: int
    sha256: str
    source_updated_at: str | None
    exported_at: str


@dataclass(frozen=True, slots=True)
class StagedPlace:
    """Where the file of a plan's run lies: the same for every attempt of that run."""

    bucket: str
    folder: str

    @classmethod
    def of(cls, settings: Settings, plan: Plan, run_id: str) -> StagedPlace:
        """The place for a run id of any form (Airflow's hold `+` and `:`)."""
        safe = _UNSAFE.sub("_", run_id)[:120].lstrip(".") or "run"
        if safe != run_id:
            safe = f"{safe}-{hashlib.sha256(run_id.encode()).hexdigest()[:10]}"
        return cls(settings.s3_sync_bucket, f"{plan.name}/{safe}")

    @classmethod
    def holding(cls, staged: StagedFile) -> StagedPlace:
        """The place of a file that was staged."""
        return cls(staged["bucket"], staged["key"].rpartition("/")[0])

    def data_key(self, file_format: FileFormat) -> str:
        """Key of the data in this format."""
        return f"{self.folder}/{_DATA_FILES[file_format]}"

    @property
    def manifest_key(self) -> str:
        """Key of the manifest, written last: a file without one is not complete."""
        return f"{self.folder}/{MANIFEST}"


def write_manifest(settings: Settings, place: StagedPlace, staged: StagedFile) -> None:
    """Store the manifest beside the data. Raises StoreUnavailableError when S3 is away."""
    ObjectStore(settings, place.bucket).put(
        place.manifest_key, orjson.dumps(staged, option=orjson.OPT_INDENT_2)
    )


def read_manifest(settings: Settings, place: StagedPlace, plan_name: str) -> StagedFile:
    """What the export to this place wrote.

    Raises:
        VerificationError: nothing is staged there, or the export did not come to its end.
        StoreUnavailableError: S3 is away.
    """
    try:
        body = ObjectStore(settings, place.bucket).get(place.manifest_key)
    except ObjectMissingError as error:
        raise VerificationError(
            f"{plan_name}: there is no complete staged file at s3://{place.bucket}/{place.folder}; "
            f"export it again: upbeat sync {plan_name}"
        ) from error
    return cast(StagedFile, orjson.loads(body))
