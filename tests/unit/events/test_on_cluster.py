"""On a cluster every statement that defines something runs on every server, and every table replicates itself."""

from __future__ import annotations

import re

import pytest

from upbeat.events.on_cluster import on_cluster
from upbeat.events.raw_tables import raw_table_statements
from upbeat.events.resorted_tables import _SQL as RESORT
from upbeat.settings import Settings


def test_all_raw_tables_are_made_on_the_cluster_and_replicate_themselves() -> None:
    statements = raw_table_statements("raw_7")
    for statement in (on_cluster(one, "gcc") for one in statements):
        assert re.match(r"(CREATE|ALTER) (TABLE|DATABASE).*? ON CLUSTER `gcc`", statement.splitlines()[0]), (
            statement
        )
        assert "ENGINE = MergeTree" not in statement
        assert "ENGINE = ReplacingMergeTree" not in statement
        assert "non_replicated" not in statement
    tables = [one for one in statements if one.startswith("CREATE TABLE")]
    assert all("ENGINE = ReplicatedReplacingMergeTree(_version)" in on_cluster(one, "gcc") for one in tables)


def test_without_a_cluster_nothing_changes() -> None:
    statements = raw_table_statements("raw_7")
    assert [on_cluster(one, "") for one in statements] == statements


def test_rows_that_move_move_on_every_server() -> None:
    names = {"database": "d", "table": "t", "other": "t_before", "key": "a, b", "columns": "a"}
    told = {
        name: on_cluster(RESORT[name].format(**names), "gcc")
        for name in ("create", "exchange", "follow", "drop")
    }
    assert "ENGINE = ReplicatedReplacingMergeTree(_version)" in told["create"]
    assert told["exchange"].endswith("AND `d`.`t_before` ON CLUSTER `gcc`")
    assert "DROP TABLE `d`.`t_before` ON CLUSTER `gcc`" in told["drop"]
    assert "CLUSTER" not in told["follow"], "rows are inserted once and replicated"


@pytest.mark.parametrize("name", ["g cc", "gcc`; DROP", "1", "é"])
def test_only_a_name_is_a_cluster(name: str) -> None:
    with pytest.raises(ValueError, match="clickhouse_cluster"):
        Settings.model_validate({"clickhouse_cluster": name})
