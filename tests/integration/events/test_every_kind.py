"""One event of every kind, through the sink into ClickHouse, with every column: from its producer where there is one (a
record's upsert, a task's end), else from the example producer."""

from __future__ import annotations

import asyncio
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec
import orjson
import psycopg

from upbeat.events.consumers import load_consumers
from upbeat.events.drain import drain
from upbeat.events.encode import clickhouse_type
from upbeat.events.examples import examples
from upbeat.events.produce import paced, to_outbox
from upbeat.ingestion.process import write_observations
from upbeat.ingestion.rows import Observation
from upbeat.ingestion.tables import all_tables, table_of
from upbeat.queue.store import TaskQueue, finish
from upbeat.queue.tasks import NewTask, TaskEnd, TaskStatus
from upbeat.records import Asset, Fact, Parsed, Platform, Post, PostType, Profile
from upbeat.records import enrichment as enrichment_module
from upbeat.records import facts as facts_module
from upbeat.records import scores as scores_module
from upbeat.stores.postgres import async_pool

if TYPE_CHECKING:
    from tests.integration.events.conftest import OutboxBench

AT = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
AMOUNT = Decimal("12345678901234.5678")
"""More digits than a float holds."""
OBJECT_KEY = f"ab/{'ab' * 32}.jpg"
POSTGRES_TYPES = {
    "text": "string",
    "USER-DEFINED": "string",
    "bigint": "int64",
    "integer": "int64",
    "boolean": "bool",
    "timestamp with time zone": "timestamp",
    "jsonb": "json",
    "double precision": "float64",
    "numeric": "decimal",
}


def value_of(hint: Any, name: str) -> Any:
    """A value of a field's type that is not null."""
    kinds = (
        [kind for kind in get_args(hint) if kind is not type(None)]
        if type(None) in get_args(hint)
        else [hint]
    )
    kind = kinds[0]
    if "Literal" in str(get_origin(kind)):
        return get_args(kind)[0]
    samples: list[tuple[Any, Any]] = [
        (bool, True), (int, 7), (float, 0.25), (Decimal, AMOUNT), (datetime, AT), (PostType, PostType.VIDEO), (str, f"{name} 🦓"),
    ]  # fmt: skip
    for known, sample in samples:
        if kind is known:
            return sample
    return [{"price": AMOUNT}] if "dict" in str(kind) else ["a", "b"]


def filled(record: type, **told: Any) -> Any:
    """A record with a value in every field."""
    hints = get_type_hints(record)
    values = {one.name: value_of(hints[one.name], one.name) for one in fields(record) if one.init}
    return record(**{**values, "source": "test", "observed_at": AT, **told})


def every_record() -> list[Profile | Post | Fact]:
    """A record for every table whose upsert tells of it."""
    facts = [
        one
        for module in (facts_module, scores_module, enrichment_module)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Fact) and "kind" in vars(one)
    ]
    found: list[Profile | Post | Fact] = []
    for platform in (Platform.INSTAGRAM, Platform.YOUTUBE):
        found += [filled(Profile, platform=platform), filled(Post, platform=platform)]
        found += [filled(facts_module.Comment, platform=platform, comment_id=platform.value)]
    for subject in ("profile", "post", "story"):
        found.append(filled(facts_module.Insight, platform=Platform.INSTAGRAM, subject=subject, breakdown=""))
    special = (facts_module.Comment, facts_module.Insight, facts_module.ShopifyCount)
    found += [filled(one, platform=Platform.INSTAGRAM) for one in facts if one not in special]
    # One that was stored once and is gone: the only one with a value in every field.
    found.append(filled(Asset, platform=Platform.INSTAGRAM, status="gone", object_key=OBJECT_KEY))
    return [record for record in found if table_of(record).event]


async def store(bench: OutboxBench, records: list[Profile | Post | Fact]) -> None:
    parsed = Parsed(
        profiles=[one for one in records if isinstance(one, Profile)],
        posts=[one for one in records if isinstance(one, Post)],
        facts=[one for one in records if isinstance(one, Fact)],
    )
    connection = await psycopg.AsyncConnection.connect(bench.settings.postgres_dsn(), autocommit=True)
    async with connection, connection.transaction():
        await connection.execute(
            "INSERT INTO beat.asset_object (object_key, content_type, size_bytes) VALUES (%s, 'image/jpeg', 7)",
            (OBJECT_KEY,),
        )
        await write_observations(connection, [Observation(parsed, [], [])])


NEVER_IN_EXAMPLES = {"error", "parent_span_id"}
WITHOUT_PRODUCER = {"trace_log", "api_event"}
ENDED = {
    "source": "test",
    "attempts": [{"source": "test", "outcome": "answered"}],
    "records": {"profile": 1},
    "error": {"class": "Incomplete", "message": "🦓", "sources": {"lama": "away"}},
}


