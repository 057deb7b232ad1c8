"""Shops and what was ordered in them with the creators' codes."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from decimal import Decimal

from .world import DAY, HOUR, NOW, Row, World

SHOPS = {"chai-house": "INR", "ootd-store": "USD", "idle-shop": "EUR"}
CODES = ("CREATOR1", "Creator2", "INSTA14", "WELCOME")
PRODUCTS = 8


def add_orders(world: World, rng: random.Random) -> None:
    """300 over 90 days: with one code, two or none, cancelled, tests, told twice; some were given back, in part or in another currency."""
    for number in range(300):
        shop = rng.choice(["chai-house", "chai-house", "ootd-store"])
        row = _order(rng, shop, number)
        world.add(
            "shopify_order",
            [{**row, "financial_status": "pending", "observed_at": row["observed_at"] - DAY}]
            if rng.random() < 0.2
            else [],
        )
        world.add("shopify_order", [row])
        if rng.random() < 0.15:
            for part in range(rng.choice([1, 1, 2])):
                world.add("shopify_refund", [_refund(rng, row, f"r{number}-{part}")])
    orphan = {**_refund(rng, row, "r-orphan"), "order_id": "o-nowhere"}
    world.add("shopify_refund", [orphan])
    world.add(
        "shopify_order",
        [
            {**row, "order_id": ""},
            {**row, "order_id": "o-bad", "line_items": "no json", "discount_codes": "{}"},
        ],
    )


def add_products(world: World, rng: random.Random) -> None:
    """What the shops sell."""
    for shop in SHOPS:
        for number in range(PRODUCTS):
            row = {
                "platform": "SHOPIFY",
                "shop": shop,
                "product_id": f"{shop}-{number}",
                "title": f"Product {number}",
                "status": "active",
                "price_min": Decimal("99.5"),
                "price_max": Decimal("199.5"),
                "inventory_quantity": rng.choice([None, 5]),
                "tags": json.dumps(["tea"]),
                "source": "shopify",
                "observed_at": NOW - 6 * HOUR,
            }
            world.add("shopify_product", [row])


def _order(rng: random.Random, shop: str, number: int) -> Row:
    items = []
    for _ in range(rng.randrange(1, 4)):
        product = rng.randrange(PRODUCTS)
        items.append(
            {
                "product_id": rng.choice([f"{shop}-{product}"] * 9 + [None]),
                "variant_id": f"v{product}",
                "title": f"Product {product}",
                "quantity": rng.choice([1, 1, 2, 5, None]),
                "price": rng.choice([100 + product, f"{100 + product}.25"]),
                "total_discount": rng.choice([None, 10, "0.5"]),
            }
        )
    total = sum((Decimal(str(item["price"])) * (item["quantity"] or 1) for item in items), Decimal(0))
    created = NOW - rng.randrange(90) * DAY - timedelta(minutes=rng.randrange(90, 1300))
    codes = rng.choice([[], [], ["CREATOR1"], ["creator2"], ["INSTA14", "WELCOME"], ["WELCOME"]])
    return {
        "platform": "SHOPIFY",
        "shop": shop,
        "order_id": f"o{number}",
        "name": f"#{1000 + number}",
        "currency": rng.choice([SHOPS[shop]] * 12 + ["EUR", None]),
        "total_price": rng.choice([total] * 19 + [None]),
        "subtotal_price": total,
        "total_discounts": rng.choice([None, Decimal("10.5"), Decimal(0)]),
        "total_tax": None,
        "financial_status": rng.choice(["paid", "paid", "partially_refunded", "pending", None]),
        "fulfillment_status": rng.choice([None, "fulfilled"]),
        "customer_id": rng.choice([None, f"k{rng.randrange(90)}"]),
        "country_code": rng.choice(["IN", "US", None]),
        "landing_site": rng.choice([None, "https://example.com/?utm_source=instagram"]),
        "source_name": "web",
        "is_test": rng.choice([None, False, False, False, number % 10 == 0]),
        "discount_codes": rng.choice([json.dumps(codes)] * 9 + [None]),
        "line_items": json.dumps(items),
        "created_time": created,
        "updated_time": created + HOUR,
        "processed_time": created,
        "cancelled_time": created + 5 * HOUR if rng.random() < 0.05 else None,
        "source": "shopify",
        "observed_at": created + 2 * HOUR,
    }


def _refund(rng: random.Random, order: Row, refund_id: str) -> Row:
    return {
        "platform": "SHOPIFY",
        "shop": order["shop"],
        "refund_id": refund_id,
        "order_id": order["order_id"],
        "currency": rng.choice([order["currency"], order["currency"], None, "GBP"]),
        "amount": rng.choice([Decimal("20.25"), Decimal("5"), None]),
        "created_time": order["created_time"] + 7 * HOUR,
        "source": "shopify",
        "observed_at": min(order["created_time"] + 9 * HOUR, NOW),
    }
