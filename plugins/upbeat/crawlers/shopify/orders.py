"""Reads orders and refunds of the Admin API. Pure; what it sees has passed `kept.kept`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.records import Platform, ShopifyOrder, ShopifyRefund

_FAILED = frozenset({"failure", "error", "pending"})


def read_order(
    order: Mapping[str, Any], read: FieldReader, *, shop: str, source: str, observed_at: datetime
) -> ShopifyOrder | None:
    """One order; None when it has no id."""
    order_id = read.identifier("order_id", "id")
    if order_id is None:
        read.note("order_id", "the order has no id")
        return None
    return ShopifyOrder(
        platform=Platform.SHOPIFY,
        source=source,
        observed_at=observed_at,
        shop=shop,
        order_id=order_id,
        name=read.text("name", "name", "order_number"),
        currency=read.text("currency", "currency", "total_price_set.shop_money.currency_code"),
        total_price=read.amount("total_price", "total_price", "total_price_set.shop_money.amount"),
        subtotal_price=read.amount(
            "subtotal_price", "subtotal_price", "subtotal_price_set.shop_money.amount"
        ),
        total_discounts=read.amount(
            "total_discounts", "total_discounts", "total_discounts_set.shop_money.amount"
        ),
        total_tax=read.amount("total_tax", "total_tax", "total_tax_set.shop_money.amount"),
        financial_status=read.text("financial_status", "financial_status"),
        fulfillment_status=read.text("fulfillment_status", "fulfillment_status"),
        customer_id=read.identifier("customer_id", "customer.id"),
        country_code=read.text(
            "country_code",
            "shipping_address.country_code",
            "billing_address.country_code",
            "customer.default_address.country_code",
        ),
        landing_site=read.text("landing_site", "landing_site"),
        referring_site=read.text("referring_site", "referring_site"),
        source_name=read.text("source_name", "source_name"),
        is_test=read.flag("is_test", "test"),
        discount_codes=_discount_codes(order, read),
        line_items=_items(order, "line_items", read, _line_item),
        created_time=read.instant("created_time", "created_at"),
        updated_time=read.instant("updated_time", "updated_at"),
        processed_time=read.instant("processed_time", "processed_at"),
        cancelled_time=read.instant("cancelled_time", "cancelled_at"),
    )


def read_refund(
    refund: Mapping[str, Any],
    read: FieldReader,
    *,
    shop: str,
    order_id: str | None,
    currency: str | None = None,
    source: str,
    observed_at: datetime,
) -> ShopifyRefund | None:
    """One refund; None when it has no id or no order. `order_id` and `currency` are those of the order around it."""
    refund_id = read.identifier("refund_id", "id")
    order_id = read.identifier("order_id", "order_id") or order_id
    if refund_id is None or order_id is None:
        read.note("refund_id", f"the refund has no {'order_id' if refund_id else 'id'}")
        return None
    amount, paid_in = _given_back(refund, read)
    return ShopifyRefund(
        platform=Platform.SHOPIFY,
        source=source,
        observed_at=observed_at,
        shop=shop,
        refund_id=refund_id,
        order_id=order_id,
        currency=paid_in or currency,
        amount=amount,
        line_items=_items(refund, "refund_line_items", read, _refunded_item),
        created_time=read.instant("created_time", "created_at", "processed_at"),
    )


def _given_back(refund: Mapping[str, Any], read: FieldReader) -> tuple[Decimal | None, str | None]:
    """The sum of the transactions that gave money back and did not fail, and its currency.

    One amount that cannot be read makes the sum unknown.
    """
    transactions = refund.get("transactions")
    if not isinstance(transactions, list):
        if transactions is not None:
            read.note("amount", "transactions: expected a list")
        total = read.amount("amount", "total_refunded_set.shop_money.amount")
        return total, read.text("currency", "total_refunded_set.shop_money.currency_code")
    amounts: list[Decimal | None] = []
    currency: str | None = None
    for number, transaction in enumerate(transactions):
        if not isinstance(transaction, dict):
            read.note(f"transactions[{number}]", "expected an object")
            amounts.append(None)
            continue
        inner = read.inside(transaction, f"transactions[{number}].")
        currency = currency or inner.text("currency", "currency", "amount_set.shop_money.currency_code")
        kind, status = inner.text("kind", "kind") or "refund", inner.text("status", "status")
        if kind == "refund" and status not in _FAILED:
            amount = inner.amount("amount", "amount", "amount_set.shop_money.amount")
            if amount is None:
                inner.note("amount", "is missing: the sum of the refund is not known")
            amounts.append(amount)
    known = [amount for amount in amounts if amount is not None]
    return (sum(known, Decimal(0)) if len(known) == len(amounts) else None), currency


def _discount_codes(order: Mapping[str, Any], read: FieldReader) -> list[str] | None:
    codes = order.get("discount_codes")
    if codes is None:
        applied = order.get("discount_applications")
        if not isinstance(applied, list):
            return None
        codes = [
            entry for entry in applied if isinstance(entry, dict) and entry.get("type") == "discount_code"
        ]
    if not isinstance(codes, list):
        read.note("discount_codes", "expected a list")
        return None
    found = [
        read.inside(code, f"discount_codes[{number}].").text("code", "code")
        if isinstance(code, dict)
        else None
        for number, code in enumerate(codes)
    ]
    if None in found:
        read.note("discount_codes", f"{found.count(None)} of {len(found)} have no code")
    return [code for code in found if code is not None]


def _items(
    owner: Mapping[str, Any], name: str, read: FieldReader, read_item: Any
) -> list[dict[str, Any]] | None:
    items = owner.get(name)
    if items is None:
        return None
    if not isinstance(items, list):
        read.note("line_items", f"{name}: expected a list")
        return None
    found = []
    for number, item in enumerate(items):
        if isinstance(item, dict):
            found.append(read_item(read.inside(item, f"{name}[{number}].")))
        else:
            read.note(f"{name}[{number}]", "expected an object")
    return found


def _line_item(read: FieldReader) -> dict[str, Any]:
    return {
        "product_id": read.identifier("product_id", "product_id"),
        "variant_id": read.identifier("variant_id", "variant_id"),
        "title": read.text("title", "title"),
        "quantity": read.integer("quantity", "quantity"),
        "price": read.amount("price", "price", "price_set.shop_money.amount"),
        "total_discount": read.amount(
            "total_discount", "total_discount", "total_discount_set.shop_money.amount"
        ),
    }


def _refunded_item(read: FieldReader) -> dict[str, Any]:
    return {
        "line_item_id": read.identifier("line_item_id", "line_item_id"),
        "quantity": read.integer("quantity", "quantity"),
        "subtotal": read.amount("subtotal", "subtotal", "subtotal_set.shop_money.amount"),
    }
