"""Health check of a container: exit code 0 when it is well. `healthcheck.py URL`, with `--part scheduler` for one part in the answer of
Airflow's `/api/v2/monitor/health`, with `--metric NAME` for a metric that must be 1; `healthcheck.py --processes N` where nothing is served.

Nothing of Upbeat is imported: it runs every few seconds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> str | None:
    """None when all is well, else what is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--part")
    parser.add_argument("--metric")
    parser.add_argument("--processes", type=int)
    asked = parser.parse_args()
    if asked.processes is not None:
        return _too_few_processes(asked.processes)
    if not (asked.url or "").startswith(("http://", "https://")):
        return "needs a URL http://…, or --processes"
    try:
        with urllib.request.urlopen(asked.url, timeout=4) as answer:  # noqa: S310 (checked above)
            body = answer.read(1_000_000).decode()
    except (OSError, urllib.error.URLError) as error:
        return f"{asked.url}: {error}"
    if asked.part and (state := json.loads(body).get(asked.part, {}).get("status")) != "healthy":
        return f"{asked.part} is {state}"
    return _is_not_one(body, asked.metric) if asked.metric else None


def _is_not_one(body: str, metric: str) -> str | None:
    values = re.findall(rf"^{re.escape(metric)}(?:\{{[^}}]*\}})? (\S+)$", body, re.M)
    return (
        None
        if values and all(float(value) == 1 for value in values)
        else f"{metric} is {values or 'missing'}"
    )


def _too_few_processes(least: int) -> str | None:
    """Processes of this container that run Upbeat, without this check."""
    own = str(Path("/proc/self").resolve().name)
    commands = [path for path in Path("/proc").glob("[0-9]*/cmdline") if path.parent.name != own]
    running = sum(1 for path in commands if _text(path).find(b"upbeat") >= 0)
    return None if running >= least else f"{running} processes run, {least} should"


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it ended meanwhile


if __name__ == "__main__":
    sys.exit(main())