async def end_a_task(bench: OutboxBench) -> None:
    async with async_pool(bench.settings, max_size=1) as pool:
        queue = TaskQueue(pool)
        new = NewTask(idempotency_key="k", platform=Platform.INSTAGRAM, flow="f", account_id="a")
        assert await queue.enqueue([new]) == 1
        (task,) = await queue.claim(Platform.INSTAGRAM, ["f"], "w", 1, 60)
        async with pool.connection() as connection:
            assert await finish(connection, [TaskEnd(task, TaskStatus.FAILED, ENDED)]) == {task.id}


def produce_the_others(bench: OutboxBench) -> None:
    consumers = load_consumers()
    for kind in WITHOUT_PRODUCER:
        send = to_outbox(bench.settings, consumers[kind])
        assert paced(examples(consumers[kind], 50), send, None).events == 50


def test_an_event_of_every_kind_reaches_clickhouse_with_every_column(bench: OutboxBench) -> None:
    records = every_record()
    consumers = load_consumers()
    assert {table_of(record).event for record in records} == {t.event for t in all_tables() if t.event}
    asyncio.run(store(bench, records))
    asyncio.run(end_a_task(bench))
    produce_the_others(bench)
    summary = drain(bench.settings, time_budget=60, until_empty=True)
    assert summary.parked == 0, bench.rows("SELECT kind, reason FROM beat.outbox_error")
    assert set(summary.by_kind) == set(consumers)
    assert bench.left() == (0, 0)
    client = bench.client()
    for record in records:
        consumer = consumers[str(table_of(record).event)]
        names = [column.name for column in consumer.columns if column.name != "raw_object"]
        shown = client.query(f"SELECT {', '.join(names)} FROM {consumer.table} FINAL").result_rows
        assert len(shown) == 1, consumer.kind
        missing = [name for name, value in zip(names, shown[0], strict=True) if value is None]
        assert missing == [], consumer.kind
        assert dict(zip(names, shown[0], strict=True))["observed_at"] == AT.replace(tzinfo=None)
    for kind in {"task_log", *WITHOUT_PRODUCER}:
        filled_columns = [f"countIf(isNotNull({column.name}))" for column in consumers[kind].columns]
        counts = client.query(
            f"SELECT {', '.join(filled_columns)} FROM {consumers[kind].table} FINAL"
        ).result_rows[0]
        always = 1 if kind == "task_log" else 50
        for column, count in zip(consumers[kind].columns, counts, strict=True):
            assert count == always or (column.nullable and column.name in NEVER_IN_EXAMPLES), (
                kind,
                column.name,
            )
    order = "SELECT total_price, toString(total_price), line_items FROM shopify_order FINAL"
    assert client.query(order).result_rows == [(AMOUNT, str(AMOUNT), f'[{{"price": "{AMOUNT}"}}]')]
    assert client.query("SELECT value FROM post_insight FINAL").result_rows == [(0.25,)]
    client.close()


def test_an_answer_of_the_sandbox_never_takes_the_place_of_a_real_one(bench: OutboxBench) -> None:
    consumer = load_consumers()["enrichment"]
    (example,) = examples(consumer, 1)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answers = [
        {"is_sandbox": False},
        {"is_sandbox": False, "observed_at": later},
        {"is_sandbox": True, "observed_at": later},
    ]
    events = [
        msgspec.structs.replace(example, body=orjson.dumps(orjson.loads(example.body) | one))
        for one in answers
    ]
    assert paced(iter(events), to_outbox(bench.settings, consumer), None).events == 3
    drain(bench.settings, time_budget=60, until_empty=True)
    client = bench.client()
    rows = client.query("SELECT is_sandbox FROM enrichment FINAL ORDER BY is_sandbox").result_rows
    client.close()
    assert rows == [(False,), (True,)], "asked again it is one row, of the sandbox another"


def test_columns_have_the_same_type_in_postgres_consumer_and_clickhouse(bench: OutboxBench) -> None:
    described = bench.rows(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'beat'"
    )
    postgres = {(row["table_name"], row["column_name"]): row for row in described}
    client = bench.client()
    raw = client.query(
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase()"
    ).result_rows
    clickhouse = {(table, name): kind for table, name, kind in raw}
    client.close()
    consumers = load_consumers()
    for table in all_tables():
        if table.event is None:
            continue
        for column in consumers[table.event].columns:
            row = postgres[table.name, column.name]
            assert column.type == POSTGRES_TYPES[row["data_type"]], (table.name, column.name)
            assert column.nullable == (row["is_nullable"] == "YES"), (table.name, column.name)
            kind = clickhouse[consumers[table.event].table, column.name]
            bare = (
                kind.removeprefix("LowCardinality(").removesuffix(")")
                if kind.startswith("LowCardinality")
                else kind
            )
            assert bare == clickhouse_type(column), (table.name, column.name)


def test_every_field_of_a_record_is_given_a_value_here() -> None:
    record = filled(facts_module.ShopifyOrder)
    assert all(getattr(record, one.name) is not None for one in fields(record))
    assert all(one.default is MISSING or one.default is None for one in fields(record))
