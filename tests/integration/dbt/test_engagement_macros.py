"""SQL and Python give the same engagement: the macros run on ClickHouse, the functions here."""

from __future__ import annotations

import random
from typing import Any

import jinja2
import pytest

from upbeat import engagement
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

EDGES = [0, 1, 2, 9, 10, 999, 10**6, 7 * 10**8, 10**11]


def _macros() -> Any:
    source = (REPOSITORY / "dbt_project" / "macros" / "engagement.sql").read_text()
    return jinja2.Environment(autoescape=False).from_string(source).module


def test_the_macros_agree_with_the_python_formulas(settings: Settings) -> None:
    rng, macros = random.Random(5), _macros()
    counts = [*((a, b, c) for a in EDGES for b in EDGES[:3] for c in EDGES)]
    counts += [(rng.randrange(10**7), rng.randrange(10**5), rng.randrange(10**9)) for _ in range(200)]
    query = (
        f"SELECT a, b, c, {macros.engagement_rate('a', 'b', 'c')} AS rate, {macros.reels_reach('a', 'c')} AS reels,"
        f" {macros.post_reach('a')} AS post FROM (SELECT arrayJoin({{counts:Array(Tuple(Int64, Int64, Int64))}}) AS x,"
        " x.1 AS a, x.2 AS b, x.3 AS c)"
    )
    client = clickhouse.client(settings)
    try:
        # In batches: parameters travel in the address, which has a limit.
        batches = [counts[start : start + 50] for start in range(0, len(counts), 50)]
        rows = [
            row for batch in batches for row in client.query(query, parameters={"counts": batch}).result_rows
        ]
    finally:
        client.close()
    assert len(rows) == len(counts)
    for a, b, c, rate, reels, post in rows:
        assert rate == pytest.approx(engagement.engagement_rate(a, b, c))
        assert reels == (
            pytest.approx(expected) if (expected := engagement.reels_reach(a, c)) is not None else None
        )
        assert post == pytest.approx(engagement.post_reach(a))
