"""What of a shop's answers is kept: an allow-list, so that nothing personal of its customers gets anywhere. Pure.

The archive and the parser see a body only through `kept`. An order's customer is an id and a country; names, addresses,
e-mail, phone, IP, notes, gift messages (line item properties) and card data are not on the list. The addresses of the pages on
which customers came keep their path and what names a campaign, for some shop systems write e-mail addresses into them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from upbeat.crawlers.json_body import load_json
from upbeat.errors import MalformedBodyError

Shape = Mapping[str, Any]
"""Field name → True (a plain value), a function of the value, or the shape of the object (or of each object of the list)."""

_CAMPAIGN = re.compile(
    r"utm_(source|medium|campaign|content|term|id)|ref|discount|via|aff(iliate)?(_id)?|coupon|source", re.I
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"[^\s/@?&=]+(@|%40)[^\s/@?&=]+\.[^\s/@?&=]+")


def campaign_url(value: Any) -> Any:
    """The address of a page without login, e-mail address, fragment, and any query parameter but a campaign's."""
    if not isinstance(value, str):
        return None if value is None else {}
    try:
        parts = urlsplit(value.strip())
        query = parse_qsl(parts.query)
    except ValueError:
        return None
    if _EMAIL.search(parts.path):
        return None
    marks = [(name, mark) for name, mark in query if _CAMPAIGN.fullmatch(name) and not _EMAIL.search(mark)]
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, urlencode(marks), ""))


def error_words(value: Any) -> Any:
    """What `errors` says: a text, texts, or texts by field."""
    if isinstance(value, dict):
        return {name: error_words(words) for name, words in value.items() if not isinstance(words, dict)}
    if isinstance(value, list):
        return [words for words in value if isinstance(words, str)]
    return value


def _plain(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), True)


_MONEY: Shape = {
    "shop_money": _plain("amount currency_code"),
    "presentment_money": _plain("amount currency_code"),
}
_COUNTRY: Shape = _plain("country_code")
REFUND: Shape = {
    **_plain("id order_id created_at processed_at"),
    "total_refunded_set": _MONEY,
    "transactions": {**_plain("id order_id kind status amount currency created_at"), "amount_set": _MONEY},
    "refund_line_items": {**_plain("id line_item_id quantity subtotal total_tax"), "subtotal_set": _MONEY},
}
ORDER: Shape = {
    **_plain(
        "id name number order_number currency test created_at updated_at processed_at cancelled_at closed_at"
        " total_price subtotal_price total_discounts total_tax current_total_price financial_status"
        " fulfillment_status source_name"
    ),
    **dict.fromkeys(
        ("total_price_set", "subtotal_price_set", "total_discounts_set", "total_tax_set"), _MONEY
    ),
    "landing_site": campaign_url,
    "referring_site": campaign_url,
    "customer": {"id": True, "default_address": _COUNTRY},
    "shipping_address": _COUNTRY,
    "billing_address": _COUNTRY,
    "discount_codes": _plain("code amount type"),
    "discount_applications": _plain("type code value value_type target_type"),
    "line_items": {
        **_plain("id product_id variant_id title quantity price total_discount sku vendor"),
        "price_set": _MONEY,
        "total_discount_set": _MONEY,
    },
    "refunds": REFUND,
}
VARIANT: Shape = _plain(
    "id product_id title sku price compare_at_price inventory_quantity position created_at updated_at"
)
PRODUCT: Shape = {
    **_plain("id title handle vendor product_type status tags created_at updated_at published_at"),
    "variants": VARIANT,
}
PRICE_RULE: Shape = _plain("id title value value_type starts_at ends_at created_at updated_at")
DISCOUNT_CODE: Shape = _plain("id price_rule_id code usage_count created_at updated_at")
BODY: Shape = {
    "orders": ORDER,
    "order": ORDER,
    "refunds": REFUND,
    "refund": REFUND,
    "products": PRODUCT,
    "product": PRODUCT,
    "price_rules": PRICE_RULE,
    "price_rule": PRICE_RULE,
    "discount_codes": DISCOUNT_CODE,
    "discount_code": DISCOUNT_CODE,
    "count": True,
    "errors": error_words,
    "error": error_words,
    "error_description": True,
    "message": True,
}


def kept(document: Any, shape: Shape = BODY) -> Any:
    """`document` with what is on the list. What has another type than expected leaves `{}` or False: not its value."""
    if isinstance(document, list):
        return [kept(item, shape) if isinstance(item, dict) else False for item in document]
    if not isinstance(document, dict):
        return None if document is None else False
    return {name: _field(document[name], rule) for name, rule in shape.items() if name in document}


def _field(value: Any, rule: Literal[True] | Shape | Callable[[Any], Any]) -> Any:
    if isinstance(rule, Mapping):
        return kept(value, rule)
    if callable(rule):
        return rule(value)
    if isinstance(value, list):
        return [item for item in value if not isinstance(item, dict | list)]
    return {} if isinstance(value, dict) else value


def kept_body(body: bytes) -> bytes:
    """`kept` of a body. One that is no JSON becomes empty: what stands in it is not known."""
    try:
        return orjson.dumps(_as_written(kept(load_json(body, exact=True))))
    except MalformedBodyError:
        return b""


def _as_written(value: Any) -> Any:
    """The value with its numbers and texts as they stood in the body, also those for which orjson has no form."""
    if isinstance(value, dict):
        names = {name: name.encode("utf-8", "ignore").decode() for name in value}
        return {names[name]: _as_written(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_written(item) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        return orjson.Fragment(str(value))
    if isinstance(value, str) and _SURROGATE.search(value):
        return orjson.Fragment(json.dumps(value))
    return value
