"""The API under schemathesis: requests made of its OpenAPI, valid and invalid ones, against a real process on real stores.

A finding is a contradiction between the description and an answer, or a 5xx. The seed is fixed: the same code is asked the same.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.api_fleet import ApiProcess
from tests.child_process import ChildProcess
from tests.collection_run import collection_run
from tests.integration.api.published_tables import publish

from upbeat.api.published.catalogue import RESOURCES
from upbeat.embedded.ports import free_ports
from upbeat.settings import Settings

SEED = 20261126
PHASES = ("examples", "coverage", "fuzzing", "stateful")
_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
_FINDINGS = re.compile(r"^  ❌ (ST\d+ .+)$", re.M)
_CASES = re.compile(r"^  ([\d,]+) generated", re.M)
_OPERATIONS = re.compile(r"^  Tested: (\d+)$", re.M)


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What a run found: `findings` has a line for each kind, with how many; `report` is schemathesis' own text."""

    findings: list[str]
    cases: int
    operations: int
    report: str


@contextmanager
def api_with_a_row_of_everything(settings: Settings) -> Iterator[ApiProcess]:
    """A process of the API whose published tables have a row each, and whose sources are the sandbox's, with their credentials."""
    plans = {resource.plan_name: resource.columns for resource in RESOURCES.values()}
    for name, columns in plans.items():
        publish(settings, name, [{"platform": "INSTAGRAM"} if "platform" in columns else {}])
    with collection_run(settings) as run:
        run.add_credentials()
        changes = {"api_lookup_seconds": 0.3, "limit_handle": "1000/s", "limit_global_minute": "100000/min"}
        api = ApiProcess(run.settings.model_copy(update=changes), free_ports(1)[0], patient=True)
        api.start()
        try:
            yield api
        finally:
            api.kill()


def fuzz(
    api: ApiProcess, key: str, *, examples: int, seconds: float, phases: Sequence[str] = PHASES
) -> Fuzzed:
    """Send what schemathesis makes up.

    Args:
        examples: most cases of one operation in each phase that makes them up at random.
        seconds: after these it hangs, and is ended.

    Raises:
        AssertionError: it ended before it had asked anything.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATION), "run"),
        f"{api.url}/v1/openapi.json",
        *("--header", f"X-API-Key: {key}", "--seed", str(SEED), "--max-examples", str(examples)),
        *("--phases", ",".join(phases)),
    ]
    process = ChildProcess(command, os.environ | {"NO_COLOR": "1", "COLUMNS": "200"})
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    cases, operations = _CASES.search(out), _OPERATIONS.search(out)
    assert cases is not None, out[-2000:] + err[-2000:]
    assert operations is not None
    findings = _FINDINGS.findall(out)
    assert bool(findings) == bool(process.returncode), out[-5000:]
    return Fuzzed(findings, int(cases[1].replace(",", "")), int(operations[1]), out)
