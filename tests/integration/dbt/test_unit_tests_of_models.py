"""The unit tests that stand beside the models: what each rule makes of inline rows."""

from __future__ import annotations

import re

import pytest

from .conftest import Warehouse


@pytest.mark.timeout(1200)
def test_all_unit_tests_of_models_pass(warehouse: Warehouse) -> None:
    warehouse.dbt("run")  # the columns of inline rows are those of the models' tables
    output = warehouse.dbt("test", "--select", "test_type:unit")
    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", output)
    assert passed
    assert int(passed[1]) >= 53
