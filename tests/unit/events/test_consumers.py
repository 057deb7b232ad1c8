"""The sink's configuration: read whole, refused in one line, and in step with the raw tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.events.consumers import load_consumers
from upbeat.events.raw_tables import raw_table_statements


def test_every_consumer_fills_every_column_of_its_table() -> None:
    tables = {}
    for statement in raw_table_statements("some_db")[1:]:
        name = re.search(r"`some_db`\.(\w+)", statement)
        assert name is not None
        lines = statement[statement.index("(") :].splitlines()
        columns = [line.split() for line in lines if re.match(r"\s+\w+\s+\w", line)]
        filled = [words[0] for words in columns if not {"DEFAULT", "MATERIALIZED"} & set(words)]
        tables[name[1]] = [column for column in filled if column != "_event_id"]
    consumers = load_consumers().values()
    assert {one.table: [column.name for column in one.columns] for one in consumers} == tables


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
