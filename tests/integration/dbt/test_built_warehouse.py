"""The whole project, built once over a seeded world with all of its data tests."""

from __future__ import annotations

from upbeat.settings import REPOSITORY

from .conftest import BuiltWarehouse


def test_every_model_is_built_and_no_data_test_fails(built_warehouse: BuiltWarehouse) -> None:
    # The fixture fails when a model or a test does; what is left are warnings of rows that are dirty on purpose.
    assert "log_rows_from_the_future" in built_warehouse.output
    assert built_warehouse.output.count(" WARN ") == 1


def test_every_model_has_rows(built_warehouse: BuiltWarehouse) -> None:
    tables = built_warehouse.rows(
        "select name, total_rows from system.tables where database in ('built_staging', 'built_mart')"
    )
    models = sorted(path.stem for path in (REPOSITORY / "dbt_project" / "models").rglob("*.sql"))
    assert sorted(table["name"] for table in tables) == models
    assert [table["name"] for table in tables if not table["total_rows"]] == []
