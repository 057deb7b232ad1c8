"""Two made-up shops: products, discount codes that name creators of the sandbox, orders of the last 60 days with refunds.

Everything is the same for a day in every process. A new UTC day brings the orders of the day before and the refunds that fall
into it; the oldest day leaves. Customers are made up: their data is there so that a collector can show that it keeps none of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from upbeat.sandbox.creators import digest
from upbeat.sandbox.posts import DAY

ORDER_DAYS = 60
CODES = 12


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant; `price` in cents of the shop's currency."""

    id: int
    title: str
    sku: str
    price: int
    stock: int


@dataclass(frozen=True, slots=True)
class Product:
    """One product."""

    id: int
    title: str
    kind: str
    tags: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A discount code and its price rule (of the same number): `percent` off."""

    id: int
    code: str
    percent: int
    handle: str


@dataclass(frozen=True, slots=True)
class Line:
    """One position of an order; amounts in cents."""

    id: int
    product: Product
    variant: Variant
    quantity: int
    discount: int

    @property
    def total(self) -> int:
        """What is paid for it."""
        return self.variant.price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for the first line of an order, in cents."""

    id: int
    created_at: int
    amount: int


@dataclass(frozen=True, slots=True)
class Order:
    """One order; times are Unix seconds."""

    id: int
    number: int
    created_at: int
    customer: int
    country: str
    lines: tuple[Line, ...]
    code: Code | None
    cancelled: bool
    refund: Refund | None

    @property
    def updated_at(self) -> int:
        """The last change: the refund, else a minute after the order."""
        return self.refund.created_at if self.refund else self.created_at + 60

    @property
    def discount(self) -> int:
        """All discounts in cents."""
        return sum(line.discount for line in self.lines)

    @property
    def total(self) -> int:
        """What was paid in cents, tax included."""
        return sum(line.total for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. `ids` begins the ids of everything in it, `wares` are titles with their price in units of the currency."""

    name: str
    token: str
    currency: str
    countries: tuple[str, ...]
    ids: int
    orders_a_day: int
    kind: str
    wares: tuple[tuple[str, int], ...] = field(repr=False)

    def products(self) -> tuple[Product, ...]:
        """All products."""
        return _products(self)

    def codes(self, handles: tuple[str, ...]) -> tuple[Code, ...]:
        """One code for each of these creators."""
        start = digest(f"codes:{self.name}") % max(1, len(handles) - CODES)
        return tuple(
            Code(self.ids + number, f"{_letters(handle)}{percent}", percent, handle)
            for number, handle in enumerate(handles[start : start + CODES], 1)
            for percent in (10 + 5 * (digest(handle) % 3),)
        )

    def orders(self, today: int, handles: tuple[str, ...]) -> tuple[Order, ...]:
        """The orders of the days before `today` (the start of a UTC day, Unix seconds), the last changed last."""
        return _orders(self, today, handles)

    def customers_count(self, today: int) -> int:
        """How many customers the shop has; it grows with its orders."""
        return self.ids % 997 + today // DAY % 10_000


SHOPS = {
    shop.name: shop
    for shop in (
        Shop(
            "glow-sandbox",
            "sandbox-shopify-token-1",
            "INR",
            ("IN", "IN", "IN", "AE"),
            7_100_000_000,
            6,
            "Skin care",
            (
                ("Vitamin C serum", 699),
                ("Night cream", 849),
                ("Sun screen SPF 50", 499),
                ("Clay mask", 399),
                ("Lip balm", 199),
                ("Face wash", 299),
            ),
        ),
        Shop(
            "threads-sandbox",
            "sandbox-shopify-token-2",
            "USD",
            ("US", "US", "GB", "CA", "DE"),
            7_200_000_000,
            5,
            "Clothing",
            (("Hoodie", 59), ("T-shirt", 24), ("Cap", 19), ("Tote bag", 15), ("Socks, 3 pairs", 12)),
        ),
    )
}


def _letters(handle: str) -> str:
    return "".join(sign for sign in handle.upper() if sign.isalnum())[:12]


@lru_cache(maxsize=8)
def _products(shop: Shop) -> tuple[Product, ...]:
    found = []
    for number, (title, price) in enumerate(shop.wares, 1):
        seeded = random.Random(f"product:{shop.name}:{title}")  # noqa: S311 - repeatable on purpose
        product_id = shop.ids + number * 100
        names = ("Small", "Large") if seeded.random() < 0.7 else ("Default Title",)
        variants = tuple(
            Variant(
                product_id + place,
                name,
                f"{shop.name[:4].upper()}-{number}-{place}",
                price * (100 if place == 1 else 130),
                seeded.randrange(-2, 400),
            )
            for place, name in enumerate(names, 1)
        )
        found.append(Product(product_id, title, shop.kind, f'{shop.kind}, "Sandbox, made up"', variants))
    return tuple(found)


@lru_cache(maxsize=8)
def _orders(shop: Shop, today: int, handles: tuple[str, ...]) -> tuple[Order, ...]:
    days = range(today - ORDER_DAYS * DAY, today, DAY)
    found = [order for day in days for order in _orders_of(shop, day, today, shop.codes(handles))]
    return tuple(sorted(found, key=lambda order: (order.updated_at, order.id)))


def _orders_of(shop: Shop, day: int, today: int, codes: tuple[Code, ...]) -> Iterator[Order]:
    seeded = random.Random(f"orders:{shop.name}:{day}")  # noqa: S311 - repeatable on purpose
    for number in range(1, shop.orders_a_day + seeded.randrange(4)):
        order_id = shop.ids * 100 + day // DAY * 100 + number
        code = seeded.choice(codes) if codes and seeded.random() < 0.6 else None
        lines = tuple(
            _line(shop, order_id * 10 + place, code, seeded) for place in range(1, seeded.randint(2, 4))
        )
        created_at = day + seeded.randrange(DAY - 60)
        refunded_at = created_at + seeded.randrange(DAY, 6 * DAY)
        yield Order(
            id=order_id,
            number=1000 + day // DAY % 1000 * 10 + number,
            created_at=created_at,
            customer=shop.ids + seeded.randrange(1, 400),
            country=seeded.choice(shop.countries),
            lines=lines,
            code=code,
            cancelled=seeded.random() < 0.03,
            refund=Refund(order_id + 50, refunded_at, lines[0].total)
            if seeded.random() < 0.12 and refunded_at < today
            else None,
        )


def _line(shop: Shop, line_id: int, code: Code | None, seeded: random.Random) -> Line:
    product = seeded.choice(shop.products())
    variant = seeded.choice(product.variants)
    quantity = seeded.choice((1, 1, 1, 2))
    discount = variant.price * quantity * code.percent // 100 if code else 0
    return Line(line_id, product, variant, quantity, discount)
