"""The sink's configuration: read whole, refused in one line, and in step with the raw tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.events.consumers import load_consumers
from upbeat.events.raw_tables import raw_table_statements
from upbeat.ingestion.tables import all_tables
from upbeat.queue.statements import SQL

CATALOGUE = {
    "profile_log", "post_log", "instagram_account", "instagram_post", "follower", "following", "comment", "liker", "story", "story_insight",
    "profile_insight", "post_insight", "hashtag", "youtube_account", "youtube_post", "youtube_comment", "shopify_order", "shopify_product",
    "shopify_refund", "enrichment", "follower_score", "audience_quality", "asset", "task_log", "trace_log", "api_event",
}  # fmt: skip
LOGS = {"profile_log", "post_log", "task_log"}
"""Appended by statements of their own: ingestion/process.sql, queue/queries.sql."""
AWAITED = {"api_event"}
"""Their part of the platform is still to come; until then the test producer alone makes them."""
FROM_OUTSIDE = {"trace_log"}
"""Published by other systems."""
KEPT_BY_MORE = {"follower_score": ["sample_id"], "asset": ["source_url_hash"]}
"""Postgres has the newest score of an account and the newest picture of a subject, the warehouse those of each sample and address."""


def test_the_kinds_are_the_26_of_the_catalogue() -> None:
    assert len(CATALOGUE) == 26
    assert set(load_consumers()) == CATALOGUE


def test_the_trace_log_comes_from_the_identity_service_by_two_consumers_and_is_tried_again() -> None:
    trace = load_consumers()["trace_log"]
    assert (trace.exchange, trace.routing_key, trace.consumers, trace.retry_on_error) == (
        "identity.dx", "trace_log", 2, True,
    )  # fmt: skip
    assert (trace.queue, trace.error_queue) == ("beat.trace_log", "beat.trace_log.error")


def test_a_kind_has_a_producer_in_the_platform_or_awaits_its_part_or_comes_from_outside() -> None:
    written = {table.event for table in all_tables() if table.event} | LOGS
    assert written.isdisjoint(AWAITED | FROM_OUTSIDE)
    assert written | AWAITED | FROM_OUTSIDE == set(load_consumers())


def test_the_events_of_ended_tasks_have_the_fields_of_their_columns() -> None:
    for statement in ("finish", "expire", "reap"):
        told = SQL[statement].partition("'task_log',")[2].partition("\nFROM (")[0]
        fields = [
            name
            for rows in re.findall(r"SELECT\n(.+?)\n\s*\) AS", told, re.S)
            for name in re.findall(r"(\w+),?$", rows, re.M)
        ]
        assert sorted(fields) == sorted(column.name for column in load_consumers()["task_log"].columns)
        assert "beat.outbox" not in SQL[f"{statement}_silently"]


def test_a_raw_table_is_partitioned_by_a_column_of_its_order_key_alone() -> None:
    """Rows of one key in two partitions would never be merged into one."""
    for statement in raw_table_statements("some_db"):
        partition = re.search(r"PARTITION BY \w+\((\w+)\)", statement)
        order = re.search(r"ORDER BY \((.+?)\)", statement)
        if partition:
            assert order is not None
            assert partition[1] in order[1].split(", ")


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
    for kind, table in written.items():
        assert sorted(column.name for column in consumers[kind].columns) == sorted(table.all_columns()), kind
        required = {column.name for column in consumers[kind].columns if not column.nullable}
        assert required >= {*table.key, "source", "observed_at"}, kind


def test_a_raw_table_keeps_one_row_for_each_key_of_its_events() -> None:
    orders = {
        found[1]: found[2].replace("ifNull(sample_id, '')", "sample_id").split(", ")
        for statement in raw_table_statements("some_db")
        if (
            found := re.search(
                r"TABLE IF NOT EXISTS `some_db`\.(\w+)\n.*ORDER BY \((.+?)\)\n", statement, re.S
            )
        )
    }
    consumers = load_consumers()
    for table in all_tables():
        if table.event:
            more = KEPT_BY_MORE.get(table.event, [])
            assert orders[consumers[table.event].table] == [*table.key, *more]


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
        ("consumers: [{kind: a, table: b, topic: q, columns: {x: string}}]", "topic: Extra inputs"),
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
