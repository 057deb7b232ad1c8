"""The sink's configuration: read whole, refused in one line, and in step with the raw tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.events.consumers import load_consumers
from upbeat.events.raw_tables import raw_table_statements
from upbeat.ingestion.tables import all_tables


def test_every_consumer_fills_every_column_of_its_table() -> None:
    tables: dict[str, set[str]] = {}
    for statement in raw_table_statements("some_db")[1:]:
        name = re.search(r"`some_db`\.(\w+)", statement)
        assert name is not None
        lines = statement.replace("ADD COLUMN IF NOT EXISTS ", "").splitlines()[1:]
        columns = [line.split() for line in lines if re.match(r"\s+\w+\s+\w", line)]
        filled = [words[0] for words in columns if not {"DEFAULT", "MATERIALIZED"} & set(words)]
        tables.setdefault(name[1], set()).update(filled)
    consumers = load_consumers().values()
    assert {one.table: {column.name for column in one.columns} | {"_event_id"} for one in consumers} == tables


def test_every_kind_of_event_that_an_upsert_writes_has_a_consumer_with_the_columns_of_its_payload() -> None:
    consumers = load_consumers()
    written = {table.event: table for table in all_tables() if table.event}
    assert set(consumers) == {*written, "profile_log", "post_log"}
    for kind, table in written.items():
        assert sorted(column.name for column in consumers[kind].columns) == sorted(table.all_columns()), kind
        required = {column.name for column in consumers[kind].columns if not column.nullable}
        assert required >= {*table.key, "source", "observed_at"}, kind


def test_a_raw_table_keeps_one_row_for_each_key_of_its_events() -> None:
    orders = {
        found[1]: found[2].split(", ")
        for statement in raw_table_statements("some_db")
        if (
            found := re.search(r"TABLE IF NOT EXISTS `some_db`\.(\w+)\n.*ORDER BY \((.+?)\)", statement, re.S)
        )
    }
    consumers = load_consumers()
    for table in all_tables():
        if table.event:
            assert orders[consumers[table.event].table] == list(table.key)


def test_the_database_name_stands_quoted_in_every_statement_and_no_comment_is_left() -> None:
    statements = raw_table_statements("some_db")
    assert len(statements) >= 5
    for statement in statements:
        assert "`some_db`" in statement
        assert "{database}" not in statement
        assert "--" not in statement


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("consumers: [", "is no YAML"),
        ("{}", "consumers: Field required"),
        ("consumers: [{kind: a, table: b, columns: {}}]", "columns: Tuple should have at least 1 item"),
        ("consumers: [{kind: a, table: b, columns: {x: int32}}]", "type: Input should be"),
        ("consumers: [{kind: a, table: 'b; DROP', columns: {x: string}}]", "table: String should match"),
        ("consumers: [{kind: a, table: b, queue: q, columns: {x: string}}]", "queue: Extra inputs"),
        (
            "consumers: [{kind: a, table: b, columns: {x: string}}, {kind: a, table: c, columns: {x: string}}]",
            "a kind stands twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_that_names_it(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "consumers.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_consumers(path)
    assert problem in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.yaml: cannot be read"):
        load_consumers(tmp_path / "gone.yaml")
