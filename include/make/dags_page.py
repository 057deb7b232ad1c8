"""Prints docs/dags.md, the table of all DAGs, from the DAG files: `.venv/bin/python include/make/dags_page.py > docs/dags.md`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TITLES = {
    "orchestrate_dbt": "dbt orchestration",
    "instagram_sync": "Instagram sync",
    "youtube_sync": "YouTube sync",
    "collection_sync": "Collection sync and publishing",
    "operations": "Operational",
    "asset_upload": "Asset upload",
    "utilities": "Utility",
}
INTRODUCTION = """# The DAGs

All {count}, by category; times are UTC. Each carries its runbook as documentation in the Airflow UI. They are paused until somebody
wants them: `airflow dags unpause NAME`; `airflow dags trigger NAME --conf '{{…}}'` runs one by hand. This page is printed by
`include/make/dags_page.py` from the DAG files.
"""


def page(dags: Mapping[str, Any]) -> str:
    """The page for these DAGs."""
    parts = [INTRODUCTION.format(count=len(dags))]
    for module, title in TITLES.items():
        of_module = [dag for dag in dags.values() if _category(dag) == module]
        rows = sorted(f"| `{dag.dag_id}` | {_schedule(dag)} | {_purpose(dag)} |" for dag in of_module)
        head = f"## {title} ({len(rows)})\n\n| DAG | when | what |\n|---|---|---|\n"
        parts.append(head + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _category(dag: Any) -> str:
    return Path(dag.fileloc).stem


def _schedule(dag: Any) -> str:
    followed = getattr(dag.timetable, "asset_condition", None)
    cron = getattr(getattr(dag.timetable, "timetable", dag.timetable), "expression", None)
    if cron is None:
        return "by hand"
    names = ", ".join(f"`{asset.name}`" for asset in followed.objects) if followed is not None else ""
    return f"`{cron}`" + (f", and when {names} is ready" if names else "")


def _purpose(dag: Any) -> str:
    """The runbook's first paragraph."""
    return " ".join(dag.doc_md.strip().partition("\n\n")[0].split()).replace("|", "\\|")


if __name__ == "__main__":
    from contextlib import redirect_stdout

    with redirect_stdout(sys.stderr):  # what Airflow prints is no part of the page
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=str(Path(__file__).parents[2] / "dags"))
    assert not bag.import_errors, bag.import_errors
    sys.stdout.write(page(bag.dags))
