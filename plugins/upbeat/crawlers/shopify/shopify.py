"""`shopify`: Shopify's Admin REST API of a connected shop, official.

`https://<shop>.myshopify.com/admin/api/<version>/…`, header `X-Shopify-Access-Token`; a credential is one shop's: its `user_id` is
the shop's name. Shapes: recorded answers (orders, order, product, discount code, price rules) and the API's OpenAPI document of
2021-10 (refunds, paging); `customers/count` by the reference: `{"count": 12}`.

Units: amounts are decimal texts in the order's `currency` (numbers in some apps' answers), kept exactly; times have an offset.
Cursor: the header `Link: <…page_info=CURSOR…>; rel="next"`; the pages behind it take `limit` and `fields` only. Limit: a leaky bucket of 40
requests per shop that empties by 2 a second; `X-Shopify-Shop-Api-Call-Limit: 32/40` tells how full it is, 429 has `Retry-After` (2.0).
Errors: `{"errors": …}`; 401 the token, 402 the shop is frozen, 403 a scope, 404, 423 the shop is locked.

Customers: see `kept`. `fields` asks for no more than is read; what comes nevertheless is archived without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from upbeat.crawlers.http import Answer
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.paging import collect_pages
from upbeat.crawlers.refusals import retry_after_seconds
from upbeat.crawlers.shopify import kept
from upbeat.crawlers.shopify.bodies import SOURCE, read_body, refusal_of
from upbeat.crawlers.shopify.interface import ShopCrawler
from upbeat.errors import MalformedBodyError, NotFoundError, RotateCredentialError, UpbeatError
from upbeat.records import Fact, Parsed, PayloadKind, ShopifyDiscountCode, ShopifyOrder, ShopifyProduct

PAGE = 250
_LINK = re.compile(r"<([^<>]{1,4000})>\s*;[^,<]*\brel=\"?next\"?")


class Shopify(ShopCrawler):
    """Orders, refunds, products, discount codes and numbers of customers."""

    source = SOURCE
    base_url = "https://myshopify.com"
    credential_fields = ("token", "user_id")
    default_limit = "2/s"

    def _headers(self) -> dict[str, str]:
        return {"X-Shopify-Access-Token": self._credential.get("token", "")}

    async def _get(
        self,
        shop: str,
        kind: PayloadKind,
        path: str,
        query: Mapping[str, str],
        params: Mapping[str, str] | None = None,
    ) -> Parsed:
        """One request to the shop. A token is sent to its own shop only."""
        if self._credential.get("user_id") != shop:
            raise RotateCredentialError(
                f"the credential is that of another shop: add one with user_id={shop}",
                source=self.source,
                status=401,
                cool_down=0.0,
            )
        version = self._http.settings.shopify_api_version
        return await self._ask(
            kind,
            f"/admin/api/{version}/{path}.json",
            query,
            {"shop": shop, **(params or {})},
            base_url=f"https://{shop}.myshopify.com",
        )

    async def _pages(
        self,
        shop: str,
        kind: PayloadKind,
        path: str,
        query: Mapping[str, str],
        limit: int,
        of: type[Fact],
        params: Mapping[str, str] | None = None,
    ) -> Parsed:
        size = {"limit": str(min(limit, PAGE))}
        fields = {name: query[name] for name in ("fields",) if name in query}

        async def page(cursor: str | None, _: int) -> Parsed:
            wanted = {**size, **query} if cursor is None else {**size, **fields, "page_info": cursor}
            return await self._get(shop, kind, path, wanted, params)

        return await collect_pages(page, limit, of=of)

    async def fetch_orders(self, shop: str, updated_since: datetime | None, limit: int) -> Parsed:
        """Up to 250 orders a request, the one that changed first comes first; with their refunds."""
        query = {"status": "any", "order": "updated_at asc", "fields": _names(kept.ORDER)}
        if updated_since is not None:
            since = updated_since if updated_since.tzinfo else updated_since.replace(tzinfo=UTC)
            query["updated_at_min"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = await self._pages(shop, PayloadKind.ORDERS, "orders", query, limit, ShopifyOrder)
        orders = {order.order_id for order in found.of(ShopifyOrder)}
        # A cut after `limit` orders leaves no refund of an order that was cut off.
        found.facts = [fact for fact in found.facts if getattr(fact, "order_id", "") in orders]
        return found

    async def fetch_order_by_id(self, shop: str, order_id: str) -> Parsed:
        """One request."""
        query = {"fields": _names(kept.ORDER)}
        return await self._get(shop, PayloadKind.ORDER, f"orders/{order_id}", query, {"order_id": order_id})

    async def fetch_products(self, shop: str, limit: int) -> Parsed:
        """Up to 250 products a request."""
        query = {"fields": _names(kept.PRODUCT)}
        return await self._pages(shop, PayloadKind.PRODUCTS, "products", query, limit, ShopifyProduct)

    async def fetch_discount_codes(self, shop: str, limit: int) -> Parsed:
        """The price rules first, then the codes of one after another: a request per rule and page."""
        rules = await self._price_rules(shop)
        found = Parsed(problems=rules.problems)
        for rule_id, told in rules.identifiers.items():
            left = limit - len(found.facts)
            if left <= 0:
                break
            path, params = (
                f"price_rules/{rule_id}/discount_codes",
                {"price_rule_id": rule_id, **orjson.loads(told)},
            )
            try:
                page = await self._pages(
                    shop, PayloadKind.DISCOUNT_CODES, path, {}, left, ShopifyDiscountCode, params
                )
            except NotFoundError:
                continue  # deleted since it was listed
            found.extend(page)
        return found

    async def _price_rules(self, shop: str) -> Parsed:
        found = Parsed()
        cursor: str | None = None
        seen: set[str | None] = set()
        while cursor not in seen:
            seen.add(cursor)
            query = {"limit": str(PAGE)} | ({"page_info": cursor} if cursor else {})
            found.extend(await self._get(shop, PayloadKind.IDENTIFIER, "price_rules", query))
            cursor = found.next_cursor
            if cursor is None:
                break
        return found

    async def fetch_refunds(self, shop: str, order_id: str) -> Parsed:
        """One request."""
        path = f"orders/{order_id}/refunds"
        return await self._get(shop, PayloadKind.REFUNDS, path, {"limit": str(PAGE)}, {"order_id": order_id})

    async def fetch_customers_count(self, shop: str) -> Parsed:
        """One request."""
        return await self._get(shop, PayloadKind.COUNT, "customers/count", {}, {"metric": "customers"})

    @classmethod
    def archived_body(cls, body: bytes) -> bytes:
        """Without anything personal of customers."""
        return kept.kept_body(body)

    @classmethod
    def next_cursor_of(cls, answer: Answer) -> str | None:
        """`page_info` of the `Link` header's `rel="next"`."""
        found = _LINK.search(answer.headers.get("link", ""))
        query = parse_qs(urlsplit(found[1]).query) if found else {}
        return next(iter(query.get("page_info", [])), None)

    @classmethod
    def refusal(cls, answer: Answer) -> UpbeatError:
        """What an error answer means, by its status."""
        try:
            document: Any = load_json(answer.body)
        except MalformedBodyError:
            document = ""
        return refusal_of(document, answer.status, retry_after_seconds(answer.headers))

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        """See `Crawler.parse`. Without `shop` in `params` the records have an empty shop: no body says whose it is."""
        return read_body(kind, body, observed_at=observed_at, params=params)


def _names(shape: kept.Shape) -> str:
    return ",".join(shape)
