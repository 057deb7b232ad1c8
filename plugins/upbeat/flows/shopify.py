"""The flows of Shopify: what connected shops sell, through which discount codes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from upbeat.flows import parameters as of
from upbeat.flows.flow import Flow
from upbeat.records import PayloadKind, Platform

# The token is the shop's: the credential is that of the parameter `shop`.
_flow = partial(Flow, platform=Platform.SHOPIFY, chain=("shopify",), concurrency=8, own_account=True)

SHOPIFY_FLOWS: tuple[Flow, ...] = (
    _flow(
        name="orders",
        method="fetch_orders",
        kind=PayloadKind.ORDERS,
        params_model=of.OrdersParameters,
        writes=("beat.shopify_order", "beat.shopify_refund"),
        freshness=timedelta(hours=1),
    ),
    _flow(
        name="order_by_id",
        method="fetch_order_by_id",
        kind=PayloadKind.ORDER,
        params_model=of.OrderParameters,
        writes=("beat.shopify_order", "beat.shopify_refund"),
    ),
    _flow(
        name="products",
        method="fetch_products",
        kind=PayloadKind.PRODUCTS,
        params_model=of.ShopListParameters,
        writes=("beat.shopify_product",),
    ),
    _flow(
        name="discount_codes",
        method="fetch_discount_codes",
        kind=PayloadKind.DISCOUNT_CODES,
        params_model=of.ShopListParameters,
        writes=("beat.shopify_discount_code",),
    ),
    _flow(
        name="refunds",
        method="fetch_refunds",
        kind=PayloadKind.REFUNDS,
        params_model=of.OrderParameters,
        writes=("beat.shopify_refund",),
    ),
    _flow(
        name="customers_count",
        method="fetch_customers_count",
        kind=PayloadKind.COUNT,
        params_model=of.ShopParameters,
        writes=("beat.shopify_count",),
    ),
)
