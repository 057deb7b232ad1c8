"""The raw archive: every upstream answer of a group in one S3 object, written before the group is committed.

Key: `raw/<platform>/<flow>/dt=YYYY-MM-DD/hour=HH/<uuid>.jsonl.gz` (UTC, hour of archiving); one JSON object per line:

    {"task": 17, "source": "lama", "kind": "profile", "url": "https://…", "params": {…}, "status": 200,
     "fetched_at": "2026-11-22T14:00:00+00:00", "encoding": "utf-8", "body": "…"}

`encoding` is `base64` for a body that is not UTF-8. A pointer is `<key>#<line>`, lines counted from 0.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from upbeat.ingestion.outcome import Outcome
from upbeat.records import PayloadKind, RawPayload
from upbeat.settings import Settings
from upbeat.stores.json_text import clean_text
from upbeat.stores.objects import ObjectStore

# Level 1 takes a third of the time of level 6 and gives objects about a fifth larger.
_GZIP_LEVEL = 1
_PROBE_KEY = "raw/probe"
LARGEST_OBJECT = 2**30
"""Bytes of an object without its compression. A group has a few MB; more is none of ours, and is not unpacked."""


def archive_prefix(platform: str, flow: str, at: datetime | None = None) -> str:
    """Where the raw answers of a flow lie, down to the hour of `at` when given."""
    prefix = f"raw/{platform.lower()}/{flow}/"
    return prefix if at is None else f"{prefix}dt={at:%Y-%m-%d}/hour={at:%H}/"


def encode_payload(task_id: int, payload: RawPayload) -> bytes:
    """One line of an archive object, without its line break."""
    try:
        encoding, body = "utf-8", payload.body.decode("utf-8")
    except UnicodeDecodeError:
        encoding, body = "base64", base64.b64encode(payload.body).decode("ascii")
    return orjson.dumps(
        {
            "task": task_id,
            "source": payload.source,
            "kind": payload.kind,
            "url": clean_text(payload.url),
            "params": {name: clean_text(str(value)) for name, value in payload.params.items()},
            "status": payload.status,
            "fetched_at": payload.fetched_at,
            "encoding": encoding,
            "body": body,
        }
    )


@dataclass(frozen=True, slots=True)
class ArchivedPayload:
    """One line of an archive object, read back."""

    pointer: str
    task_id: int
    payload: RawPayload


def decode_object(key: str, compressed: bytes) -> Iterator[ArchivedPayload]:
    """The payloads of one archive object, in order.

    Raises:
        ValueError: the object is not one that this module wrote.
    """
    try:
        if not compressed:
            raise EOFError("it is empty")
        with gzip.GzipFile(fileobj=io.BytesIO(compressed)) as file:
            whole = file.read(LARGEST_OBJECT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{key} is not a gzip file of raw payloads: {error}") from error
    if len(whole) > LARGEST_OBJECT:
        raise ValueError(f"{key} unpacks to more than {LARGEST_OBJECT:,} bytes")
    for number, line in enumerate(whole.splitlines()):
        yield ArchivedPayload(f"{key}#{number}", *_decode_line(key, number, line))


def _decode_line(key: str, number: int, line: bytes) -> tuple[int, RawPayload]:
    try:
        entry: dict[str, Any] = orjson.loads(line)
        body = entry["body"]
        return entry["task"], RawPayload(
            source=entry["source"],
            kind=PayloadKind(entry["kind"]),
            url=entry["url"],
            params=entry["params"],
            status=entry["status"],
            body=base64.b64decode(body) if entry["encoding"] == "base64" else body.encode("utf-8"),
            fetched_at=datetime.fromisoformat(entry["fetched_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{key} line {number} is not a raw payload: {error}") from error


class RawArchive:
    """Writes the raw answers of groups of outcomes, and reads them back."""

    def __init__(
        self, settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = ObjectStore(settings, settings.s3_raw_bucket)
        self._clock = clock

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Archive what was not yet, one object per flow, and set the pointers of the outcomes.

        Raises:
            StoreUnavailableError: S3 does not answer; what was archived before keeps its pointers.
        """
        groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            if outcome.payloads and not outcome.pointers:
                groups[(outcome.task.platform.value, outcome.task.flow)].append(outcome)
        for (platform, flow), group in groups.items():
            key = f"{archive_prefix(platform, flow, self._clock())}{uuid.uuid4().hex}.jsonl.gz"
            await asyncio.to_thread(self._put, key, group)
            line = 0
            for outcome in group:
                outcome.pointers = [f"{key}#{line + offset}" for offset in range(len(outcome.payloads))]
                line += len(outcome.payloads)

    async def probe(self) -> None:
        """Raise unless S3 takes an object: one that only answers, or lets itself be read, is of no use."""
        await asyncio.to_thread(self._store.put, _PROBE_KEY, b"")

    def ensure_bucket(self) -> None:
        """Create the bucket where it is missing."""
        self._store.create_bucket()

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys of archive objects below `prefix`, in order."""
        return (key for key in self._store.keys(prefix) if key.endswith(".jsonl.gz"))

    def read(self, key: str) -> list[ArchivedPayload]:
        """The payloads of one object. `ObjectMissingError` when it is gone, `ValueError` when it is damaged."""
        return list(decode_object(key, self._store.get(key)))

    def _put(self, key: str, group: Sequence[Outcome]) -> None:
        lines = (
            encode_payload(outcome.task.id, payload) for outcome in group for payload in outcome.payloads
        )
        self._store.put(key, gzip.compress(b"\n".join(lines), compresslevel=_GZIP_LEVEL, mtime=0))
