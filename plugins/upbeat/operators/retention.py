"""What is kept and for how long: finished tasks go to the archive, old staged files and events of credentials go, backups of
Postgres go to S3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections
from upbeat.settings import Settings


class _RetentionOperator(BaseOperator):
    """What the three below share.

    Args:
        dry_run: templated; only count what would go.
    """

    template_fields: Sequence[str] = ("dry_run",)

    def __init__(
        self, *, dry_run: Any = False, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.dry_run = dry_run
        self.postgres_conn_id = postgres_conn_id

    def settings(self) -> Settings:
        return settings_from_connections(postgres_conn_id=self.postgres_conn_id)


class QueueRetentionOperator(_RetentionOperator):
    """Archives and deletes tasks that ended longer ago than `UPBEAT_TASK_RETENTION_DAYS`, a bounded range at a time."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.queue.retention import prune
        from upbeat.stores.objects import ObjectStore
        from upbeat.stores.postgres import connect

        settings = self.settings()
        store = ObjectStore(settings, settings.s3_operations_bucket)
        store.create_bucket()
        before = _days_ago(settings.task_retention_days)
        with connect(settings, autocommit=True, application=f"airflow:{self.dag_id}") as connection:
            pruned = prune(connection, before, delete=not self.dry_run, archive=store.put)
        done = "archived and deleted" if pruned.deleted else "would be archived and deleted"
        self.log.info("%s tasks that ended before %s %s", pruned.tasks, before.date(), done)
        return {"tasks": pruned.tasks, "deleted": pruned.deleted, "before": before.isoformat()}


class StagedFileRetentionOperator(_RetentionOperator):
    """Deletes files that were staged longer ago than `UPBEAT_STAGED_FILE_RETENTION_DAYS`, but for those of standing runs."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.sync.staged_retention import prune_staged

        settings = self.settings()
        before = _days_ago(settings.staged_file_retention_days)
        pruned = prune_staged(settings, before, delete=not self.dry_run)
        done = "deleted" if pruned.deleted else "would be deleted"
        self.log.info(
            "files of %s runs from before %s %s: %s bytes", pruned.runs, before.date(), done, pruned.bytes
        )
        return asdict(pruned) | {"before": before.isoformat()}


class CredentialEventRetentionOperator(_RetentionOperator):
    """Deletes what happened to credentials longer ago than `UPBEAT_CREDENTIAL_EVENT_RETENTION_DAYS`."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.credentials.event_retention import prune_credential_events

        settings = self.settings()
        before = _days_ago(settings.credential_event_retention_days)
        pruned = prune_credential_events(settings, before, delete=not self.dry_run)
        done = "deleted" if pruned.deleted else "would be deleted"
        self.log.info("%s events of credentials from before %s %s", pruned.events, before.date(), done)
        return asdict(pruned) | {"before": before.isoformat()}


def _days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


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
