"""The lines of the Batch API's files: requests as they come in, answers and errors as they go out.

A line that comes in: `{"custom_id", "method": "POST", "url", "body"}`. One that goes out: `{"id", "custom_id", "response": {"status_code",
"request_id", "body"}, "error"}`; answers of status 200 stand in the output file, all else in the error file, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

MAX_REQUESTS = 50_000
MAX_BYTES = 200 * 2**20
MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One line that is well-formed; its body need not be, and is read again when its turn comes: 200 MB of them do not stay in memory."""

    custom_id: str
    place: int


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line, or the whole file (`line` None), is no part of a batch."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None

    def body(self) -> dict[str, Any]:
        """As `errors.data` of a batch has it."""
        return {"code": self.code, "message": self.message, "param": self.param, "line": self.line}


def read_line(line: bytes, urls: frozenset[str]) -> str | tuple[str, str, str | None]:
    """The `custom_id` of a line; else code, message and parameter of what is wrong with it."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        return "invalid_json_line", "This line is not parseable as valid JSON.", None
    for name in ("custom_id", "method", "url", "body"):
        if name not in found:
            return "missing_required_parameter", f"Missing required parameter: '{name}'.", name
    if not isinstance(found["custom_id"], str) or not found["custom_id"]:
        return "invalid_type", "Invalid type for 'custom_id': expected a string.", "custom_id"
    if found["method"] != "POST":
        return "invalid_method", f"Invalid method '{found['method']}': only 'POST' is supported.", "method"
    if found["url"] not in urls:
        return "invalid_url", "The URL provided for this request does not match the batch endpoint.", "url"
    return found["custom_id"]


def read_requests(
    lines: Iterable[tuple[int, bytes]], urls: frozenset[str]
) -> Iterator[BatchRequest | LineProblem]:
    """Each line's request, or what is wrong: with the line, or with the file once more requests came than a batch takes."""
    seen: set[str] = set()
    for number, (place, line) in enumerate(lines, 1):
        if not line.strip():
            continue
        read = read_line(line, urls)
        if isinstance(read, tuple):
            code, message, param = read
            yield LineProblem(code, message, number, param)
        elif read in seen:
            text = f"The custom_id for this request is a duplicate of another request: {read[:64]}"
            yield LineProblem("duplicate_custom_id", text, number, "custom_id")
        elif len(seen) >= MAX_REQUESTS:
            text = f"The batch input file contains more requests than the limit of {MAX_REQUESTS}."
            yield LineProblem("too_many_tasks", text)
            return
        else:
            seen.add(read)
            yield BatchRequest(read, place)


def body_of(line: bytes) -> Any:
    """The body of a line that was read before."""
    return orjson.loads(line)["body"]


def answered_line(id: str, custom_id: str, status: int, request_id: str, body: Any) -> bytes:
    """A line of the output file, or of the error file when the status is not 200."""
    response = {"status_code": status, "request_id": request_id, "body": body}
    return orjson.dumps({"id": id, "custom_id": custom_id, "response": response, "error": None}) + b"\n"


def unanswered_line(id: str, custom_id: str, code: str, message: str) -> bytes:
    """A line of the error file for a request that was never executed."""
    error = {"code": code, "message": message}
    return orjson.dumps({"id": id, "custom_id": custom_id, "response": None, "error": error}) + b"\n"
