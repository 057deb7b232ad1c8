"""What can be asked of a source of shop data."""

from __future__ import annotations

from datetime import datetime

from upbeat.crawlers.base import Crawler
from upbeat.records import Parsed, Platform


class ShopCrawler(Crawler):
    """A source of what shops sell. `shop` is the name before `.myshopify.com`."""

    platform = Platform.SHOPIFY

    async def fetch_orders(self, shop: str, updated_since: datetime | None, limit: int) -> Parsed:
        """Orders that changed since a time, oldest change first, with their refunds."""
        raise self._unsupported("orders")

    async def fetch_order_by_id(self, shop: str, order_id: str) -> Parsed:
        """One order with its refunds."""
        raise self._unsupported("orders by id")

    async def fetch_products(self, shop: str, limit: int) -> Parsed:
        """Products with their variants."""
        raise self._unsupported("products")

    async def fetch_discount_codes(self, shop: str, limit: int) -> Parsed:
        """Discount codes of all price rules."""
        raise self._unsupported("discount codes")

    async def fetch_refunds(self, shop: str, order_id: str) -> Parsed:
        """The refunds of an order."""
        raise self._unsupported("refunds")

    async def fetch_customers_count(self, shop: str) -> Parsed:
        """How many customers the shop has."""
        raise self._unsupported("numbers of customers")
