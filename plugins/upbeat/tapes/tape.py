"""The tape's file: JSON lines.

    {"tape": 1, "flow": "instagram.profile_by_handle", "params": [{"handle": "natgeo"}], "recorded_at": "…", "upstream": "live",
     "from_archive": false, "settings": {"graph_api_version": "v15.0", …, "chain": ["graphapi", …]}}
    {"run": 0, "source": "graphapi", "kind": "profile", "method": "GET", "url": "https://…", "params": {…}, "json": null, "status": 200,
     "headers": {"x-app-usage": "…"}, "fetched_at": "…", "encoding": "utf-8", "body": "…"}
    {"run": 0, "result": {"source": "graphapi", "error": null, "attempts": [["graphapi", "ok"]], "picks": […], "records": […]}}

A run is the flow for one of `params`. `url` has the real API's host, wherever the request went. A request that got no answer has
`error` (`class`, `message`, `retry_after`, …) instead of `status`. `headers` are those that a crawler may look at.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from upbeat.errors import InputError
from upbeat.stores.json_text import encode_json

VERSION = 1


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and its answer, or the error that came instead of one."""

    run: int
    source: str
    kind: str
    method: str
    url: str
    params: Mapping[str, str]
    json: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: datetime | None = None
    body: bytes = b""
    error: dict[str, Any] | None = None

    def line(self) -> dict[str, Any]:
        """The exchange as the file has it."""
        asked = {
            "run": self.run,
            "source": self.source,
            "kind": self.kind,
            "method": self.method,
            "url": self.url,
            "params": dict(self.params),
            "json": self.json,
        }
        if self.error is not None:
            return {**asked, "error": self.error}
        try:
            encoding, body = "utf-8", self.body.decode()
        except UnicodeDecodeError:
            encoding, body = "base64", base64.b64encode(self.body).decode()
        return {
            **asked,
            "status": self.status,
            "headers": dict(self.headers),
            "fetched_at": self.fetched_at,
            "encoding": encoding,
            "body": body,
        }

    def name(self) -> str:
        """The request in a message."""
        return f"{self.source} {self.method} {self.url}"


@dataclass(slots=True, kw_only=True)
class RunResult:
    """How a run ended. `records` are the lines of `upbeat parse`, `attempts` pairs of source and outcome.

    `picks` are the credentials in the order in which they were taken: `source` with `user_id`, or with `none`, the reason why
    there was none.
    """

    source: str | None = None
    error: str | None = None
    attempts: list[list[str]] = field(default_factory=list)
    picks: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        """The result as the file has it."""
        return {
            "source": self.source,
            "error": self.error,
            "attempts": self.attempts,
            "picks": self.picks,
            "records": self.records,
        }


@dataclass(slots=True, kw_only=True)
class Tape:
    """A whole tape; `results[i]` belongs to `params[i]`."""

    flow: str
    params: list[dict[str, Any]]
    recorded_at: datetime
    upstream: str
    settings: dict[str, Any] = field(default_factory=dict)
    from_archive: bool = False
    exchanges: list[Exchange] = field(default_factory=list)
    results: list[RunResult] = field(default_factory=list)

    def of_run(self, run: int) -> list[Exchange]:
        """The exchanges of one run, in order."""
        return [exchange for exchange in self.exchanges if exchange.run == run]

    def lines(self) -> Iterator[dict[str, Any]]:
        """The file's lines."""
        yield {
            "tape": VERSION,
            "flow": self.flow,
            "params": self.params,
            "recorded_at": self.recorded_at,
            "upstream": self.upstream,
            "from_archive": self.from_archive,
            "settings": self.settings,
        }
        for run, result in enumerate(self.results):
            yield from (exchange.line() for exchange in self.of_run(run))
            yield {"run": run, "result": result.line()}

    def text(self) -> str:
        """The file."""
        return "".join(f"{encode_json(line)}\n" for line in self.lines())


def read_tape(path: Path) -> Tape:
    """The tape in a file. Raises `InputError` that names the line which is none of a tape's."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not lines:
        raise InputError(f"{path}: is empty: `upbeat tape record` makes a tape")
    number = 1
    try:
        tape = _header(orjson.loads(lines[0]), path)
        for line in lines[1:]:
            number += 1
            entry = orjson.loads(line)
            if "result" in entry:
                tape.results.append(RunResult(**entry["result"]))
            else:
                tape.exchanges.append(_exchange(entry))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: line {number} is none of a tape's ({error})") from error
    if len(tape.results) != len(tape.params):
        raise InputError(f"{path}: holds {len(tape.results)} of {len(tape.params)} runs: it was cut off")
    return tape


def _header(entry: dict[str, Any], path: Path) -> Tape:
    if entry["tape"] != VERSION:
        raise InputError(f"{path}: a tape of version {entry['tape']}; this reads version {VERSION}")
    return Tape(
        flow=entry["flow"],
        params=list(entry["params"]),
        recorded_at=datetime.fromisoformat(entry["recorded_at"]),
        upstream=entry["upstream"],
        settings=dict(entry["settings"]),
        from_archive=entry["from_archive"],
    )


def _exchange(entry: dict[str, Any]) -> Exchange:
    asked = {name: entry[name] for name in ("run", "source", "kind", "method", "url", "params", "json")}
    if "error" in entry:
        return Exchange(**asked, error=dict(entry["error"]))
    body = entry["body"]
    return Exchange(
        **asked,
        status=int(entry["status"]),
        headers=dict(entry["headers"]),
        fetched_at=datetime.fromisoformat(entry["fetched_at"]),
        body=base64.b64decode(body) if entry["encoding"] == "base64" else body.encode(),
    )
