"""What the Shopify crawler asks and how it follows the `Link` header, against the sandbox's stand-in in this process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import pytest
from tests.unit.sandbox.conftest import NOW, Clock

from upbeat.crawlers.attempts import outcome_of, retry_after_of
from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.crawlers.shopify.shopify import Shopify
from upbeat.errors import BackOffError, MalformedBodyError, NotFoundError, RotateCredentialError, UpbeatError
from upbeat.records import ShopifyCount, ShopifyDiscountCode, ShopifyOrder, ShopifyProduct, ShopifyRefund
from upbeat.sandbox.app import Sandbox
from upbeat.sandbox.faults import Fault
from upbeat.sandbox.shops import SHOPS
from upbeat.sandbox.upstream import Request
from upbeat.sandbox.world import World
from upbeat.settings import Settings

SHOP = "glow-sandbox"
AT = datetime.fromtimestamp(NOW, UTC)


class SandboxRequester:
    """Sends requests straight into the sandbox, without a network."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.settings = Settings()
        self.sandbox = sandbox
        self.requests: list[UpstreamRequest] = []

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        self.requests.append(request)
        host = urlsplit(request.base_url).netloc
        headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
        upstream = self.sandbox.upstreams["*.myshopify.com"]
        answer, _ = self.sandbox.serve(
            upstream, Request("GET", request.path, dict(request.query), headers, host=host)
        )
        return Answer(answer.status, httpx.Headers(list(answer.headers)), answer.body, AT)


@pytest.fixture
def requester() -> SandboxRequester:
    clock = Clock(NOW)
    return SandboxRequester(Sandbox(World(clock=clock), clock=clock))


def crawler(requester: SandboxRequester, shop: str = SHOP, token: str | None = None) -> Shopify:
    secrets = {"user_id": shop, "token": token or SHOPS[shop].token}
    return Shopify(requester, Capture(), secrets)


async def test_orders_of_sixty_days_come_over_several_pages_each_once(requester: SandboxRequester) -> None:
    parsed = await crawler(requester).fetch_orders(SHOP, None, 1000)
    orders = parsed.of(ShopifyOrder)
    assert parsed.problems == []
    assert len(orders) > 250
    assert len({order.order_id for order in orders}) == len(orders)
    changed = [order.updated_time for order in orders if order.updated_time is not None]
    assert changed == sorted(changed)
    assert all(AT - timedelta(days=61) < time < AT for time in changed)
    assert len(parsed.of(ShopifyRefund)) > 10
    first, second = requester.requests
    assert (first.query["status"], first.query["order"], first.query["limit"]) == (
        "any",
        "updated_at asc",
        "250",
    )
    assert set(second.query) == {"limit", "fields", "page_info"}
    assert "email" not in first.query["fields"]


async def test_a_limit_ends_the_pages_and_leaves_no_refund_of_an_order_that_was_cut(
    requester: SandboxRequester,
) -> None:
    parsed = await crawler(requester).fetch_orders(SHOP, None, 30)
    orders = {order.order_id for order in parsed.of(ShopifyOrder)}
    assert len(orders) == 30
    assert {refund.order_id for refund in parsed.of(ShopifyRefund)} <= orders
    assert len(requester.requests) == 1


async def test_orders_since_a_time_are_those_that_changed_since(requester: SandboxRequester) -> None:
    since = AT - timedelta(days=3)
    parsed = await crawler(requester).fetch_orders(SHOP, since.replace(tzinfo=None), 1000)
    orders = parsed.of(ShopifyOrder)
    assert 0 < len(orders) < 60
    assert all(order.updated_time is not None and order.updated_time >= since for order in orders)
    assert any(o.created_time and o.created_time < since for o in orders), "refunds change older orders"
    assert requester.requests[0].query["updated_at_min"] == "2026-11-19T12:00:00Z"


async def test_one_order_its_refund_the_products_and_the_count(requester: SandboxRequester) -> None:
    shop = crawler(requester)
    refund = (await shop.fetch_orders(SHOP, None, 1000)).of(ShopifyRefund)[0]
    one = await shop.fetch_order_by_id(SHOP, refund.order_id)
    assert [order.order_id for order in one.of(ShopifyOrder)] == [refund.order_id]
    again = (await shop.fetch_refunds(SHOP, refund.order_id)).of(ShopifyRefund)
    assert again == one.of(ShopifyRefund) == [refund]
    assert again[0].amount == (again[0].line_items or [{}])[0]["subtotal"] > Decimal(0)
    products = (await shop.fetch_products(SHOP, 1000)).of(ShopifyProduct)
    assert [product.currency for product in one.of(ShopifyOrder) for _ in products[:1]] == ["INR"]
    assert len(products) == 6
    count = (await shop.fetch_customers_count(SHOP)).of(ShopifyCount)[0]
    assert (count.day, count.metric) == ("2026-11-22", "customers")


