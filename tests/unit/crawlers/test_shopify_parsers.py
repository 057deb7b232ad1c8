"""The parsers of Shopify on recorded and documented answers: exact amounts, nothing of a customer, other resources refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.crawlers.test_parsers_on_mutations import JSON, QUIET, damage

from upbeat.crawlers.shopify.kept import campaign_url
from upbeat.crawlers.shopify.shopify import Shopify
from upbeat.errors import DropError, MalformedBodyError, RotateCredentialError, SourceError
from upbeat.records import (
    Parsed,
    PayloadKind,
    ShopifyCount,
    ShopifyDiscountCode,
    ShopifyOrder,
    ShopifyProduct,
    ShopifyRefund,
)
from upbeat.stores.json_text import encode_json

OBSERVED = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
PARAMS = {"shop": "glow-sandbox", "order_id": "77"}
FOLDER = "api/shopify_rest"
READABLE = {
    ("orders", "orders.json"),
    ("orders", "order.json"),
    ("orders", "order_with_transaction.json"),
    ("order", "orders.json"),
    ("order", "order.json"),
    ("order", "order_with_transaction.json"),
    ("products", "product.json"),
    ("discount_codes", "discount_code.json"),
    ("identifier", "price_rule/list.json"),
    ("identifier", "price_rule/get.json"),
}
"""(kind, recording) of everything that is what it is asked to be; every other pair must be refused."""
PERSONAL = frozenset(
    [
        "email",
        "contact_email",
        "phone",
        "first_name",
        "last_name",
        "address1",
        "address2",
        "city",
        "zip",
        "province",
        "company",
        "browser_ip",
        "note",
        "user_agent",
        "credit_card_number",
        "credit_card_company",
        "authorization",
        "latitude",
        "longitude",
        "receiver_id",
    ]
)
"""Fields of recorded bodies with what belongs to a person."""
KINDS = [
    k
    for k in PayloadKind
    if k in {"orders", "order", "products", "discount_codes", "refunds", "count", "identifier"}
]
REFUND = {
    "id": 509562969,
    "order_id": 450789469,
    "created_at": "2021-10-01T18:59:50-04:00",
    "note": "it broke, call me on 555-0199",
    "user_id": 548380009,
    "refund_line_items": [{"id": 1, "quantity": 1, "line_item_id": 703073504, "subtotal": 195.67}],
    "transactions": [
        {"id": 1, "amount": "41.94", "kind": "refund", "status": "success", "currency": "USD"},
        {"id": 2, "amount": 0.1, "kind": "refund", "status": "success", "currency": "USD"},
        {"id": 3, "amount": "5.00", "kind": "refund", "status": "failure", "currency": "USD"},
        {"id": 4, "amount": "9.00", "kind": "void", "status": "success", "currency": "USD"},
    ],
}


def parse(kind: str, body: Any, **params: str) -> Parsed:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Shopify.parse(PayloadKind(kind), text, observed_at=OBSERVED, params={**PARAMS, **params})


def order_of(**fields: Any) -> tuple[ShopifyOrder, Parsed]:
    parsed = parse("order", {"order": {"id": 1, **fields}})
    return parsed.of(ShopifyOrder)[0], parsed


def recorded(shared_data: Path) -> dict[str, bytes]:
    folder = shared_data / FOLDER
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def test_every_recording_is_read_as_what_it_is_and_refused_as_anything_else(shared_data: Path) -> None:
    bodies = recorded(shared_data)
    assert len(bodies) >= 85
    read = set()
    for name, body in bodies.items():
        for kind in KINDS:
            try:
                parsed = parse(kind, body)
            except MalformedBodyError:
                continue
            assert parsed.problems == []
            assert parsed.facts or parsed.identifiers, (kind, name)
            read.add((kind.value, name))
    assert read == READABLE


def leaves(document: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(field, value) of every plain value at any depth."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value, name)
    else:
        yield name, document


def test_nothing_personal_of_a_customer_is_in_records_or_archive(shared_data: Path) -> None:
    looked_for = 0
    for name, body in recorded(shared_data).items():
        try:
            document = json.loads(body)
        except ValueError:
            assert Shopify.archived_body(body) == b""
            continue
        private = {
            value for field, value in leaves(document) if field in PERSONAL and value not in (None, "", "0")
        }
        looked_for += len(private)
        kept = [json.loads(Shopify.archived_body(body))]
        kept += [json.loads(encode_json(parse(kind, body).facts)) for kind, path in READABLE if path == name]
        fields = {field for text in kept for field, value in leaves(text) if value is not None}
        assert fields.isdisjoint(PERSONAL), name
        values = {value for text in kept for _, value in leaves(text)}
        assert values.isdisjoint(private), name
        assert "@" not in encode_json(kept), name
    assert looked_for > 50, "the recordings hold personal data"


def test_what_is_archived_says_the_same_as_the_body_as_it_came(shared_data: Path) -> None:
    for kind, name in READABLE:
        body = recorded(shared_data)[name]
        assert parse(kind, Shopify.archived_body(body)) == parse(kind, body)
    body = json.dumps({"refunds": [REFUND]}).encode()
    assert parse("refunds", Shopify.archived_body(body)) == parse("refunds", body)
    assert b"555-0199" not in Shopify.archived_body(body)
    assert Shopify.archived_body(b'{"orders": [{"email": "jon@doe.ca"') == b""


def test_the_recorded_order_says_what_was_recorded(shared_data: Path) -> None:
    order = parse("orders", recorded(shared_data)["orders.json"]).of(ShopifyOrder)[0]
    assert (order.shop, order.order_id, order.name, order.currency) == (
        "glow-sandbox",
        "123456",
        "#9999",
        "USD",
    )
    assert (order.total_price, order.total_discounts, order.total_tax) == (
        Decimal("10.00"),
        Decimal("5.00"),
        None,
    )
    assert (order.financial_status, order.is_test, order.country_code) == ("voided", True, "US")
    assert order.created_time == datetime(2016, 5, 17, 4, 14, 36, tzinfo=UTC)
    assert order.updated_time == datetime(2016, 5, 17, 8, 14, 36, tzinfo=UTC)
    assert order.discount_codes == []
    assert [line["product_id"] for line in order.line_items or []] == ["111475476", "5410685889"]


def test_the_recorded_product_says_what_was_recorded(shared_data: Path) -> None:
    product = parse("products", recorded(shared_data)["product.json"]).of(ShopifyProduct)[0]
    assert (product.product_id, product.title) == ("1071559748", "Burton Custom Freestyle 151")
    assert product.tags == ["Big Air", "Barnes & Noble", "John's Fav"]
    assert (product.price_min, product.price_max, product.inventory_quantity) == (Decimal("0.00"),) * 2 + (1,)


def test_a_discount_code_has_the_value_of_its_price_rule(shared_data: Path) -> None:
    rules = parse("identifier", recorded(shared_data)["price_rule/list.json"]).identifiers
    params = {"price_rule_id": "1", **orjson.loads(rules["1"])}
    code = parse("discount_codes", recorded(shared_data)["discount_code.json"], **params).of(
        ShopifyDiscountCode
    )[0]
    assert (code.code, code.price_rule_id, code.usage_count) == ("SUMMERSALE10OFF", "507328175", 0)
    assert (code.value, code.value_type, code.ends_at) == (Decimal("-10.0"), "percentage", None)
    assert code.starts_at == datetime(2020, 7, 6, 2, 40, 32, tzinfo=UTC)


@pytest.mark.parametrize("amount", ["12.50", 12.5, 0.1, "99999999999999.99", 1234567890123.4567, 19, "-3.00"])
def test_amounts_are_exact_as_texts_and_as_numbers(amount: Any) -> None:
    order, parsed = order_of(total_price=amount)
    assert order.total_price == Decimal(str(amount))
    assert parsed.problems == []


def test_a_number_with_more_digits_than_a_float_holds_keeps_them() -> None:
    parsed = parse("order", b'{"order": {"id": 1, "total_price": 12345678901234.1234}}')
    assert parsed.of(ShopifyOrder)[0].total_price == Decimal("12345678901234.1234")


@pytest.mark.parametrize("amount", ["1e3", "abc", True, {"amount": "1"}, 10**15, "100000000000000.00", [1]])
def test_an_amount_that_cannot_be_one_is_a_problem_and_costs_nothing_else(amount: Any) -> None:
    order, parsed = order_of(total_price=amount, name="#1")
    assert (order.total_price, order.name) == (None, "#1")
    assert [problem.field for problem in parsed.problems] == ["order.total_price"]


def test_refunds_sum_the_money_that_was_given_back() -> None:
    parsed = parse("refunds", {"refunds": [REFUND]})
    refund = parsed.of(ShopifyRefund)[0]
    assert (refund.refund_id, refund.order_id, refund.currency) == ("509562969", "450789469", "USD")
    assert refund.amount == Decimal("42.04")
    assert refund.line_items == [{"line_item_id": "703073504", "quantity": 1, "subtotal": Decimal("195.67")}]
    assert refund.created_time == datetime(2021, 10, 1, 22, 59, 50, tzinfo=UTC)
    assert parsed.problems == []


def test_an_unreadable_transaction_makes_the_sum_unknown_rather_than_wrong() -> None:
    broken = {**REFUND, "transactions": [*REFUND["transactions"], {"kind": "refund", "amount": None}]}  # type: ignore[misc]
    parsed = parse("refunds", {"refunds": [broken]})
    assert parsed.of(ShopifyRefund)[0].amount is None
    assert [problem.field for problem in parsed.problems] == ["refunds[0].transactions[4].amount"]


def test_refunds_within_an_order_take_its_id_and_currency() -> None:
    inner = {"id": 5, "transactions": [], "created_at": "2024-01-01T00:00:00Z"}
    order, parsed = order_of(currency="INR", refunds=[inner, "x", {"transactions": []}])
    refund = parsed.of(ShopifyRefund)[0]
    assert (refund.order_id, refund.currency, refund.amount) == (order.order_id, "INR", Decimal(0))
    assert [problem.field for problem in parsed.problems] == [
        "order.refunds[1]",
        "order.refunds[2].refund_id",
    ]


def test_one_bad_order_costs_the_others_nothing() -> None:
    parsed = parse("orders", {"orders": [{"id": 1}, "x", {"email": "a@b.c"}, {"id": "2"}]})
    assert [order.order_id for order in parsed.of(ShopifyOrder)] == ["1", "2"]
    assert [problem.field for problem in parsed.problems] == ["orders[1]", "orders[2].order_id"]


def test_when_no_order_can_be_read_the_body_is_refused() -> None:
    with pytest.raises(MalformedBodyError, match="none of the orders can be read"):
        parse("orders", {"orders": [{"number": 1}]})


def test_an_empty_list_is_a_fact() -> None:
    assert parse("orders", {"orders": []}).facts == []


def test_a_count_is_of_the_day_on_which_it_was_asked_for() -> None:
    count = parse("count", {"count": "12"}, metric="customers").of(ShopifyCount)[0]
    assert (count.metric, count.value, count.day) == ("customers", 12, "2026-11-22")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_body_gives_its_reaction_and_no_records(kind: PayloadKind) -> None:
    with pytest.raises(RotateCredentialError, match="Invalid API key"):
        parse(
            kind, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
        )
    with pytest.raises(SourceError):
        parse(kind, {"errors": {"order": ["Required parameter missing or invalid"]}})


def test_stock_may_be_below_zero() -> None:
    variants = [
        {"id": 1, "price": "2.00", "inventory_quantity": -3},
        {"id": 2, "price": 1.5, "inventory_quantity": "5"},
    ]
    product = parse("products", {"products": [{"id": 9, "tags": ["a", "b"], "variants": variants}]}).of(
        ShopifyProduct
    )[0]
    assert (product.inventory_quantity, product.price_min, product.price_max) == (
        2,
        Decimal("1.5"),
        Decimal("2.00"),
    )
    assert product.tags == ["a", "b"]


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("/?utm_source=ig&email=a%40b.co&ref=neha", "/?utm_source=ig&ref=neha"),
        ("https://user:pw@shop.com/a?x=1#me", "https://shop.com/a"),
        ("https://www.youtube.com/@creator", "https://www.youtube.com/@creator"),
        ("/unsubscribe/jon@doe.ca", None),
        ("/?ref=jon@doe.ca", "/"),
        ("/discount/NEHA10?redirect=%2Fx", "/discount/NEHA10"),
        ("http://[", None),
        (None, None),
    ],
)
def test_landing_pages_keep_what_names_a_campaign(given_url: str | None, kept: str | None) -> None:
    assert campaign_url(given_url) == kept


def outcome(kind: PayloadKind, body: bytes) -> None:
    try:
        parsed = parse(kind, body)
    except (SourceError, DropError):
        return
    for fact in parsed.facts:
        text = encode_json(fact)
        assert "\x00" not in text
        for name in ("total_price", "subtotal_price", "amount", "price_min", "value"):
            amount = getattr(fact, name, None)
            assert amount is None or isinstance(amount, int) or abs(round(amount, 4)) < 10**14
    again = parse(kind, Shopify.archived_body(body))
    assert again.facts == parsed.facts


@given(pick=st.sampled_from(sorted(READABLE)), seed=st.integers(0, 2**32), times=st.integers(1, 12))
@settings(QUIET, max_examples=250)
def test_a_damaged_recording_gives_records_or_a_typed_error(
    shared_data: Path, pick: tuple[str, str], seed: int, times: int
) -> None:
    kind, path = pick
    document = orjson.loads((shared_data / FOLDER / path).read_bytes())
    if "orders" in document:
        document["orders"][0]["refunds"] = [REFUND]
    damaged = damage(document, seed, times)
    outcome(PayloadKind(kind), orjson.dumps(damaged, option=orjson.OPT_NON_STR_KEYS))


@given(
    document=JSON,
    wrapper=st.sampled_from(["orders", "refunds", "products", "discount_codes", "price_rules", "count", ""]),
)
@settings(max_examples=200, deadline=None)
def test_any_json_gives_records_or_a_typed_error(document: Any, wrapper: str) -> None:
    body = json.dumps({wrapper: document} if wrapper else document).encode()
    for kind in KINDS:
        outcome(kind, body)
    Shopify.archived_body(body)
