"""What every integration test relies on: a stack that answers, and stores that no other test has touched."""

from __future__ import annotations

import pytest

from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_has_an_empty_migrated_database_of_its_own(settings: Settings, _round: int) -> None:
    with postgres.transaction(settings) as connection:
        before = connection.execute("SELECT count(*) AS n FROM beat.scrape_request_log").fetchone()
        connection.execute(
            "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow) VALUES ('k', 'INSTAGRAM', 'f')"
        )
    assert before == {"n": 0}


@pytest.mark.parametrize("_round", [1, 2])
def test_each_test_has_empty_buckets_of_its_own(settings: Settings, _round: int) -> None:
    store = ObjectStore(settings, settings.s3_raw_bucket)
    assert list(store.keys()) == []
    store.put("a/b", b"1")
    assert store.get("a/b") == b"1"
