"""The commerce marts over a world of raw orders, held against a recomputation in plain Python."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from .row_differences import differences
from .world.world import DAY, NOW

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse
    from .world.world import Row, World

NOTHING = Decimal(0)


def _refunded(world: World) -> dict[tuple[str, str], list[Row]]:
    refunds: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for refund in world.clean("shopify_refund"):
        refunds[refund["shop"], refund["order_id"]].append(refund)
    return refunds


@pytest.fixture(scope="module")
def orders(built_warehouse: BuiltWarehouse) -> list[dict[str, Any]]:
    """All orders with what they count for; a refund counts in the order's currency alone."""
    refunds, found = _refunded(built_warehouse.world), []
    for row in built_warehouse.world.clean("shopify_order"):
        given_back = [
            r["amount"]
            for r in refunds[row["shop"], row["order_id"]]
            if r["amount"] is not None and (r["currency"] or row["currency"]) == row["currency"]
        ]
        discounts = row["total_discounts"] or NOTHING
        gross = (row["subtotal_price"] or NOTHING) + discounts
        found.append(
            {
                **row,
                "money": row["currency"] or "unknown",
                "is_test": bool(row["is_test"]),
                "is_sale": not row["is_test"] and row["cancelled_time"] is None,
                "codes": {code.upper() for code in _list(row["discount_codes"])},
                "lines": _list(row["line_items"]),
                "gross": gross,
                "discounts": discounts,
                "refunds": sum(given_back, NOTHING),
                "net": gross - discounts - sum(given_back, NOTHING),
            }
        )
    return found


def _list(text: str | None) -> list[Any]:
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return []
    return value if isinstance(value, list) else []


def _sums(orders: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: sum((o[name] for o in orders), NOTHING) for name in ("gross", "discounts", "refunds", "net")
    }


def test_a_day_sells_what_was_ordered_for_good(
    built_warehouse: BuiltWarehouse, orders: list[dict[str, Any]]
) -> None:
    days: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for order in orders:
        days["SHOPIFY", order["shop"], order["money"], order["created_time"].date()].append(order)
    expected = {}
    for key, found in days.items():
        sold = [order for order in found if order["is_sale"]]
        expected[key] = {
            "orders": len(sold),
            "test_orders": sum(o["is_test"] for o in found),
            "cancelled_orders": sum(not o["is_test"] and not o["is_sale"] for o in found),
            "customers": len({o["customer_id"] for o in sold} - {None}),
            **_sums(sold),
        }
    for name in ("test_orders", "cancelled_orders", "refunds", "discounts"):
        assert any(row[name] for row in expected.values()), name
    actual = built_warehouse.rows("select * from mart.mart_orders_daily")
    assert differences(actual, ("platform", "shop", "currency", "date"), expected) == []


def test_a_product_sells_the_lines_of_real_orders(
    built_warehouse: BuiltWarehouse, orders: list[dict[str, Any]]
) -> None:
    lines: dict[Any, list[tuple[dict[str, Any], Row]]] = defaultdict(list)
    for order in orders:
        for line in order["lines"] if order["is_sale"] else []:
            lines["SHOPIFY", order["shop"], order["money"], line["product_id"] or "none"].append(
                (order, line)
            )
    expected = {}
    for key, found in lines.items():
        gross = sum((Decimal(str(line["price"])) * (line["quantity"] or 0) for _, line in found), NOTHING)
        discounts = sum((Decimal(str(line["total_discount"] or 0)) for _, line in found), NOTHING)
        expected[key] = {
            "orders": len({order["order_id"] for order, _ in found}),
            "units": sum(line["quantity"] or 0 for _, line in found),
            "units_30d": sum(
                line["quantity"] or 0 for order, line in found if order["created_time"] > NOW - 30 * DAY
            ),
            "gross": gross,
            "discounts": discounts,
            "net": gross - discounts,
            "last_sold_at": max(order["created_time"] for order, _ in found),
        }
    assert any(key[3] == "none" for key in expected)
    actual = built_warehouse.rows("select * from mart.mart_product_sales")
    assert differences(actual, ("platform", "shop", "currency", "product_id"), expected) == []


def test_a_code_brings_in_its_orders_in_any_case(
    built_warehouse: BuiltWarehouse, orders: list[dict[str, Any]]
) -> None:
    used: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    whole: dict[Any, int] = defaultdict(int)
    for order in orders:
        if order["is_sale"]:
            whole[order["shop"], order["money"]] += 1
            for code in order["codes"]:
                used["SHOPIFY", order["shop"], order["money"], code].append(order)
    expected = {
        key: {
            "orders": len(found),
            "orders_share": len(found) / whole[key[1], key[2]],
            "orders_with_other_codes": sum(len(order["codes"]) > 1 for order in found),
            "customers": len({order["customer_id"] for order in found} - {None}),
            **_sums(found),
        }
        for key, found in used.items()
    }
    assert any(row["orders_with_other_codes"] for row in expected.values())
    actual = built_warehouse.rows("select * from mart.mart_discount_code_performance")
    assert differences(actual, ("platform", "shop", "currency", "code"), expected) == []
