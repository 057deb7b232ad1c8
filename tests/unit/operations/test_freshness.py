"""The limits of the dbt project decide what is late; a table without rows is nobody's fault."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from upbeat.operations.freshness import Limits, TableAge, raw_table_limits

HOUR = timedelta(hours=1)
SOURCES = """
sources:
  - name: beat
    config: {freshness: {warn_after: {count: 2, period: hour}, error_after: {count: 1, period: day}}}
    tables:
      - name: usual
      - {name: slow, config: {freshness: {error_after: {count: 3, period: day}}}}
      - {name: shown, config: {meta: {live: true}}}
  - name: coffee
    tables: [{name: live}]
"""


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (None, "never filled"),
        (2 * HOUR, "fresh"),
        (2.1 * HOUR, "late"),
        (24 * HOUR, "late"),
        (24.1 * HOUR, "too late"),
    ],
)
def test_an_age_beyond_a_limit_is_late(age: timedelta | None, state: str) -> None:
    assert TableAge("t", age, Limits(2 * HOUR, 24 * HOUR)).state == state


def test_a_loaded_table_has_the_limits_of_its_source_but_for_its_own(tmp_path: Path) -> None:
    (tmp_path / "beat").mkdir()
    (tmp_path / "beat" / "_beat__sources.yml").write_text(SOURCES)
    limits = raw_table_limits(tmp_path)
    assert limits == {"usual": Limits(2 * HOUR, 24 * HOUR), "slow": Limits(2 * HOUR, 72 * HOUR)}


def test_the_project_states_limits_for_its_raw_tables() -> None:
    limits = raw_table_limits()
    assert limits["profile_log"] == Limits(2 * HOUR, 24 * HOUR)
    assert all(limit.warn_after < limit.error_after for limit in limits.values())
