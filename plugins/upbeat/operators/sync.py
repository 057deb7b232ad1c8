"""The three steps of publishing a mart: ClickHouse to S3, S3 to the database host, staged file to Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upbeat.operators.connections import CLICKHOUSE_CONN_ID, POSTGRES_CONN_ID, settings_from_connections

if TYPE_CHECKING:
    from upbeat.settings import Settings
    from upbeat.sync.plan import Plan

CRON_RUN = "scheduled"
"""Airflow's name for the type of a run that a cron started; one that an asset or a person started has another."""


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

    def settings(self) -> Settings:
        return settings_from_connections(
            postgres_conn_id=self.postgres_conn_id, clickhouse_conn_id=self.clickhouse_conn_id
        )


class ClickHouseToS3Operator(_SyncOperator):
    """ClickHouse writes the plan's mart to a staged file; a rerun of the same run overwrites it.

    Args:
        skip_just_published: a run that the cron started is skipped where another one has just published the mart as it is.
            For marts that every build dates anew.
    """

    def __init__(self, *, skip_just_published: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.skip_just_published = skip_just_published

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.sync.export import export_to_s3
        from upbeat.sync.plan import load_plan

        settings, plan = self.settings(), load_plan(self.plan)
        if self.skip_just_published and context["dag_run"].run_type == CRON_RUN:
            self._skip_what_is_published(settings, plan)
        return dict(export_to_s3(settings, plan, run_id=str(context["run_id"])))

    @staticmethod
    def _skip_what_is_published(settings: Settings, plan: Plan) -> None:
        from upbeat.sync.just_published import just_published

        if published_at := just_published(settings, plan, datetime.now(UTC)):
            raise AirflowSkipException(f"{plan.name}: {plan.mart} as it is was published at {published_at}")


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