async def test_discount_codes_name_creators_and_have_their_rules_value(requester: SandboxRequester) -> None:
    codes = (await crawler(requester).fetch_discount_codes(SHOP, 1000)).of(ShopifyDiscountCode)
    orders = (await crawler(requester).fetch_orders(SHOP, None, 1000)).of(ShopifyOrder)
    used = [code for order in orders for code in order.discount_codes or []]
    assert len(codes) == 12
    for code in codes:
        assert code.value is not None
        assert code.value < 0
        assert code.usage_count == used.count(code.code)
    assert len((await crawler(requester).fetch_discount_codes(SHOP, 3)).facts) == 3


async def test_a_token_is_never_sent_to_another_shop(requester: SandboxRequester) -> None:
    other = crawler(requester, "threads-sandbox")
    with pytest.raises(RotateCredentialError, match="another shop") as caught:
        await other.fetch_products(SHOP, 10)
    assert requester.requests == []
    assert caught.value.cool_down == 0


async def test_an_unknown_shop_and_an_unknown_order_are_not_found(requester: SandboxRequester) -> None:
    with pytest.raises(NotFoundError):
        await crawler(requester).fetch_order_by_id(SHOP, "1")
    with pytest.raises(NotFoundError):
        await crawler(requester, "no-such-shop", SHOPS[SHOP].token).fetch_products("no-such-shop", 10)


@pytest.mark.parametrize(
    ("fault", "error", "outcome", "retry"),
    [
        ("429", RotateCredentialError, "rate_limited", 2.0),
        ("401", RotateCredentialError, "refused", None),
        ("500", BackOffError, "away", 30.0),
        ("broken_body", MalformedBodyError, "malformed", None),
    ],
)
async def test_each_fault_gives_its_reaction(
    requester: SandboxRequester, fault: str, error: type[UpbeatError], outcome: str, retry: float | None
) -> None:
    requester.sandbox.faults.add(Fault(source="shopify", fault=fault))
    with pytest.raises(error) as caught:
        await crawler(requester).fetch_products(SHOP, 10)
    assert outcome_of(caught.value) == outcome
    assert retry_after_of([caught.value]) == retry


@pytest.mark.parametrize("fault", ["drop_field", "wrong_type"])
async def test_a_damaged_field_costs_only_itself(requester: SandboxRequester, fault: str) -> None:
    requester.sandbox.faults.add(Fault(source="shopify", fault=fault, field="total_price"))
    parsed = await crawler(requester).fetch_orders(SHOP, None, 5)
    assert [order.total_price for order in parsed.of(ShopifyOrder)] == [None] * 5
    assert all(order.subtotal_price for order in parsed.of(ShopifyOrder))
    assert all(problem.field.endswith("total_price") for problem in parsed.problems)
    assert bool(parsed.problems) == (fault == "wrong_type")


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "text"),
    [
        (
            429,
            {"retry-after": "4.0"},
            b'{"errors":"Exceeded 2 calls per second"}',
            RotateCredentialError,
            "429",
        ),
        (402, {}, b'{"errors":"This shop\'s plan does not have access"}', RotateCredentialError, "frozen"),
        (423, {}, b"", RotateCredentialError, "locked"),
        (
            403,
            {},
            b'{"errors":"[API] requires merchant approval"}',
            RotateCredentialError,
            "merchant approval",
        ),
        (404, {}, b"<html>", NotFoundError, "404"),
        (503, {"retry-after": "7"}, b"", BackOffError, "503"),
    ],
)
def test_each_status_has_its_reaction(
    status: int, headers: Mapping[str, str], body: bytes, error: type[UpbeatError], text: str
) -> None:
    found = Shopify.refusal(Answer(status, headers, body, AT))
    assert type(found) is error
    assert text in str(found)
    if status == 429:
        assert getattr(found, "cool_down") == 4.0  # noqa: B009 - the class was asserted


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        ('<https://s.myshopify.com/x.json?limit=2&page_info=abc%3D>; rel="next"', "abc="),
        (
            '<https://s/x?page_info=back>; rel="previous", <https://s/x?page_info=on>; rel="next"',
            "on",
        ),
        ('<https://s/x?page_info=back>; rel="previous"', None),
        ("<https://s/x?page_info=on>; rel=next", "on"),
        ("", None),
        ('<https://s/x?limit=1>; rel="next"', None),
    ],
)
def test_the_next_cursor_stands_in_the_link_header(link: str, cursor: str | None) -> None:
    answer = Answer(200, httpx.Headers({"Link": link}), b"{}", AT)
    assert Shopify.next_cursor_of(answer) == cursor
