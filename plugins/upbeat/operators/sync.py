"""The three steps of publishing a mart: ClickHouse to S3, S3 to the database host, staged file to Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import CLICKHOUSE_CONN_ID, POSTGRES_CONN_ID, settings_from_connections


class _SyncOperator(BaseOperator):
    """What the three steps share: the plan and the connections.

    Args:
        plan: templated; name of a plan in `include/sync`.
    """

    template_fields: Sequence[str] = ("plan",)

    def __init__(
        self,
        *,
        plan: str,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        clickhouse_conn_id: str = CLICKHOUSE_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.postgres_conn_id = postgres_conn_id
        self.clickhouse_conn_id = clickhouse_conn_id

    def settings(self) -> Any:
        return settings_from_connections(
            postgres_conn_id=self.postgres_conn_id, clickhouse_conn_id=self.clickhouse_conn_id
        )


class ClickHouseToS3Operator(_SyncOperator):
    """ClickHouse writes the plan's mart to a staged file; a rerun of the same run overwrites it."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.sync.export import export_to_s3
        from upbeat.sync.plan import load_plan

        staged = export_to_s3(self.settings(), load_plan(self.plan), run_id=str(context["run_id"]))
        return dict(staged)


class S3ToStagingOperator(_SyncOperator):
    """Brings the staged file to where Postgres reads it and holds it against its manifest.

    Args:
        staged: templated; what `ClickHouseToS3Operator` returned.
    """

    template_fields: Sequence[str] = ("plan", "staged")

    def __init__(self, *, staged: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.sync.download import download_from_s3

        return dict(download_from_s3(self.settings(), self.staged))


class StagingToPostgresOperator(_SyncOperator):
    """Loads, verifies and swaps the table in; what was published before stays when anything is wrong.

    Args:
        staged: templated; what `S3ToStagingOperator` returned.
    """

    template_fields: Sequence[str] = ("plan", "staged")

    def __init__(self, *, staged: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.sync.load import load_to_postgres
        from upbeat.sync.plan import load_plan

        return dict(load_to_postgres(self.settings(), load_plan(self.plan), self.staged))
