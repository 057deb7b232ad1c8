"""Shopify's Admin REST API as `shopify`: any `<shop>.myshopify.com`, of which the two of `shops` exist.

Orders, products and price rules have the keys of recorded bodies; refunds and `customers/count` are by the reference. `fields` cuts
objects down, `limit` (50, at most 250) makes pages, the next of which stands in the `Link` header. A token opens its own shop
only. The real limit is a leaky bucket of 40 requests that empties by 2 a second; here it is 40 in 20 seconds. Error bodies: 429 as quoted
in public, the others by the reference.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.shops import SHOPS, Code, Line, Order, Product, Refund, Shop, Variant
from upbeat.sandbox.upstream import Answer, Headers, Request, ShippedCredential, Upstream, json_answer
from upbeat.sandbox.world import World

SUFFIX = ".myshopify.com"
DEFAULT_PAGE, MAX_PAGE = 50, 250
_PATH = re.compile(r"/admin/api/(?:\d{4}-\d{2}|unstable)/([a-z_/0-9]+)\.json")


def money(cents: int) -> str:
    """An amount as the API writes it: `12.50`."""
    return f"{cents // 100}.{cents % 100:02d}"


def moment(seconds: int) -> str:
    """A time as the API writes it, with the offset of a shop in India: collectors must not take it for UTC."""
    return datetime.fromtimestamp(seconds + 19_800, UTC).strftime("%Y-%m-%dT%H:%M:%S+05:30")


def render_order(shop: Shop, order: Order) -> dict[str, Any]:
    """An order with made-up personal data, as the real one has it."""
    person = f"Customer {order.customer % 1000}"
    address = {
        "first_name": person,
        "last_name": "Sandbox",
        "address1": "1 Example Street",
        "address2": None,
        "phone": "555-0100",
        "city": "Exampleville",
        "zip": "00000",
        "province": None,
        "country": order.country,
        "company": None,
        "latitude": None,
        "longitude": None,
        "name": f"{person} Sandbox",
        "country_code": order.country,
        "province_code": None,
    }
    email = f"customer{order.customer}@example.com"
    handle = order.code.handle if order.code else ""
    return {
        "id": order.id,
        "email": email,
        "contact_email": email,
        "browser_ip": "192.0.2.7",
        "name": f"#{order.number}",
        "number": order.number - 1000,
        "order_number": order.number,
        "created_at": moment(order.created_at),
        "updated_at": moment(order.updated_at),
        "processed_at": moment(order.created_at),
        "cancelled_at": moment(order.created_at + 60) if order.cancelled else None,
        "closed_at": None,
        "note": None,
        "test": False,
        "currency": shop.currency,
        "total_price": money(order.total),
        "subtotal_price": money(order.total),
        "total_discounts": money(order.discount),
        "total_line_items_price": money(order.total + order.discount),
        "total_tax": money(order.total * 18 // 118),
        "taxes_included": True,
        "financial_status": "partially_refunded" if order.refund else "paid",
        "fulfillment_status": None if order.cancelled else "fulfilled",
        "source_name": "web",
        "landing_site": f"/?utm_source=instagram&utm_campaign={handle}&email={email}" if handle else "/",
        "referring_site": f"https://www.instagram.com/{handle}/" if handle else "",
        "discount_codes": [_applied(order, order.code)] if order.code else [],
        "line_items": [_render_line(line) for line in order.lines],
        "billing_address": address,
        "shipping_address": address,
        "customer": {
            "id": order.customer,
            "email": email,
            "first_name": person,
            "last_name": "Sandbox",
            "orders_count": 1,
            "tags": "",
        },
        "refunds": [render_refund(shop, order, order.refund)] if order.refund else [],
    }


def _applied(order: Order, code: Code) -> dict[str, Any]:
    return {"code": code.code, "amount": money(order.discount), "type": "percentage"}


def _render_line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "product_id": line.product.id,
        "variant_id": line.variant.id,
        "title": line.product.title,
        "variant_title": line.variant.title,
        "name": f"{line.product.title} - {line.variant.title}",
        "sku": line.variant.sku,
        "quantity": line.quantity,
        "price": money(line.variant.price),
        "total_discount": money(line.discount),
        "properties": [],
        "taxable": True,
        "gift_card": False,
    }


def render_refund(shop: Shop, order: Order, refund: Refund) -> dict[str, Any]:
    """A refund of the order's first line, with its transaction."""
    return {
        "id": refund.id,
        "order_id": order.id,
        "created_at": moment(refund.created_at),
        "processed_at": moment(refund.created_at),
        "note": None,
        "restock": True,
        "refund_line_items": [
            {
                "id": refund.id + 1,
                "line_item_id": order.lines[0].id,
                "quantity": order.lines[0].quantity,
                "subtotal": refund.amount / 100,
            }
        ],
        "transactions": [
            {
                "id": refund.id + 2,
                "order_id": order.id,
                "amount": money(refund.amount),
                "kind": "refund",
                "gateway": "bogus",
                "status": "success",
                "created_at": moment(refund.created_at),
                "test": False,
                "currency": shop.currency,
            }
        ],
    }


