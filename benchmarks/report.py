"""Prints the rows of a benchmark as a table and writes them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row, summed

RESULTS = Path(__file__).with_name("results")


def print_rows(name: str, question: str, rows: list[Row], machine: dict[str, Any]) -> None:
    """One table: ours, the peer, the ratio."""
    load = machine["load"][0]
    caption = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Python {machine['python']}; "
        f"load before the run {load}"
    )
    table = Table(title=f"{name}: {question}", caption=caption, title_justify="left", caption_justify="left")
    for heading in (
        "what",
        "unit",
        "ours: median (range)",
        "peer",
        "peer: median (range)",
        "ratio",
        "target",
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}×"
        target = "" if row.target is None else f"{row.target:g} {'met' if row.meets_target else 'MISSED'}"
        table.add_row(row.what, row.unit, summed(row.ours), row.peer_name, summed(row.peer), ratio, target)
    console = Console()
    console.print(table)
    for row in rows:
        if row.note:
            console.print(f"{row.what}: {row.note}", markup=False, highlight=False)


def write_rows(name: str, question: str, rows: list[Row], machine: dict[str, Any]) -> Path:
    """`benchmarks/results/<name>.json`: every repeat, so that others can sum up otherwise."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "benchmark": name,
        "question": question,
        "at": datetime.now(UTC),
        "machine": machine,
        "rows": [
            {**asdict(row), "median": median(row.ours), "ratio": row.ratio, "meets_target": row.meets_target}
            for row in rows
        ],
    }
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return path
