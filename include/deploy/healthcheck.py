"""Health check of a container: exit code 0 when it is well. `healthcheck.py URL`, with `--part scheduler` for one part in the answer of
Airflow's `/api/v2/monitor/health`, with `--metric NAME` for a metric that must be 1; `healthcheck.py --workers N` for `upbeat work`, which serves nothing.

Nothing of Upbeat is imported: it runs every few seconds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.request
from pathlib import Path


def main() -> str | None:
    """None when all is well, else what is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--part")
    parser.add_argument("--metric")
    parser.add_argument("--workers", type=int)
    asked = parser.parse_args()
    if asked.workers is not None:
        return _too_few_workers(asked.workers, Path("/proc"))
    if not (asked.url or "").startswith(("http://", "https://")):
        return "needs a URL http://…, or --workers"
    try:
        with urllib.request.urlopen(asked.url, timeout=4) as answer:  # noqa: S310 (checked above)
            body = answer.read(1_000_000).decode()
        if asked.part and (state := json.loads(body).get(asked.part, {}).get("status")) != "healthy":
            return f"{asked.part} is {state}"
    except (OSError, ValueError, AttributeError) as error:
        return f"{asked.url}: {error}"
    return _is_not_one(body, asked.metric) if asked.metric else None


def _is_not_one(body: str, metric: str) -> str | None:
    values = re.findall(rf"^{re.escape(metric)}(?:\{{[^}}]*\}})? (\S+)$", body, re.M)
    return (
        None
        if values and all(float(value) == 1 for value in values)
        else f"{metric} is {values or 'missing'}"
    )


def _too_few_workers(least: int, processes: Path) -> str | None:
    """Worker processes of this container: what the fork server of `upbeat work` has started. The command itself, its
    fork server and the container's init go on without any of them.
    """
    running = 0
    for folder in processes.glob("[0-9]*"):
        parent = re.search(rb"^PPid:\s*(\d+)$", _text(folder / "status"), re.M)
        starter = _text(processes / parent[1].decode() / "cmdline") if parent else b""
        running += b"multiprocessing.forkserver" in starter
    return None if running >= least else f"{running} workers run, {least} should"


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it ended meanwhile


if __name__ == "__main__":
    sys.exit(main())
