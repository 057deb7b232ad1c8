"""Reads the bodies of the Admin API: finds the objects in their wrapper, and what an error body means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.json_body import load_json
from upbeat.crawlers.refusals import COOL_DOWN_SECONDS, document_refusal, error_text, is_error_document
from upbeat.crawlers.shopify.kept import kept
from upbeat.crawlers.shopify.orders import read_order, read_refund
from upbeat.crawlers.shopify.products import read_discount_code, read_price_rule, read_product
from upbeat.errors import MalformedBodyError, RotateCredentialError, UpbeatError
from upbeat.records import Parsed, PayloadKind, Platform, Problem, ShopifyCount, ShopifyOrder

SOURCE = "shopify"
BUCKET_SECONDS = 2.0
"""What Shopify states when the bucket is full; taken when an answer does not state it."""


def read_body(kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The records of one body, see `Crawler.parse`."""
    try:
        document = kept(load_json(body, exact=True))
    except MalformedBodyError as error:
        error.source = SOURCE
        raise
    read = _READERS.get(kind)
    if read is None:
        raise MalformedBodyError(f"the Admin API sends no {kind} body", source=SOURCE)
    return read(_Body(document, kind, params, observed_at))


def refusal_of(document: Any, status: int, retry_after: float | None) -> UpbeatError:
    """The error that an answer without data stands for; status 200 for an error envelope in a good answer."""
    document = _with_plain_errors(document)
    text = error_text(document)
    line = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    if status == 429:
        wait = BUCKET_SECONDS if retry_after is None else retry_after
        return RotateCredentialError(line, source=SOURCE, status=status, cool_down=wait)
    if status in (402, 423):
        line += " (the shop is frozen)" if status == 402 else " (the shop is locked)"
        return RotateCredentialError(line, source=SOURCE, status=403, cool_down=COOL_DOWN_SECONDS)
    return document_refusal(SOURCE, document, status=status, retry_after=retry_after, has_credential=True)


def _with_plain_errors(document: Any) -> Any:
    """The document with errors that stand by field, `{"order": ["is invalid"]}`, as texts: `order: is invalid`."""
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, dict):
        return document
    texts = [
        f"{name}: {', '.join(w for w in words if isinstance(w, str)) if isinstance(words, list) else words}"
        for name, words in errors.items()
    ]
    return {**document, "errors": texts}


class _Body:
    """One body as the readers see it."""

    def __init__(
        self, document: Any, kind: PayloadKind, params: Mapping[str, str], observed_at: datetime
    ) -> None:
        self.document = document if isinstance(document, dict) else {}
        self.params = params
        self.observed_at = observed_at
        self.kind = kind
        self.parsed = Parsed()
        self.told: dict[str, Any] = {
            "shop": params.get("shop", ""),
            "source": SOURCE,
            "observed_at": observed_at,
        }

    def items(self, many: str, one: str) -> Iterator[tuple[dict[str, Any], FieldReader]]:
        """Each object below `many`, or the one below `one`. Raises `MalformedBodyError` when neither is there."""
        found = self.document.get(many)
        if found is None and isinstance(self.document.get(one), dict):
            found = [self.document[one]]
        if not isinstance(found, list) or (not found and is_error_document(self.document)):
            raise self.malformed(f"no {many} in the answer")
        for number, item in enumerate(found):
            prefix = f"{many}[{number}]." if many in self.document else f"{one}."
            if isinstance(item, dict):
                yield item, FieldReader(item, self.parsed.problems, prefix)
            else:
                self.parsed.problems.append(Problem(prefix.rstrip("."), "expected an object"))

    def malformed(self, message: str) -> UpbeatError:
        """The error of a body without what was asked for: its own word when it is an error envelope."""
        if is_error_document(self.document):
            return refusal_of(self.document, 200, None)
        return MalformedBodyError(message, source=SOURCE)

    def result(self, what: str, found: int | None = None) -> Parsed:
        """What was found. Raises `MalformedBodyError` when there is nothing and something could not be read."""
        number = len(self.parsed.facts) if found is None else found
        if not number and self.parsed.problems:
            raise MalformedBodyError(
                f"none of the {what} can be read ({self.parsed.problems[0]})", source=SOURCE
            )
        return self.parsed


def _read_orders(body: _Body) -> Parsed:
    for order, read in body.items("orders", "order"):
        found = read_order(order, read, **body.told)
        if found is None:
            continue
        body.parsed.facts.append(found)
        _add_refunds(body, order, read, found)
    if body.kind is PayloadKind.ORDER and len(body.parsed.of(ShopifyOrder)) > 1:
        raise MalformedBodyError("several orders where one is expected", source=SOURCE)
    return body.result("orders")


def _add_refunds(body: _Body, order: dict[str, Any], read: FieldReader, found: ShopifyOrder) -> None:
    refunds = order.get("refunds")
    if refunds is None:
        return
    if not isinstance(refunds, list):
        read.note("refunds", "expected a list")
        return
    for number, refund in enumerate(refunds):
        if not isinstance(refund, dict):
            read.note(f"refunds[{number}]", "expected an object")
            continue
        inner = read.inside(refund, f"refunds[{number}].")
        one = read_refund(refund, inner, order_id=found.order_id, currency=found.currency, **body.told)
        if one is not None:
            body.parsed.facts.append(one)


def _read_refunds(body: _Body) -> Parsed:
    for refund, read in body.items("refunds", "refund"):
        found = read_refund(refund, read, order_id=body.params.get("order_id"), **body.told)
        if found is not None:
            body.parsed.facts.append(found)
    return body.result("refunds")


def _read_products(body: _Body) -> Parsed:
    for product, read in body.items("products", "product"):
        found = read_product(product, read, **body.told)
        if found is not None:
            body.parsed.facts.append(found)
    return body.result("products")


def _read_discount_codes(body: _Body) -> Parsed:
    for _, read in body.items("discount_codes", "discount_code"):
        found = read_discount_code(read, body.params, **body.told)
        if found is not None:
            body.parsed.facts.append(found)
    return body.result("discount codes")


def _read_price_rules(body: _Body) -> Parsed:
    for _, read in body.items("price_rules", "price_rule"):
        found = read_price_rule(read)
        if found is not None:
            body.parsed.identifiers[found[0]] = orjson.dumps(found[1]).decode()
    return body.result("price rules", len(body.parsed.identifiers))


def _read_count(body: _Body) -> Parsed:
    value = FieldReader(body.document, body.parsed.problems).count("value", "count")
    if value is None:
        raise body.malformed("no count in the answer")
    body.parsed.facts.append(
        ShopifyCount(
            platform=Platform.SHOPIFY,
            metric=body.params.get("metric", "customers"),
            day=body.observed_at.astimezone(UTC).date().isoformat(),
            value=value,
            **body.told,
        )
    )
    return body.parsed


_READERS: dict[PayloadKind, Callable[[_Body], Parsed]] = {
    PayloadKind.ORDERS: _read_orders,
    PayloadKind.ORDER: _read_orders,
    PayloadKind.REFUNDS: _read_refunds,
    PayloadKind.PRODUCTS: _read_products,
    PayloadKind.DISCOUNT_CODES: _read_discount_codes,
    PayloadKind.IDENTIFIER: _read_price_rules,
    PayloadKind.COUNT: _read_count,
}
