"""Bodies as a stranger tries them: through `upbeat parse SOURCE KIND FILE`, with what must come out of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from upbeat.cli import main

OBSERVED = "2026-11-22T15:30:00Z"


@dataclass(frozen=True, slots=True)
class Reading:
    """A body that holds its kind. `records` are the fields that each record must have, `problems` all fields with a problem."""

    name: str
    source: str
    kind: str
    body: Any
    records: list[dict[str, Any]]
    problems: list[str] = field(default_factory=list)
    cursor: str | None = None
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A body that must be refused; `said` stands in the one line that says why."""

    name: str
    source: str
    kind: str
    body: Any
    said: str


Outcome = tuple[int, str, str]
"""Exit code, stdout, stderr."""
Run = Callable[[Reading | Refusal], None]
"""Runs the command on a case and looks at what comes out."""


def as_bytes(body: Any) -> bytes:
    """A body as a file holds it: bytes as they are, all else as JSON."""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def named(cases: Iterable[Reading | Refusal]) -> list[Any]:
    """The cases as parameters of a test, under their names."""
    return [pytest.param(case, id=f"{case.kind}: {case.name}") for case in cases]


@pytest.fixture
def parse_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command in this process."""

    def run(case: Reading | Refusal) -> None:
        file = tmp_path / "body.json"
        file.write_bytes(as_bytes(case.body))
        params = case.params if isinstance(case, Reading) else ()
        options = [part for param in params for part in ("--param", param)]
        arguments = [
            "upbeat",
            "parse",
            case.source,
            case.kind,
            str(file),
            "--observed-at",
            OBSERVED,
            *options,
        ]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        outcome = int(ended.value.code or 0), said.out, said.err
        if isinstance(case, Reading):
            check_reading(case, outcome)
        else:
            check_refusal(case, outcome)

    return run


def check_reading(case: Reading, outcome: Outcome) -> None:
    """One JSON object a line: these records, these problems, this cursor, and nothing else."""
    code, out, err = outcome
    assert (code, err) == (0, "")
    # Lines as any reader may part them: also at U+2028 and its like.
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(isinstance(line, dict) and line["type"] for line in lines)
    records = [line for line in lines if line["type"] not in ("problem", "cursor")]
    told = [
        {name: record.get(name) for name in wanted}
        for record, wanted in zip(records, case.records, strict=True)
    ]
    assert told == case.records
    assert [line["field"] for line in lines if line["type"] == "problem"] == case.problems
    assert [line["next_cursor"] for line in lines if line["type"] == "cursor"] == (
        [case.cursor] if case.cursor else []
    )


def check_refusal(case: Refusal, outcome: Outcome) -> None:
    """Exit code 2, one line, no record."""
    code, out, err = outcome
    assert (code, out) == (2, "")
    assert case.said in err
    assert len(err.splitlines()) == 1
