"""dlt (Apache 2.0): the same mart into Postgres, `replace`, Arrow from ClickHouse, CSV through COPY: its fastest settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from upbeat.settings import REPOSITORY, Settings
from upbeat.sync.plan import Plan

VERSION = "1.31.0"
SCRIPT = Path(__file__).with_name("dlt_load.py")


def environment(say: Callable[[str], None]) -> Path:
    """Python of a virtual environment that has dlt; made the first time."""
    folder = REPOSITORY / ".venv" / "bench-dlt"
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"installing dlt {VERSION} into {folder.relative_to(REPOSITORY)}")
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
        packages = [f"dlt[postgres]=={VERSION}", "pyarrow", "clickhouse-connect"]
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *packages], check=True)
    return python


def run(python: Path, settings: Settings, plan: Plan) -> float:
    """Seconds of extract, normalize and load; the start of Python and its imports do not count."""
    environment = {
        **os.environ,
        "BENCH_CLICKHOUSE": settings.clickhouse_http_url(),
        "BENCH_CLICKHOUSE_USER": settings.clickhouse_user,
        "BENCH_CLICKHOUSE_PASSWORD": settings.clickhouse_password.get_secret_value(),
        "BENCH_POSTGRES": settings.postgres_dsn(),
        "BENCH_FOLDER": str(settings.state_dir / f"dlt-{time.monotonic_ns()}"),
        "BENCH_MART": plan.mart,
        "BENCH_KEY": ",".join(plan.key),
    }
    done = subprocess.run([python, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])
