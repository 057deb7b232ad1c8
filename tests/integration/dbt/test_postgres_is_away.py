"""ClickHouse reads the product's tables live: without Postgres their models fail by name, and all others are built."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.settings import Settings

from .conftest import DbtProcess, Warehouse


@pytest.mark.timeout(400)
def test_models_of_the_product_fail_with_the_address_and_the_others_are_built(
    settings: Settings, dbt_target: Path
) -> None:
    away = settings.model_copy(
        update={"postgres_url": SecretStr("postgresql://upbeat:word@127.0.0.1:1/upbeat")}
    )
    ensure_raw_tables(away)
    dbt = DbtProcess(dbt_target)
    warehouse = Warehouse(away, dbt)
    warehouse.drop()
    with pytest.raises(AssertionError) as failed:
        warehouse.dbt("run", "--select", "stg_coffee_campaign", "stg_beat_instagram_hashtag")
    output = str(failed.value)
    assert "Failure in model stg_coffee_campaign" in output
    assert "127.0.0.1" in output
    assert settings.postgres_warehouse_password.get_secret_value() not in output
    assert "PASS=1 WARN=0 ERROR=1" in output
    assert warehouse.rows("select count() as rows from staging.stg_beat_instagram_hashtag") == [{"rows": 0}]
    dbt.close()
    warehouse.drop()
    warehouse.close()
