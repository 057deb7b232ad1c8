"""Every plan publishes the mart that dbt builds, in the fast format, and what is published is what was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.plan import load_plans
from upbeat.sync.verify_published import verify_published

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse


def test_every_plan_publishes_the_mart_that_dbt_builds(
    built_warehouse: BuiltWarehouse, settings: Settings
) -> None:
    """Empty marts are published, too: the product finds a table."""
    ObjectStore(settings, settings.s3_sync_bucket).create_bucket()
    plans = [plan.model_copy(update={"mart": f"built_{plan.mart}"}) for plan in load_plans()]
    for plan in plans:
        report = load_to_postgres(settings, plan, export_to_s3(settings, plan, "first"))
        assert (report["format"], report["note"]) == ("binary", None), plan.name
        seen = verify_published(settings, plan)
        assert (seen["status"], seen["not_compared"]) in [("same", []), ("same", ["missing_days"])], seen
        assert report["rows"] == seen["rows_mart"], plan.name
    assert len(built_warehouse.rows("SELECT 1 FROM mart.mart_leaderboard LIMIT 1")) == 1