def render_product(shop: Shop, product: Product, today: int) -> dict[str, Any]:
    """A product with the recorded keys."""
    made = moment(today - 86_400 * 90)
    return {
        "id": product.id,
        "title": product.title,
        "body_html": "<strong>Made up.</strong>",
        "vendor": shop.name,
        "product_type": product.kind,
        "created_at": made,
        "handle": product.title.lower().replace(" ", "-").replace(",", ""),
        "updated_at": made,
        "published_at": made,
        "template_suffix": None,
        "published_scope": "global",
        "tags": product.tags,
        "variants": [
            _render_variant(product, variant, place, made)
            for place, variant in enumerate(product.variants, 1)
        ],
        "options": [
            {
                "id": product.id + 50,
                "product_id": product.id,
                "name": "Title",
                "position": 1,
                "values": [variant.title for variant in product.variants],
            }
        ],
        "images": [],
        "image": None,
        "admin_graphql_api_id": f"gid://shopify/Product/{product.id}",
    }


def _render_variant(product: Product, variant: Variant, place: int, made: str) -> dict[str, Any]:
    return {
        "id": variant.id,
        "product_id": product.id,
        "title": variant.title,
        "price": money(variant.price),
        "sku": variant.sku,
        "position": place,
        "inventory_policy": "deny",
        "compare_at_price": None,
        "option1": variant.title,
        "created_at": made,
        "updated_at": made,
        "inventory_quantity": variant.stock,
        "requires_shipping": True,
        "admin_graphql_api_id": f"gid://shopify/ProductVariant/{variant.id}",
    }


