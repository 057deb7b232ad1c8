"""Airflow operators of assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections


class AssetRetentionOperator(BaseOperator):
    """Deletes assets that nobody has used for `UPBEAT_ASSET_RETENTION_DAYS`, and objects that no asset names.

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

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.assets.retention import prune_assets

        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        before = datetime.now(UTC) - timedelta(days=settings.asset_retention_days)
        pruned = prune_assets(settings, before, delete=not self.dry_run)
        done = "deleted" if pruned.deleted else "would be deleted"
        self.log.info(
            "%s assets that nobody used since %s, and %s objects of %s bytes %s",
            pruned.assets, before.date(), pruned.objects, pruned.bytes, done,
        )  # fmt: skip
        return asdict(pruned) | {"before": before.isoformat()}
