"""All flows of Shopify over the sandbox: from the task to the rows of every table that the flow names."""

from __future__ import annotations

import json

import pytest
from tests.collection_run import CollectionRun

from upbeat.flows.shopify import SHOPIFY_FLOWS
from upbeat.ingestion.archive import decode_object
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.sandbox.shops import SHOPS
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import transaction

ALL = [flow.key for flow in SHOPIFY_FLOWS]


def enqueue(run: CollectionRun, flow: str, **params: object) -> None:
    task = NewTask(
        idempotency_key=f"{flow}:{json.dumps(params)}", platform=Platform.SHOPIFY, flow=flow, params=params
    )
    with transaction(run.settings) as connection:
        assert enqueue_now(connection, [task]) == 1


@pytest.fixture
def shop_run(run: CollectionRun) -> CollectionRun:
    run.add_credentials(owners=True)
    run.change(source_limits={**run.settings.source_limits, "shopify": "1000000/h"})
    return run


def test_every_flow_fills_every_table_that_it_names(shop_run: CollectionRun) -> None:
    run = shop_run
    for shop in SHOPS:
        for flow in ("orders", "products", "discount_codes", "customers_count"):
            enqueue(run, flow, shop=shop)
    run.work(flows=ALL)
    assert run.statuses() == {"COMPLETE": 8}
    refunded = run.rows("SELECT DISTINCT ON (shop) shop, order_id FROM beat.shopify_refund ORDER BY shop")
    assert len(refunded) == 2
    before = run.rows("SELECT shop, order_id, amount FROM beat.shopify_refund ORDER BY 1, 2")
    for row in refunded:
        enqueue(run, "order_by_id", **row)
        enqueue(run, "refunds", **row)
    run.work(flows=ALL)
    assert run.statuses() == {"COMPLETE": 12}
    assert run.rows("SELECT shop, order_id, amount FROM beat.shopify_refund ORDER BY 1, 2") == before
    for table in {table for flow in SHOPIFY_FLOWS for table in flow.writes}:
        rows = run.rows(f"SELECT shop, source, count(*) AS n FROM {table} GROUP BY 1, 2 ORDER BY 1")
        assert [(row["shop"], row["source"]) for row in rows] == [(shop, "shopify") for shop in sorted(SHOPS)]
    kinds = {row["kind"] for row in run.rows("SELECT DISTINCT kind FROM beat.outbox")}
    assert kinds == {"shopify_order", "shopify_product", "shopify_refund", "task_log"}


def test_amounts_are_stored_to_the_cent_and_nothing_of_the_customer(shop_run: CollectionRun) -> None:
    run = shop_run
    enqueue(run, "orders", shop="glow-sandbox", limit=1000)
    run.work(flows=["shopify.orders"])
    sums = run.rows(
        "SELECT sum(total_price) AS total, count(*) AS n, count(country_code) AS countries,"
        " bool_and(total_price = subtotal_price) AS same FROM beat.shopify_order"
    )[0]
    assert sums["n"] == sums["countries"] > 250
    assert sums["same"]
    line = run.rows("SELECT line_items -> 0 ->> 'price' AS price FROM beat.shopify_order LIMIT 1")[0]
    assert line["price"].endswith(".00")
    stored = json.dumps(
        run.rows("SELECT o.*, b.payload FROM beat.shopify_order o, beat.outbox b"), default=str
    )
    store = ObjectStore(run.settings, run.settings.s3_raw_bucket)
    archived = "".join(
        str(entry.payload.body)
        for key in store.keys("")
        for entry in decode_object(key, store.get(key))
        if entry.payload.source == "shopify"
    )
    assert "instagram" in archived, "the bodies are archived"
    for text in (stored, archived):
        for personal in ("example.com", "Example Street", "192.0.2.7", "555-0100", "Exampleville"):
            assert personal not in text
