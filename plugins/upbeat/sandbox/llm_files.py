"""The files of the language model's APIs: what was uploaded, and what batches wrote. They end with the process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from upbeat.sandbox.llm_errors import ApiError, invalid
from upbeat.sandbox.upstream import Answer, Request, json_answer

PURPOSES = frozenset({"batch", "assistants", "fine-tune", "vision", "user_data", "evals"})
DEFAULT_PAGE, MAX_PAGE = 10_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file. `size` is in bytes, `created_at` in Unix seconds; the content is read from `content`'s beginning."""

    id: str
    source: str
    filename: str
    purpose: str
    size: int
    created_at: int
    content: BinaryIO

    def body(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "object": "file",
            "id": self.id,
            "purpose": self.purpose,
            "filename": self.filename,
            "bytes": self.size,
            "created_at": self.created_at,
            "expires_at": None,
            "status": "processed",
            "status_details": None,
        }


class FileStore:
    """The files by id; each API sees its own."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._files: dict[str, StoredFile] = {}
        self._made = 0

    def add(
        self, source: str, filename: str, purpose: str, content: BinaryIO, size: int, now: float
    ) -> StoredFile:
        """Keep a file; it gets its id."""
        self._made += 1
        stored = StoredFile(
            id=f"file-{self.process}{self._made:08d}",
            source=source,
            filename=filename,
            purpose=purpose,
            size=size,
            created_at=int(now),
            content=content,
        )
        self._files[stored.id] = stored
        return stored

    def get(self, source: str, id: str) -> StoredFile:
        """A file. Raises `ApiError` (404) for one that is not there."""
        stored = self._files.get(id)
        if stored is None or stored.source != source:
            raise ApiError(404, f"No such File object: {id}", param="id")
        return stored

    def delete(self, source: str, id: str) -> None:
        """Forget a file; a batch that reads it goes on. Raises `ApiError` (404) for one that is not there."""
        del self._files[self.get(source, id).id]

    def listed(self, source: str) -> list[StoredFile]:
        """The files of an API, newest first."""
        return [stored for stored in reversed(self._files.values()) if stored.source == source]

    def clear(self) -> None:
        """Forget all."""
        self._files.clear()


def page_of(items: Sequence[Any], request: Request, default: int, most: int) -> Answer:
    """A page of objects that have `id` and `body()`: `limit` of them behind the one with the id `after`."""
    text = request.query.get("limit", str(default))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= most:
        raise invalid(
            f"Invalid 'limit': must be an integer from 1 to {most}, but got {text!r} instead.", "limit"
        )
    after = request.query.get("after")
    ids = [item.id for item in items]
    if after is not None and after not in ids:
        raise invalid(f"No such object: {after}", "after")
    start = ids.index(after) + 1 if after is not None else 0
    shown = items[start : start + int(text)]
    return json_answer(
        {
            "object": "list",
            "data": [item.body() for item in shown],
            "first_id": shown[0].id if shown else None,
            "last_id": shown[-1].id if shown else None,
            "has_more": start + int(text) < len(items),
        }
    )


def upload(files: FileStore, source: str, request: Request, now: float) -> Answer:
    """`POST /files`: keep the form's file. Raises `ApiError` for a form without one, and for an unknown purpose."""
    form = request.upload
    if form is None or form.file is None:
        raise invalid("Missing required parameter: 'file'.", "file", "missing_required_parameter")
    purpose = form.fields.get("purpose")
    if purpose is None:
        raise invalid("Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter")
    if purpose not in PURPOSES:
        supported = ", ".join(f"'{name}'" for name in sorted(PURPOSES))
        raise invalid(
            f"Invalid value: '{purpose}'. Supported values are: {supported}.", "purpose", "invalid_value"
        )
    if purpose == "batch" and not form.filename.endswith(".jsonl"):
        raise invalid(
            "Invalid file format. Batch API only supports .jsonl files.", "file", "invalid_file_format"
        )
    if form.size == 0:
        raise invalid("File is empty.", "file", "empty_file")
    return json_answer(files.add(source, form.filename, purpose, form.file, form.size, now).body())


def answer_files(
    files: FileStore, source: str, request: Request, id: str | None, is_content: bool, now: float
) -> Answer | None:
    """The answer to one operation on `/files`; None for a method that is none."""
    if id is None:
        if request.method == "POST":
            return upload(files, source, request, now)
        if request.method != "GET":
            return None
        purpose = request.query.get("purpose")
        wanted = [stored for stored in files.listed(source) if purpose in (None, stored.purpose)]
        if request.query.get("order") == "asc":
            wanted.reverse()
        return page_of(wanted, request, DEFAULT_PAGE, MAX_PAGE)
    stored = files.get(source, id)
    if is_content:
        is_read = request.method == "GET"
        kind = (b"content-type", b"application/octet-stream")
        return Answer(200, b"", (kind,), file=stored.content) if is_read else None
    if request.method == "DELETE":
        files.delete(source, id)
        return json_answer({"object": "file", "deleted": True, "id": id})
    return json_answer(stored.body()) if request.method == "GET" else None


def lines_of(content: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with the place where each begins. Others may read it meanwhile: the place is kept here."""
    place = 0
    while line := line_at(content, place):
        yield place, line
        place += len(line)


def line_at(content: BinaryIO, place: int) -> bytes:
    """The line that begins at a place; empty at the end."""
    content.seek(place)
    return content.readline()
