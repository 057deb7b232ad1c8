"""Reads products, price rules and discount codes of the Admin API. Pure; what it sees has passed `kept.kept`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.records import Platform, ShopifyDiscountCode, ShopifyProduct

RULE_FIELDS = ("value", "value_type", "starts_at", "ends_at")
"""What a discount code has from its price rule; `Shopify` passes it to the parser of the codes as params."""


def read_product(
    product: Mapping[str, Any], read: FieldReader, *, shop: str, source: str, observed_at: datetime
) -> ShopifyProduct | None:
    """One product with its variants; None when it has no id."""
    product_id = read.identifier("product_id", "id")
    if product_id is None:
        read.note("product_id", "the product has no id")
        return None
    variants = _variants(product, read)
    prices = [v["price"] for v in variants or () if v["price"] is not None]
    stocks = [v["inventory_quantity"] for v in variants or () if v["inventory_quantity"] is not None]
    return ShopifyProduct(
        platform=Platform.SHOPIFY,
        source=source,
        observed_at=observed_at,
        shop=shop,
        product_id=product_id,
        title=read.text("title", "title"),
        handle=read.text("handle", "handle"),
        vendor=read.text("vendor", "vendor"),
        product_type=read.text("product_type", "product_type"),
        status=read.text("status", "status"),
        price_min=min(prices, default=None),
        price_max=max(prices, default=None),
        inventory_quantity=sum(stocks) if stocks else None,
        tags=_tags(product, read),
        variants=variants,
        created_time=read.instant("created_time", "created_at"),
        updated_time=read.instant("updated_time", "updated_at"),
        published_time=read.instant("published_time", "published_at"),
    )


def _variants(product: Mapping[str, Any], read: FieldReader) -> list[dict[str, Any]] | None:
    variants = product.get("variants")
    if variants is None:
        return None
    if not isinstance(variants, list):
        read.note("variants", "expected a list")
        return None
    found = []
    for number, variant in enumerate(variants):
        if not isinstance(variant, dict):
            read.note(f"variants[{number}]", "expected an object")
            continue
        inner = read.inside(variant, f"variants[{number}].")
        found.append(
            {
                "variant_id": inner.identifier("variant_id", "id"),
                "title": inner.text("title", "title"),
                "sku": inner.text("sku", "sku"),
                "price": inner.amount("price", "price"),
                "inventory_quantity": inner.integer("inventory_quantity", "inventory_quantity"),
            }
        )
    return found


def _tags(product: Mapping[str, Any], read: FieldReader) -> list[str] | None:
    """`"Big Air", Barnes & Noble`: commas part them, quotes may stand around one."""
    tags = product.get("tags")
    if isinstance(tags, list):
        return [tag.strip() for tag in tags if isinstance(tag, str) and tag.strip()]
    if not isinstance(tags, str):
        if tags is not None:
            read.note("tags", "expected a text or a list")
        return None
    text = (read.text_or_empty("tags", "tags") or "").replace("\r", " ").replace("\n", " ")
    try:
        row = next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        row = text.split(",")
    return [tag.strip() for tag in row if tag.strip()]


def read_price_rule(read: FieldReader) -> tuple[str, dict[str, str]] | None:
    """A price rule's id and what its codes have from it, as params; None when it has no id."""
    rule_id = read.identifier("price_rule_id", "id")
    if rule_id is None:
        read.note("price_rule_id", "the price rule has no id")
        return None
    told = {
        "value": read.amount("value", "value"),
        "value_type": read.text("value_type", "value_type"),
        "starts_at": read.text("starts_at", "starts_at"),
        "ends_at": read.text("ends_at", "ends_at"),
    }
    return rule_id, {name: str(value) for name, value in told.items() if value is not None}


def read_discount_code(
    read: FieldReader, params: Mapping[str, str], *, shop: str, source: str, observed_at: datetime
) -> ShopifyDiscountCode | None:
    """One code with what `params` say of its price rule; None when it has no id or no code."""
    code_id, code = read.identifier("discount_code_id", "id"), read.text("code", "code")
    if code_id is None or code is None:
        read.note("discount_code_id", f"the discount code has no {'code' if code_id else 'id'}")
        return None
    rule = read.inside({name: params.get(name) for name in RULE_FIELDS}, "price_rule.")
    return ShopifyDiscountCode(
        platform=Platform.SHOPIFY,
        source=source,
        observed_at=observed_at,
        shop=shop,
        discount_code_id=code_id,
        code=code,
        price_rule_id=read.identifier("price_rule_id", "price_rule_id") or params.get("price_rule_id"),
        usage_count=read.count("usage_count", "usage_count"),
        value=rule.amount("value", "value"),
        value_type=rule.text("value_type", "value_type"),
        starts_at=rule.instant("starts_at", "starts_at"),
        ends_at=rule.instant("ends_at", "ends_at"),
        created_time=read.instant("created_time", "created_at"),
    )
