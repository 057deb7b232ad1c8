"""The terms of campaigns are kept as they were, from the day on which a snapshot first saw them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from upbeat.settings import Settings

from .conftest import Warehouse

RUN = ("build", "--exclude-resource-type", "unit_test", "--select", "+path:snapshots")
CAMPAIGNS = """
INSERT INTO coffee.campaign (campaign_id, name, status, currency, budget, updated_at)
VALUES ('kept', 'Kept', 'ACTIVE', 'INR', 100, now()), ('raised', 'Raised', 'DRAFT', 'INR', NULL, now()),
       ('deleted', 'Deleted', 'ACTIVE', 'INR', 5, now());
INSERT INTO coffee.campaign_profiles (campaign_id, platform, handle, fee, added_at, updated_at)
VALUES ('kept', 'INSTAGRAM', 'ana', 10, now(), now()), ('kept', 'YOUTUBE', 'ana', NULL, now(), now())
"""
CHANGES = """
UPDATE coffee.campaign SET status = 'ACTIVE', budget = 250.5, updated_at = now() WHERE campaign_id = 'raised';
UPDATE coffee.campaign SET name = 'Renamed', updated_at = now() WHERE campaign_id = 'kept';
UPDATE coffee.campaign SET deleted_at = now() WHERE campaign_id = 'deleted';
UPDATE coffee.campaign_profiles SET fee = 12.25 WHERE platform = 'YOUTUBE'
"""


def _terms(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    query = "select campaign_id, status, budget, dbt_valid_to is null as holds from snapshot.snapshot_coffee_campaign"
    return sorted((r["campaign_id"], r["status"], r["budget"] and float(r["budget"]), bool(r["holds"])) for r in warehouse.rows(query))


@pytest.mark.timeout(400)
def test_changed_terms_get_a_row_of_their_own_and_deleted_ones_hold_no_longer(warehouse: Warehouse, settings: Settings) -> None:
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as product:
        product.execute(CAMPAIGNS)
        warehouse.dbt(*RUN)
        product.execute(CHANGES)
    warehouse.dbt(*RUN)
    changed = [
        ("deleted", "ACTIVE", 5.0, False),
        ("kept", "ACTIVE", 100.0, True),
        ("raised", "ACTIVE", 250.5, True),
        ("raised", "DRAFT", None, False),
    ]
    assert _terms(warehouse) == changed
    fees = "select handle, toString(platform) as platform, fee, dbt_valid_to is null as holds from snapshot.snapshot_coffee_campaign_profiles"
    found = {(r["platform"], r["fee"] and float(r["fee"]), bool(r["holds"])) for r in warehouse.rows(fees)}
    assert found == {("INSTAGRAM", 10.0, True), ("YOUTUBE", None, False), ("YOUTUBE", 12.25, True)}

    warehouse.dbt(*RUN)
    assert _terms(warehouse) == changed, "a snapshot without a change added or ended a row"
