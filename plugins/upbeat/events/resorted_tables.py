"""Gives raw tables another order key: ClickHouse cannot change it in place, so the rows move to a table that has it.

The new table takes the old one's name in one step, then the rows follow; a row that is there twice is one by its version. The old
table stays until the next run, which brings over what was still on its way into it. So a run may break off anywhere.
"""

from __future__ import annotations

from typing import Any

from upbeat.events.on_cluster import on_cluster
from upbeat.settings import REPOSITORY
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(REPOSITORY / "include" / "sql" / "clickhouse" / "resort" / "resort.sql")

ORDER_KEYS = {"follower_score": "platform, profile_id, relation, account_id, ifNull(sample_id, '')"}
"""By table: keys that were shorter once, as ClickHouse writes them."""


def resort_tables(client: Any, database: str, cluster: str = "") -> list[str]:
    """Bring the raw tables of `database` to their order keys; the tables whose rows were moved."""
    return [table for table, key in ORDER_KEYS.items() if _resort(client, database, table, key, cluster)]


def _resort(client: Any, database: str, table: str, key: str, cluster: str) -> bool:
    names = {"database": database, "table": table, "other": f"{table}_before", "key": key}

    def run(name: str) -> None:
        client.command(on_cluster(_SQL[name].format(**names), cluster))

    def follow() -> None:
        # By name: the table may have got columns since the other one left.
        columns = [f"`{name}`" for (name,) in client.query(_SQL["columns"], parameters=names).result_rows]
        client.command(_SQL["follow"].format(**names, columns=", ".join(columns)))

    keys = dict(client.query(_SQL["order_keys"], parameters=names).result_rows)
    if names["other"] in keys:
        follow()
        run("drop")
    if keys[table] == key:
        return False
    run("create")
    run("exchange")
    follow()
    return True
