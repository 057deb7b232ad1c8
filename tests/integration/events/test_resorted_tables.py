"""Raw tables whose order key was another one get theirs, and lose no row on the way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.events.raw_tables import ensure_raw_tables, raw_table_statements
from upbeat.events.resorted_tables import ORDER_KEYS, resort_tables

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from tests.integration.events.conftest import OutboxBench

ROW = {
    "platform": "INSTAGRAM", "profile_id": "17", "relation": "follower", "handle": "h", "lang_flag": False, "digits_flag": False,
    "special_char_flag": False, "is_known_name": False, "scorer_version": "1", "source": "test",
}  # fmt: skip


def add(client: Client, table: str, event: int, account: str, sample: str | None, score: float) -> None:
    row: dict[str, Any] = ROW | {
        "account_id": account,
        "sample_id": sample,
        "score": score,
        "_event_id": event,
    }
    columns = ", ".join(row)
    client.command(
        f"INSERT INTO {table} ({columns}, observed_at) SELECT {', '.join(f'%({name})s' for name in row)}, now64(6)",
        parameters=row,
    )


def scores(client: Client) -> list[tuple[Any, ...]]:
    """Account, sample and score under FINAL."""
    query = "SELECT account_id, sample_id, score FROM follower_score FINAL ORDER BY account_id, sample_id NULLS FIRST"
    return list(client.query(query).result_rows)


def order_key(client: Client) -> str:
    query = (
        "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = 'follower_score'"
    )
    return str(client.query(query).result_rows[0][0])


@pytest.fixture
def client(bench: OutboxBench) -> Client:
    """On a raw database whose scores have the short key, and no sample of their own."""
    client = bench.client()
    statement = next(
        one
        for one in raw_table_statements(bench.settings.clickhouse_raw_database)
        if "CREATE" in one and ".follower_score" in one
    )
    client.command("DROP TABLE follower_score SYNC")
    client.command(statement.replace(", ifNull(sample_id, '')", ""))
    return client


def test_an_account_keeps_a_score_of_each_sample(bench: OutboxBench) -> None:
    client = bench.client()
    for event, (sample, score) in enumerate([("s1", 1.0), ("s2", 0.0), (None, 0.33), ("s2", 0.33)], 1):
        add(client, "follower_score", event, "a", sample, score)
    assert scores(client) == [("a", None, 0.33), ("a", "s1", 1.0), ("a", "s2", 0.33)]


def test_rows_move_under_the_longer_key_and_newer_ones_are_told_apart(
    bench: OutboxBench, client: Client
) -> None:
    add(client, "follower_score", 1, "a", "s1", 1.0)
    add(client, "follower_score", 2, "b", None, 0.33)
    ensure_raw_tables(bench.settings)
    assert order_key(client) == ORDER_KEYS["follower_score"]
    add(client, "follower_score", 3, "a", "s2", 0.0)
    known = [("a", "s1", 1.0), ("a", "s2", 0.0), ("b", None, 0.33)]
    assert scores(client) == known
    ensure_raw_tables(bench.settings)
    assert scores(client) == known
    assert client.query("SHOW TABLES LIKE '%before'").result_rows == [], "what was left behind is gone"


def test_a_row_that_was_on_its_way_into_the_old_table_follows(bench: OutboxBench, client: Client) -> None:
    ensure_raw_tables(bench.settings)
    add(client, "follower_score_before", 1, "late", "s1", 1.0)
    ensure_raw_tables(bench.settings)
    assert scores(client) == [("late", "s1", 1.0)]


@pytest.mark.parametrize("step", ["CREATE", "EXCHANGE", "INSERT", "DROP"])
def test_a_move_that_breaks_off_anywhere_is_done_by_the_next_run(
    bench: OutboxBench, client: Client, step: str
) -> None:
    class Broken:
        def __init__(self) -> None:
            self.query = client.query

        def command(self, statement: str) -> None:
            client.command(statement)
            if (
                statement.lstrip("- \n").partition("\n")[2].lstrip().startswith(step)
                or f"\n{step}" in statement
            ):
                raise ConnectionError

    add(client, "follower_score", 1, "a", "s1", 1.0)
    for _ in range(2):
        try:
            resort_tables(Broken(), bench.settings.clickhouse_raw_database)
        except ConnectionError:
            add(client, "follower_score", 2, "a", "s2", 0.0)
    for _ in range(2):
        resort_tables(client, bench.settings.clickhouse_raw_database)
    assert order_key(client) == ORDER_KEYS["follower_score"]
    assert ("a", "s2", 0.0) in scores(client)


def test_the_keys_that_are_brought_about_are_those_of_new_tables() -> None:
    created = {
        found[1]: found[2]
        for one in raw_table_statements("some_db")
        if (
            found := re.search(
                r"CREATE TABLE IF NOT EXISTS `some_db`\.(\w+).*ORDER BY \((.*)\)\s*SETTINGS", one, re.S
            )
        )
    }
    assert {table: created[table] for table in ORDER_KEYS} == ORDER_KEYS
