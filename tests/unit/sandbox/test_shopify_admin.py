"""The stand-in for Shopify: recorded shapes, one token per shop, pages, the bucket, a new day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from upbeat.sandbox.posts import DAY
from upbeat.sandbox.shops import SHOPS

from .body_shapes import Shape, shape_of, shape_of_all
from .conftest import Caller, Clock

Read = Callable[[str], Any]
GLOW, THREADS = SHOPS.values()


async def ask(
    caller: Caller, path: str, *, shop: str = GLOW.name, token: str = GLOW.token, **query: Any
) -> httpx.Response:
    url = f"/{shop}.myshopify.com/admin/api/2024-10/{path}.json"
    return await caller.client.get(url, params=query, headers={"X-Shopify-Access-Token": token})


def differing(body: Any, known: Shape) -> list[str]:
    """Paths that the recordings have with other types. Null says nothing: recorded customers have no id, addresses no place."""
    return [
        f"{path}: {kinds} / {known[path]}"
        for path, kinds in shape_of(body).items()
        if path in known
        and not (kinds - {"null"} <= known[path] or known[path] == {"null"} or kinds == {"null"})
    ]


@pytest.mark.parametrize(
    ("path", "recordings", "own"),
    [
        ("orders", ["orders.json"], {"$.orders[].refunds[]", "$.orders[].discount_codes[]"}),
        ("products", ["product.json"], set()),
        ("price_rules", ["price_rule/list.json"], set()),
    ],
)
async def test_bodies_have_the_recorded_keys_and_types(
    caller: Caller, recording: Read, path: str, recordings: list[str], own: set[str]
) -> None:
    bodies = [recording(f"shopify_rest/{name}") for name in recordings]
    if path == "products":
        bodies = [{"products": [body["product"]]} for body in bodies]
    known = shape_of_all(bodies)
    body = (await ask(caller, path, limit=250)).json()
    assert differing(body, known) == []
    unknown = {name for name in shape_of(body) if name not in known}
    assert {name for name in unknown if not any(name.startswith(place) for place in own)} == set()


async def test_discount_codes_have_the_recorded_shape(caller: Caller, recording: Read) -> None:
    known = shape_of({"discount_codes": [recording("shopify_rest/discount_code.json")["discount_code"]]})
    rule = (await ask(caller, "price_rules")).json()["price_rules"][0]
    body = (await ask(caller, f"price_rules/{rule['id']}/discount_codes")).json()
    assert shape_of(body) == known


async def test_pages_are_linked_and_no_order_comes_twice(caller: Caller) -> None:
    seen: list[int] = []
    answer = await ask(caller, "orders", limit=100, status="any")
    while True:
        seen += [order["id"] for order in answer.json()["orders"]]
        following = answer.links.get("next")
        if following is None:
            break
        cursor = httpx.URL(following["url"]).params["page_info"]
        answer = await ask(caller, "orders", limit=100, page_info=cursor)
    assert len(seen) == len(set(seen)) > 250


async def test_a_token_opens_its_own_shop_only(caller: Caller) -> None:
    assert (await ask(caller, "products", token=THREADS.token)).status_code == 401
    assert (await ask(caller, "products", shop=THREADS.name, token=THREADS.token)).status_code == 200
    assert (await ask(caller, "products", token="")).json()["errors"].startswith("[API] Invalid API key")
    assert (await ask(caller, "products", shop="no-such-shop")).status_code == 404
    assert (await ask(caller, "orders/abc")).status_code == 404


async def test_the_two_shops_have_answers_of_their_own(caller: Caller) -> None:
    first = (await ask(caller, "orders/count_of_nothing")).status_code
    glow = (await ask(caller, "products")).json()
    threads = (await ask(caller, "products", shop=THREADS.name, token=THREADS.token)).json()
    assert first == 404
    assert glow["products"][0]["vendor"] != threads["products"][0]["vendor"]


async def test_the_bucket_fills_and_refuses_with_a_time_to_wait(caller: Caller, clock: Clock) -> None:
    told = [
        (await ask(caller, "customers/count")).headers["x-shopify-shop-api-call-limit"] for _ in range(40)
    ]
    assert (told[0], told[-1]) == ("1/40", "40/40")
    refused = await ask(caller, "customers/count")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2.0")
    assert refused.json()["errors"].startswith("Exceeded 2 calls per second for api client.")
    other = await ask(caller, "customers/count", shop=THREADS.name, token=THREADS.token)
    assert other.status_code == 200
    clock.now += 20
    assert (await ask(caller, "customers/count")).status_code == 200


async def test_a_new_day_brings_orders_and_leaves_the_others_as_they_were(
    caller: Caller, clock: Clock
) -> None:
    async def orders() -> dict[int, Any]:
        first = await ask(caller, "orders", limit=250, status="any")
        cursor = httpx.URL(first.links["next"]["url"]).params["page_info"]
        second = await ask(caller, "orders", limit=250, page_info=cursor)
        return {order["id"]: order for answer in (first, second) for order in answer.json()["orders"]}

    before, again = await orders(), await orders()
    clock.now += DAY
    after = await orders()
    assert before == again
    assert set(after) - set(before)
    kept = set(after) & set(before)
    changed = {order for order in kept if before[order] != after[order]}
    assert len(kept) > 250
    assert all(after[order]["refunds"] and not before[order]["refunds"] for order in changed)


async def test_fields_cut_an_order_down(caller: Caller) -> None:
    order = (await ask(caller, "orders", fields="id,total_price,nothing")).json()["orders"][0]
    assert set(order) == {"id", "total_price"}
