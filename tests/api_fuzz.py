"""The API under schemathesis: requests made of its OpenAPI, valid and invalid ones, against a real process on real stores.

What is found is a contradiction between the description and the answers, or a 5xx. The seed is fixed: the same code is asked the same.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.api_fleet import ApiProcess
from tests.child_process import ChildProcess

SEED = 20261126
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What a run found: `findings` are (check, operation) pairs, `report` is schemathesis' own text."""

    findings: list[tuple[str, str]]
    cases: int
    report: str


def fuzz(
    api: ApiProcess, key: str, folder: Path, *, examples: int, phases: Sequence[str], seconds: float, only: str = ""
) -> Fuzzed:
    """Send what schemathesis makes up.

    Args:
        examples: most cases of one operation in one phase.
        phases: of `examples`, `coverage`, `fuzzing`, `stateful`.
        seconds: after these the run has hung, and is ended.
        only: a pattern of paths.
    """
    report = folder / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"),
        f"{api.url}/v1/openapi.json",
        *("--header", f"X-API-Key: {key}", "--seed", str(SEED), "--max-examples", str(examples)),
        *("--phases", ",".join(phases), "--report", "json", "--report-json-path", str(report)),
        *(["--include-path-regex", only] if only else []),
    ]
    process = ChildProcess(command, os.environ | {"NO_COLOR": "1", "PYTHONWARNINGS": "ignore"})
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return out, err, report
