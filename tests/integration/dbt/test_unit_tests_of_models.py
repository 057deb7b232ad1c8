"""The unit tests that stand beside the models: what each rule makes of inline rows."""

from __future__ import annotations

import re

import pytest
import yaml

from upbeat.settings import REPOSITORY

from .conftest import BuiltWarehouse


@pytest.mark.timeout(1200)
def test_all_unit_tests_of_models_pass(built_warehouse: BuiltWarehouse) -> None:
    """The columns of inline rows are those of the models' tables, so the models are built before."""
    output = built_warehouse.dbt("test", "--select", "test_type:unit")
    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", output)
    assert passed
    assert int(passed[1]) == _written() >= 151


def _written() -> int:
    models = REPOSITORY / "dbt_project" / "models"
    return sum(
        len(yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", ()))
        for path in models.rglob("*.yml")
    )
