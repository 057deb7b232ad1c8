"""Shopify's bodies that were never recorded, as the reference and its versions show them, through `upbeat parse`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.crawlers.command_line_parse import Reading, Refusal, Run, named


def both(shop: Any, presentment: Any = None, currency: str = "USD", theirs: str = "INR") -> dict[str, Any]:
    """A `*_set`: the amount in the shop's currency and in the customer's."""
    return {
        "shop_money": {"amount": shop, "currency_code": currency},
        "presentment_money": {"amount": presentment or shop, "currency_code": theirs},
    }


ORDER = {
    "id": 450789469,
    "admin_graphql_api_id": "gid://shopify/Order/450789469",
    "name": "#1001",
    "order_number": 1001,
    "currency": "USD",
    "total_price": "409.94",
    "subtotal_price": "398.00",
    "total_tax": "11.94",
    "total_discounts": "0.00",
    "created_at": "2008-01-10T11:00:00-05:00",
}
REFUND = {"id": 929361462, "order_id": 450789469, "created_at": "2023-07-05T19:06:26-04:00"}
LINE = {"id": 1, "product_id": 632910392, "variant_id": 39072856, "title": "IPod", "quantity": 2, "price": "199.00"}  # fmt: skip

ORDERS = [
    Reading(
        "an order of 2024",
        "shopify",
        "orders",
        {"orders": [{
            **ORDER, "presentment_currency": "INR", "total_price_set": both("409.94", "34000.00"), "tags": "", "test": False,
            "current_total_price": "400.00", "financial_status": "partially_refunded", "fulfillment_status": None, "source_name": "web",
            "customer": {"id": 207119551, "email": "bob@example.com", "default_address": {"country_code": "US", "phone": "555"}},
            "shipping_address": {"first_name": "Bob", "country_code": "CA"}, "billing_address": None,
            "discount_codes": [{"code": "NEHA10", "amount": "10.00", "type": "percentage"}],
            "line_items": [LINE], "payment_gateway_names": ["bogus"], "unheard_of": {"a": [1]},
        }]},
        [{
            "type": "shopify_order", "order_id": "450789469", "name": "#1001", "currency": "USD", "total_price": "409.94",
            "subtotal_price": "398.00", "financial_status": "partially_refunded", "fulfillment_status": None, "customer_id": "207119551",
            "country_code": "CA", "is_test": False, "discount_codes": ["NEHA10"], "created_time": "2008-01-10T16:00:00+00:00",
            "line_items": [{"product_id": "632910392", "variant_id": "39072856", "title": "IPod", "quantity": 2, "price": "199.00", "total_discount": None}],
        }],
    ),
    Reading(
        "amounts in sets alone",
        "shopify",
        "order",
        {"order": {"id": 1, "total_price_set": both("10.00", "830.00"), "subtotal_price_set": both("9.00"), "total_discounts_set": both("1.00"), "total_tax_set": both("0.50"),
                   "line_items": [{"id": 1, "price_set": both("5.00"), "total_discount_set": both("0.50"), "quantity": 2}]}},
        [{
            "total_price": "10.00", "subtotal_price": "9.00", "total_discounts": "1.00", "total_tax": "0.50", "currency": "USD",
            "line_items": [{"product_id": None, "variant_id": None, "title": None, "quantity": 2, "price": "5.00", "total_discount": "0.50"}],
        }],
    ),
    Reading(
        "numbers as a table writes them",
        "shopify",
        "orders",
        {"orders": [{"id": "450789469", "total_price": 409.94, "total_tax": 12, "order_number": 1001.0, "line_items": [{"id": 1, "product_id": 632910392.0, "quantity": 2.0, "price": 1}], "customer": {"id": 207119551.0}}]},
        [{
            "order_id": "450789469", "total_price": "409.94", "total_tax": "12", "name": "1001.0", "customer_id": "207119551",
            "line_items": [{"product_id": "632910392", "variant_id": None, "title": None, "quantity": 2, "price": "1", "total_discount": None}],
        }],
    ),
    Reading(
        "nulls everywhere",
        "shopify",
        "orders",
        {"orders": [{"id": 1, **dict.fromkeys(["name", "currency", "total_price", "total_price_set", "customer", "shipping_address", "line_items", "discount_codes", "discount_applications", "refunds", "created_at", "test", "landing_site"])}]},
        [{"order_id": "1", "total_price": None, "customer_id": None, "line_items": None, "discount_codes": None, "created_time": None}],
    ),
    Reading(
        "a test order, cancelled",
        "shopify",
        "orders",
        {"orders": [{**ORDER, "test": True, "cancelled_at": "2008-01-11T00:00:00Z", "cancel_reason": "customer", "financial_status": "voided"}]},
        [{"is_test": True, "cancelled_time": "2008-01-11T00:00:00+00:00", "financial_status": "voided"}],
    ),
    Reading(
        "discount applications without codes",
        "shopify",
        "orders",
        {"orders": [{**ORDER, "discount_applications": [
            {"type": "discount_code", "code": "NEHA10", "value": "10.0", "value_type": "percentage", "target_type": "line_item", "allocation_method": "across"},
            {"type": "automatic", "title": "Summer", "value": "5.0", "value_type": "fixed_amount"},
            {"type": "manual", "title": "x", "value": "1.0"},
        ]}]},
        [{"discount_codes": ["NEHA10"]}],
    ),
    Reading(
        "an order with its refund",
        "shopify",
        "order",
        {"order": {**ORDER, "refunds": [{**REFUND, "refund_line_items": [], "transactions": [{"id": 1, "kind": "refund", "status": "success", "amount": "41.94", "currency": "INR"}]}]}},
        [{"type": "shopify_order"}, {"type": "shopify_refund", "refund_id": "929361462", "order_id": "450789469", "amount": "41.94", "currency": "INR"}],
    ),
    Reading(
        "one order of two can be read",
        "shopify",
        "orders",
        {"orders": [{"total_price": "1"}, ORDER]},
        [{"order_id": "450789469"}],
        ["orders[0].order_id"],
    ),
    Reading(
        "an amount that is none",
        "shopify",
        "orders",
        {"orders": [{**ORDER, "total_price": "free", "total_tax": {"amount": "1"}}]},
        [{"total_price": None, "total_tax": None, "subtotal_price": "398.00"}],
        ["orders[0].total_price", "orders[0].total_tax"],
    ),
    Reading("no orders", "shopify", "orders", {"orders": []}, []),
]  # fmt: skip

REFUNDS = [
    Reading(
        "with transactions",
        "shopify",
        "refunds",
        {"refunds": [{
            **REFUND, "note": "call 555-0100", "restock": True, "total_duties_set": both("0.00"), "order_adjustments": [], "duties": [],
            "refund_line_items": [{"id": 1, "line_item_id": 703073504, "quantity": 1, "restock_type": "return", "subtotal": 195.67, "subtotal_set": both("195.67"), "total_tax": 3.98}],
            "transactions": [
                {"id": 1, "kind": "refund", "status": "success", "amount": "41.94", "currency": "USD", "gateway": "bogus"},
                {"id": 2, "kind": "refund", "status": "failure", "amount": "1.00", "currency": "USD"},
            ],
        }]},
        [{"amount": "41.94", "currency": "USD", "line_items": [{"line_item_id": "703073504", "quantity": 1, "subtotal": "195.67"}], "created_time": "2023-07-05T23:06:26+00:00"}],
    ),
    Reading("nothing was paid back", "shopify", "refunds", {"refunds": [{**REFUND, "transactions": []}]}, [{"amount": "0", "currency": None}]),
    Reading(
        "transactions left out",
        "shopify",
        "refunds",
        {"refund": {**REFUND, "total_refunded_set": both("12.00")}},
        [{"amount": "12.00", "currency": "USD"}],
    ),
    Reading("neither is told", "shopify", "refunds", {"refunds": [REFUND]}, [{"amount": None}]),
    Reading("of an order that the body does not name", "shopify", "refunds", {"refunds": [{"id": 5}]}, [{"order_id": "77"}], params=("order_id=77",)),
    Reading("none", "shopify", "refunds", {"refunds": []}, []),
]  # fmt: skip

GOODS = [
    Reading(
        "many variants",
        "shopify",
        "products",
        {"products": [{
            "id": 632910392, "title": "IPod Nano - 8GB", "body_html": "<p>It's</p>", "vendor": "Apple", "product_type": "Cult", "handle": "ipod-nano",
            "status": "active", "tags": "Emotive, Flash Memory, MP3", "published_at": None, "created_at": "2024-01-02T08:59:11-05:00",
            "variants": [{"id": n, "title": f"V{n}", "price": f"{n}.50", "sku": None, "inventory_quantity": n - 3, "inventory_item_id": 1} for n in range(1, 101)],
            "options": [], "images": [], "image": None,
        }]},
        [{"type": "shopify_product", "price_min": "1.50", "price_max": "100.50", "inventory_quantity": 4750, "tags": ["Emotive", "Flash Memory", "MP3"], "status": "active", "published_time": None}],
    ),
    Reading("one product, no variants", "shopify", "products", {"product": {"id": 1, "title": "A", "variants": [], "tags": ""}}, [{"product_id": "1", "price_min": None, "inventory_quantity": None, "variants": [], "tags": []}]),
    Reading(
        "prices as numbers, one broken",
        "shopify",
        "products",
        {"products": [{"id": 1, "variants": [{"id": 1, "price": 9.99, "inventory_quantity": 3.0}, {"id": 2, "price": "x"}]}]},
        [{"price_min": "9.99", "price_max": "9.99", "inventory_quantity": 3}],
        ["products[0].variants[1].price"],
    ),
    Reading("no products", "shopify", "products", {"products": []}, []),
    Reading(
        "discount codes",
        "shopify",
        "discount_codes",
        {"discount_codes": [{"id": 507328175, "price_rule_id": 507328175, "code": "SUMMER", "usage_count": "3", "created_at": "2024-01-02T08:59:11-05:00"}, {"id": 2, "code": "B", "errors": {}}]},
        [{"type": "shopify_discount_code", "code": "SUMMER", "usage_count": 3, "price_rule_id": "507328175", "value": None}, {"code": "B"}],
    ),
    Reading(
        "a code with the value of its rule",
        "shopify",
        "discount_codes",
        {"discount_code": {"id": 1, "code": "A"}},
        [{"value": "-10.0", "value_type": "percentage", "price_rule_id": "9"}],
        params=("value=-10.0", "value_type=percentage", "price_rule_id=9"),
    ),
    Reading("price rules give no rows", "shopify", "identifier", {"price_rules": [{"id": 1, "value": "-10.0", "value_type": "percentage"}]}, []),
    Reading("a count", "shopify", "count", {"count": 2}, [{"type": "shopify_count", "metric": "customers", "value": 2, "day": "2026-11-22"}]),
    Reading("a count as a float", "shopify", "count", {"count": 2.0}, [{"value": 2}]),
    Reading("a count of none", "shopify", "count", {"count": "0"}, [{"value": 0}]),
]  # fmt: skip

GRAPHQL = {"data": {"orders": {"edges": [{"node": {"id": "gid://shopify/Order/1", "name": "#1"}}]}}}
REFUSED = [
    Refusal("GraphQL", "shopify", "orders", GRAPHQL, "no orders"),
    Refusal("GraphQL without its envelope", "shopify", "orders", GRAPHQL["data"], "no orders"),
    Refusal("GraphQL's ids", "shopify", "orders", {"orders": [{"id": "gid://shopify/Order/1"}]}, "none of the orders"),
    Refusal("GraphQL's errors", "shopify", "products", {"errors": [{"message": "Field 'x' doesn't exist on type 'Product'", "locations": []}]}, "shopify"),
    Refusal("a draft order", "shopify", "order", {"draft_order": {"id": 1, "status": "open", "total_price": "1.00"}}, "no orders"),
    Refusal("checkouts", "shopify", "orders", {"checkouts": [{"id": 1, "total_price": "1.00"}]}, "no orders"),
    Refusal("customers", "shopify", "orders", {"customers": [{"id": 1}]}, "no orders"),
    Refusal("products as orders", "shopify", "orders", {"products": [{"id": 1}]}, "no orders"),
    Refusal("orders as products", "shopify", "products", {"orders": [ORDER]}, "no products"),
    Refusal("transactions as refunds", "shopify", "refunds", {"transactions": [{"id": 1, "kind": "refund", "amount": "1.00"}]}, "no refunds"),
    Refusal("price rules as codes", "shopify", "discount_codes", {"price_rules": [{"id": 1, "title": "A"}]}, "no discount_codes"),
    Refusal("two orders where one is expected", "shopify", "order", {"orders": [ORDER, {"id": 2}]}, "several orders"),
    Refusal("orders that are no list", "shopify", "orders", {"orders": "none"}, "no orders"),
    Refusal("only broken orders", "shopify", "orders", {"orders": ["a", 5, None]}, "none of the orders"),
    Refusal("a refund of no order", "shopify", "refunds", {"refunds": [{"id": 5}]}, "order_id"),
    Refusal("no count", "shopify", "count", {"count": None}, "no count"),
    Refusal("a count below zero", "shopify", "count", {"count": -5}, "no count"),
    Refusal("half a count", "shopify", "count", {"count": 2.5}, "no count"),
    Refusal("a count of something that is no number", "shopify", "count", {"count": {"total": 5}}, "no count"),
    Refusal("a wrong token", "shopify", "orders", {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, "Invalid API key"),
    Refusal("too many calls", "shopify", "products", {"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}, "Exceeded"),
    Refusal("nothing there", "shopify", "order", {"errors": "Not Found"}, "Not Found"),
    Refusal("a parameter", "shopify", "orders", {"errors": {"created_at_min": ["expected a date"]}}, "expected a date"),
    Refusal("an error with an empty list", "shopify", "orders", {"errors": "Not Found", "orders": []}, "Not Found"),
    Refusal("a missing scope", "shopify", "count", {"errors": "[API] This action requires merchant approval for read_customers scope."}, "scope"),
    Refusal("a login page", "shopify", "orders", b"<html><head><title>Log in</title></head></html>", "not JSON"),
    Refusal("cut off", "shopify", "orders", b'{"orders": [{"id": 450789469, "total_price": "4', "not JSON"),
    Refusal("nothing", "shopify", "count", b"", "the body is empty"),
    Refusal("a bare list", "shopify", "orders", [ORDER], "no orders"),
    Refusal("a kind that it does not send", "shopify", "profile", {"shop": {"id": 1, "name": "A"}}, "sends no profile body"),
]  # fmt: skip


@pytest.mark.parametrize("case", named((*ORDERS, *REFUNDS, *GOODS)))
def test_a_body_of_its_kind_is_read(case: Reading, parse_command: Run) -> None:
    parse_command(case)


@pytest.mark.parametrize("case", named(REFUSED))
def test_a_body_that_is_none_is_refused_in_one_line(case: Refusal, parse_command: Run) -> None:
    parse_command(case)
