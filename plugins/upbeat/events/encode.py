"""Turns events into columns of ClickHouse, row by row, so that one bad value costs one row and not the batch. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from upbeat.events.batch import Rejected, StoredEvent
from upbeat.events.consumers import Column, ColumnType, Consumer

EVENT_ID = "_event_id"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The row version is made of unsigned microseconds; DateTime64(6) holds no later year.
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)

_LARGEST = Decimal(10) ** 14
_SMALLEST = Decimal("0.0001")

CLICKHOUSE_TYPES: dict[ColumnType, str] = {
    "string": "String",
    "int64": "Int64",
    "float64": "Float64",
    "decimal": "Decimal(18, 4)",
    "bool": "Bool",
    "timestamp": "DateTime64(6, 'UTC')",
    "json": "String",
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch as columns. `values[i]` belongs to `names[i]` and holds one value for each of `ids`, in order."""

    names: list[str]
    types: list[str]
    values: list[list[Any]]
    ids: list[int]
    rejected: list[Rejected] = field(default_factory=list)

    def part(self, start: int, stop: int) -> Encoded:
        """The rows from `start` up to `stop`, without the rejected."""
        values = [column[start:stop] for column in self.values]
        return Encoded(self.names, self.types, values, self.ids[start:stop])


def encode(consumer: Consumer, events: Sequence[StoredEvent]) -> Encoded:
    """Convert the events; those with a value that does not fit its column are rejected with the reason."""
    rows: list[list[Any]] = []
    rejected: list[Rejected] = []
    for event in events:
        try:
            payload = _payload(event.body)
            rows.append([_convert(column, payload) for column in consumer.columns] + [event.id])
        except ValueError as error:
            rejected.append(Rejected(event, str(error)))
    width = len(consumer.columns) + 1
    return Encoded(
        names=[column.name for column in consumer.columns] + [EVENT_ID],
        types=[clickhouse_type(column) for column in consumer.columns] + ["UInt64"],
        values=[list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)],
        ids=[row[-1] for row in rows],
        rejected=rejected,
    )


def clickhouse_type(column: Column) -> str:
    """The type under which the column's values are sent."""
    name = CLICKHOUSE_TYPES[column.type]
    return f"Nullable({name})" if column.nullable else name


def _payload(body: bytes) -> dict[str, Any]:
    """Numbers with a fraction as `Decimal`: a float would lose digits of an amount of money."""
    try:
        payload = json.loads(body, parse_float=Decimal)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error
    if not isinstance(payload, dict):
        raise ValueError("is no JSON object")
    return payload


def _convert(column: Column, payload: dict[str, Any]) -> Any:
    value = payload.get(column.name)
    if value is None:
        if column.nullable:
            return None
        raise ValueError(f"{column.name}: is missing")
    try:
        return _CONVERTERS[column.type](value)
    except ValueError as error:
        raise ValueError(f"{column.name}: {_shown(value)} {error}") from error


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half a character (a lone surrogate)") from error
    return value


def _int64(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is no whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("is beyond 64 bits")
    return value


def _float64(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("is no number")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError("is beyond a float") from error
    if not math.isfinite(number):
        raise ValueError("is no finite number")
    return number


def _decimal(value: Any) -> Decimal:
    """An amount as it was written. A float has lost digits already: the outbox hands numbers over as `Decimal`."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("is no amount")
    if not Decimal(value).is_finite() or not -_LARGEST < value < _LARGEST:
        raise ValueError("is beyond 14 digits before the point")
    amount = Decimal(value)
    if amount != amount.quantize(_SMALLEST):
        raise ValueError("has more than 4 digits behind the point")
    return amount


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _timestamp(value: Any) -> int:
    """Microseconds since 1970: exact, where a float of seconds is not."""
    if not isinstance(value, str):
        raise ValueError("is no ISO 8601 time")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ValueError("has no offset from UTC")
    if not _EPOCH <= moment < _LATEST:
        raise ValueError("is not between 1970 and 2262")
    return (moment - _EPOCH) // _MICROSECOND


def _json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_number)
    except (TypeError, ValueError) as error:
        raise ValueError("is no JSON value") from error
    return _string(text)


def _number(value: Any) -> float:
    """A number with a fraction within a JSON value."""
    if isinstance(value, Decimal) and math.isfinite(value):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_CONVERTERS: dict[ColumnType, Callable[[Any], Any]] = {
    "string": _string,
    "int64": _int64,
    "float64": _float64,
    "decimal": _decimal,
    "bool": _bool,
    "timestamp": _timestamp,
    "json": _json,
}


def _shown(value: Any) -> str:
    """The value for a reason: short, on one line."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