def render_price_rule(code: Code, today: int) -> dict[str, Any]:
    """The rule behind a code: so many per cent off everything, for 90 days around now."""
    made = moment(today - 86_400 * ((today // 86_400 + code.id) % 90 + 1))
    return {
        "id": code.id,
        "value_type": "percentage",
        "value": f"-{code.percent}.0",
        "customer_selection": "all",
        "target_type": "line_item",
        "target_selection": "all",
        "allocation_method": "across",
        "once_per_customer": False,
        "starts_at": made,
        "ends_at": None,
        "created_at": made,
        "updated_at": made,
        "title": f"{code.percent} % with {code.code}",
        "admin_graphql_api_id": f"gid://shopify/PriceRule/{code.id}",
    }


class ShopifyAdmin(Upstream):
    """`GET /admin/api/{version}/….json` of every shop."""

    name = "shopify"
    host = f"*{SUFFIX}"
    limit = Limit(40, 20.0)
    credentials = tuple(shop.token for shop in SHOPS.values())

    def shipped(self, credential: str) -> ShippedCredential:
        """A token with the name of its shop."""
        shop = next(name for name, shop in SHOPS.items() if shop.token == credential)
        return ShippedCredential(self.name, {"token": credential, "user_id": shop}, shop)

    def credential(self, request: Request) -> str:
        """The header `X-Shopify-Access-Token`."""
        return request.headers.get(b"x-shopify-access-token", b"").decode("latin-1")

    def subject(self, request: Request, world: World) -> str:
        """The shop."""
        return request.host.removesuffix(SUFFIX)

    def answer(self, request: Request, world: World) -> Answer:
        """One resource, or a page of a list."""
        shop = SHOPS.get(self.subject(request, world))
        path = _PATH.fullmatch(request.path)
        if shop is None or path is None:
            return _error("Not Found", 404)
        if self.credential(request) != shop.token:
            return self.refused(request, "unknown")
        handles = tuple(creator.handle for creator in world.creators())
        return _resource(shop, path[1], request, world.today, handles)

    def refused(self, request: Request, state: str) -> Answer:
        """401; 403 for a token whose scope was taken away."""
        if state in ("missing", "unknown", "expired"):
            return _error("[API] Invalid API key or access token (unrecognized login or wrong password)", 401)
        return _error("[API] This action requires merchant approval for read_orders scope.", 403)

    def throttled(self, usage: Usage) -> Answer:
        """429 with `Retry-After: 2.0`."""
        text = "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
        return _error(text, 429, ((b"retry-after", b"2.0"), *self.usage_headers(usage)))

    def failed(self) -> Answer:
        """500."""
        return _error("Internal Server Error", 500)

    def usage_headers(self, usage: Usage) -> Headers:
        """How full the bucket is."""
        size = usage.limit.requests
        return ((b"x-shopify-shop-api-call-limit", f"{usage.used}/{size}".encode()),) if size else ()


def _error(text: str, status: int, headers: Headers = ()) -> Answer:
    return json_answer({"errors": text}, status, headers)


def _resource(shop: Shop, path: str, request: Request, today: int, handles: tuple[str, ...]) -> Answer:
    orders = {str(order.id): order for order in shop.orders(today, handles)}
    codes = {str(code.id): code for code in shop.codes(handles)}
    match path.split("/"):
        case ["orders"]:
            wanted = _changed_since(orders.values(), request)
            return _page(request, "orders", wanted, lambda order: render_order(shop, order))
        case ["orders", number] if (order := orders.get(number)) is not None:
            return json_answer({"order": _cut(render_order(shop, order), request)})
        case ["orders", number, "refunds"] if (order := orders.get(number)) is not None:
            refunds = [render_refund(shop, order, order.refund)] if order.refund else []
            return json_answer({"refunds": refunds})
        case ["products"]:
            products = shop.products()
            return _page(request, "products", products, lambda one: render_product(shop, one, today))
        case ["price_rules"]:
            return _page(request, "price_rules", list(codes.values()), lambda c: render_price_rule(c, today))
        case ["price_rules", number, "discount_codes"] if (code := codes.get(number)) is not None:
            used = sum(order.code == code for order in orders.values())
            rule = render_price_rule(code, today)
            made = {name: rule[name] for name in ("created_at", "updated_at")}
            body = {
                "id": code.id + 500,
                "price_rule_id": code.id,
                "code": code.code,
                "usage_count": used,
                **made,
            }
            return json_answer({"discount_codes": [body]})
        case ["customers", "count"]:
            return json_answer({"count": shop.customers_count(today)})
    return _error("Not Found", 404)


def _changed_since(orders: Any, request: Request) -> list[Order]:
    """The orders that `updated_at_min` wants; a cursor carries it along."""
    since = _cursor(request).get("updated_at_min") or request.query.get("updated_at_min", "")
    try:
        least = datetime.fromisoformat(since).timestamp() if since else 0.0
    except ValueError:
        least = 0.0
    return [order for order in orders if order.updated_at >= least]


def _cursor(request: Request) -> dict[str, str]:
    """What a `page_info` stands for: `updated_at_min` and `start`."""
    try:
        text = base64.urlsafe_b64decode(request.query.get("page_info", "")).decode()
    except ValueError:
        return {}
    start, _, since = text.partition("|")
    return {"start": start if start.isdigit() else "0", "updated_at_min": since}


def _page(request: Request, name: str, items: Sequence[Any], render: Any) -> Answer:
    wanted = request.query.get("limit", "")
    size = min(MAX_PAGE, max(1, int(wanted))) if wanted.isdigit() else DEFAULT_PAGE
    start = int(_cursor(request).get("start") or 0)
    body = {name: [_cut(render(item), request) for item in items[start : start + size]]}
    if start + size >= len(items):
        return json_answer(body)
    since = _cursor(request).get("updated_at_min") or request.query.get("updated_at_min", "")
    page_info = base64.urlsafe_b64encode(f"{start + size}|{since}".encode()).decode()
    query = urlencode({"limit": size, "page_info": page_info})
    link = f'<https://{request.host}{request.path}?{query}>; rel="next"'
    return json_answer(body, headers=((b"link", link.encode()),))


def _cut(item: dict[str, Any], request: Request) -> dict[str, Any]:
    """The fields that were asked for; without `fields` all."""
    names = request.query.get("fields", "")
    return {name: item[name] for name in names.split(",") if name in item} if names else item


UPSTREAM = ShopifyAdmin()
