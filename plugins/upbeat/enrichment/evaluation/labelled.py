"""The file of labelled rows: JSON lines, each a creator's public text and what is true of it. A bad line costs itself alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from upbeat.enrichment.evaluation.fields import FIELDS
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt_files import FOLDER
from upbeat.enrichment.question import Subject
from upbeat.errors import InputError
from upbeat.records import Platform

SHIPPED = FOLDER / "labelled"
PLATFORMS = (Platform.INSTAGRAM, Platform.YOUTUBE)
_KNOWN = {"platform", "handle", "biography", "captions", "labels", "note"}
_LABELS = {rule.name for rules in FIELDS.values() for rule in rules}


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """`labels` are in the form that is compared, of some or all of the kind's fields."""

    line: int
    subject: Subject
    labels: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """The good rows of a file, and what is wrong with the others: `line 7: labels.gender: must be …`; nothing of a row is quoted.

    Attributes:
        sha256: of the file's bytes, hexadecimal.
    """

    path: Path
    sha256: str
    rows: tuple[LabelledRow, ...]
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name and hash, under which evaluations are kept: `base_gender.jsonl sha256:0123456789abcdef`."""
        return f"{self.path.name} sha256:{self.sha256[:16]}"


def shipped_file(kind: Kind) -> Path:
    """The small set of made-up people that ships."""
    return SHIPPED / f"{kind}.jsonl"


def read_labelled(path: Path, kind: Kind) -> LabelledFile:
    """Read the rows that have a label of the kind.

    Raises:
        InputError: the file cannot be read, or no row of it can be used.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}): name a file of labelled rows"
        ) from error
    rows: dict[tuple[str, str], LabelledRow] = {}
    problems = []
    for line, text in _lines(content):
        try:
            row = read_row(line, text, kind)
            key = (row.subject.platform.value, row.subject.handle.casefold())
            if key in rows:
                raise ValueError(f"the same account as line {rows[key].line}")
            rows[key] = row
        except ValueError as error:
            problems.append(f"line {line}: {error}")
    if not rows:
        first = problems[0] if problems else "it is empty"
        raise InputError(f"{path}: no row can be used for {kind}: {first}")
    return LabelledFile(path, hashlib.sha256(content).hexdigest(), tuple(rows.values()), tuple(problems))


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, text in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if text.strip():
            yield number, text


def read_row(line: int, text: bytes, kind: Kind) -> LabelledRow:
    """One line of a file. Raises `ValueError` with what is wrong, and quotes nothing of it."""
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("is no JSON") from None
    if not isinstance(row, dict):
        raise ValueError("must be an object")
    if set(row) - _KNOWN:
        raise ValueError(f"has a key that there is not: there is {', '.join(sorted(_KNOWN))}")
    return LabelledRow(line, _subject(row), _labels(row.get("labels"), kind))


def _subject(row: Mapping[str, Any]) -> Subject:
    platform = str(row.get("platform", "INSTAGRAM")).upper()
    if platform not in PLATFORMS:
        raise ValueError(f"platform: must be {' or '.join(PLATFORMS)}")
    handle, biography = row.get("handle"), row.get("biography")
    captions = row.get("captions") or []
    if not isinstance(handle, str) or not handle.strip():
        raise ValueError("handle: must be a text")
    if biography is not None and not isinstance(biography, str):
        raise ValueError("biography: must be a text or null")
    if not isinstance(captions, list) or not all(isinstance(caption, str) for caption in captions):
        raise ValueError("captions: must be a list of texts")
    return Subject(
        platform=Platform(platform),
        profile_id=handle.strip(),
        handle=handle.strip(),
        biography=biography,
        captions=tuple(captions),
    )


def _labels(stated: Any, kind: Kind) -> dict[str, Any]:
    if not isinstance(stated, dict):
        raise ValueError("labels: must be an object")
    if set(stated) - _LABELS:
        raise ValueError(f"labels: has a field that no kind has: there is {', '.join(sorted(_LABELS))}")
    found = {}
    for rule in FIELDS[kind]:
        if rule.name in stated:
            try:
                found[rule.name] = rule.plain(stated[rule.name])
            except ValueError as error:
                raise ValueError(f"labels.{rule.name}: {error}") from None
    if not found:
        raise ValueError(f"labels: must have one of {', '.join(rule.name for rule in FIELDS[kind])}")
    return found
