"""What is kept and for how long: finished tasks go to the archive, backups of Postgres to S3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections


class QueueRetentionOperator(BaseOperator):
    """Archives and deletes tasks that ended longer ago than `UPBEAT_TASK_RETENTION_DAYS`, a bounded range at a time.

    Args:
        dry_run: templated; only count them.
    """

    template_fields: Sequence[str] = ("dry_run",)

    def __init__(
        self, *, dry_run: Any = False, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dry_run = dry_run
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from datetime import UTC, datetime, timedelta

        from upbeat.queue.retention import prune
        from upbeat.stores.objects import ObjectStore
        from upbeat.stores.postgres import connect

        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        store = ObjectStore(settings, settings.s3_operations_bucket)
        store.create_bucket()
        before = datetime.now(UTC) - timedelta(days=settings.task_retention_days)
        with connect(settings, autocommit=True, application=f"airflow:{self.dag_id}") as connection:
            pruned = prune(connection, before, delete=not self.dry_run, archive=store.put)
        done = "archived and deleted" if pruned.deleted else "would be archived and deleted"
        self.log.info("%s tasks that ended before %s %s", pruned.tasks, before.date(), done)
        return {"tasks": pruned.tasks, "deleted": pruned.deleted, "before": before.isoformat()}


class BackupOperator(BaseOperator):
    """Dumps Postgres to S3 and deletes all but the newest backups; returns the manifest."""

    def __init__(self, *, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.operations.backup import create_backup, forget_old

        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        made = create_backup(settings)
        forgotten = forget_old(settings, settings.backups_kept)
        self.log.info("backup %s: %s bytes; deleted %s", made.name, made.bytes, forgotten or "none")
        return asdict(made)
