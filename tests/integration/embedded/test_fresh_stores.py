"""Tables in ClickHouse serve a second test only where the first has not touched them."""

from __future__ import annotations

from contextlib import closing

import pytest
from tests.fresh_stores import FreshStores

from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres

INSERT = "INSERT INTO `{raw}`.hashtag (platform, name, source) VALUES ('INSTAGRAM', 'glow', 'test')"
TOUCHES = {
    "a row": (INSERT,),
    "a row deleted": (INSERT, "DELETE FROM `{raw}`.hashtag WHERE true"),
    "a mutation": ("ALTER TABLE `{raw}`.hashtag DELETE WHERE true",),
    "a table more": ("CREATE TABLE `{raw}`.more (n UInt8) ENGINE = Memory",),
    "a column more": ("ALTER TABLE `{raw}`.hashtag ADD COLUMN more UInt8",),
    "a table less": ("DROP TABLE `{raw}`.hashtag SYNC",),
    "a table made anew": ("CREATE OR REPLACE TABLE `{raw}`.hashtag AS `{raw}`.comment",),
    "no view of Postgres": ("DROP DATABASE `{coffee}`",),
}


@pytest.fixture
def own_stores(stack: Settings) -> FreshStores:
    """Of this test's own: the session's keep databases of the tests before."""
    return FreshStores(stack)


def run(settings: Settings, *statements: str) -> None:
    names = {"raw": settings.clickhouse_raw_database, "coffee": settings.clickhouse_coffee_database}
    with closing(clickhouse.client(settings)) as client:
        for statement in statements:
            client.command(statement.format(**names))


@pytest.mark.parametrize("statements", TOUCHES.values(), ids=TOUCHES)
def test_tables_that_a_test_has_touched_are_not_lent_again(
    own_stores: FreshStores, statements: tuple[str, ...]
) -> None:
    with own_stores.lend() as first:
        run(first, *statements)
    with own_stores.lend() as second:
        assert second.clickhouse_raw_database != first.clickhouse_raw_database
    with closing(clickhouse.client(first)) as client:
        names = [row[0] for row in client.query("SELECT name FROM system.databases").result_rows]
    assert first.clickhouse_raw_database not in names
    assert first.clickhouse_coffee_database not in names


def test_a_truncated_table_takes_what_it_held_before(own_stores: FreshStores) -> None:
    with own_stores.lend() as own:
        run(own, INSERT, "TRUNCATE TABLE `{raw}`.hashtag", INSERT)
        with closing(clickhouse.client(own, database=own.clickhouse_raw_database)) as client:
            assert client.query("SELECT count() FROM hashtag").result_rows == [(1,)]


def test_tables_that_were_only_read_are_lent_again_and_show_the_database_of_the_next(
    own_stores: FreshStores,
) -> None:
    counts = []
    for _ in range(2):
        with own_stores.lend() as own:
            with postgres.transaction(own) as connection:
                connection.execute(
                    "INSERT INTO beat.credential_event (credential_key, source, event) VALUES ('key', 'lama', 'disabled')"
                )
            with closing(clickhouse.client(own, database=own.clickhouse_raw_database)) as client:
                counts.append(client.query("SELECT count() FROM credential_event").result_rows)
        last = own.clickhouse_raw_database, own.s3_raw_bucket
        counts.append(last)
    assert counts[0] == counts[2] == [(1,)]
    assert counts[1][0] == counts[3][0], "the same tables"
    assert counts[1][1] != counts[3][1], "other buckets"
