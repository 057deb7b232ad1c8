"""`dbt source freshness` over the raw tables that hold rows: dbt calls a table stale that nothing was ever collected for."""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowSkipException
from airflow_dbt_python.operators.dbt import DbtSourceFreshnessOperator

from upbeat.operators.connections import settings_from_connections


class FilledSourcesFreshnessOperator(DbtSourceFreshnessOperator):
    """Fails when a raw table is older than its error limit; the log has every table with its age. Skipped when all are empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(upload_dbt_project=False, **kwargs)

    def execute(self, context: Any) -> Any:
        from upbeat.operations.freshness import table_ages

        filled = [age.table for age in table_ages(settings_from_connections()) if age.age is not None]
        if not filled:
            raise AirflowSkipException("no raw table holds a row yet: `upbeat events` shows what waits")
        self.select = [f"source:beat.{table}" for table in filled]
        return super().execute(context)
