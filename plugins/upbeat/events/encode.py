"""Turns events into columns of ClickHouse, so that one bad value costs one row and not the batch. Pure.

The quick way reads a body in C straight into the types of the columns and converts whole columns. It may only say yes:
a row of which it is not sure is converted value by value (`convert`), which takes it after all or gives the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import compress
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from upbeat.events.batch import Rejected, StoredEvent
from upbeat.events.consumers import Column, ColumnType, Consumer
from upbeat.events.convert import EPOCH, LATEST_MICROSECONDS, convert, microseconds, shown

EVENT_ID = "_event_id"
NULL = "null"

CLICKHOUSE_TYPES: dict[ColumnType, str] = {
    "string": "String",
    "int64": "Int64",
    "float64": "Float64",
    "decimal": "Decimal(18, 4)",
    "bool": "Bool",
    "timestamp": "DateTime64(6, 'UTC')",
    "json": "String",
}

_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
# What the quick way reads, and a value that stands in for the one of a row that goes the slow way.
_QUICK_TYPES: dict[ColumnType, tuple[Any, Any]] = {
    "string": (str, ""),
    "int64": (_Int64, 0),
    "float64": (float, 0.0),
    "decimal": (msgspec.Raw, msgspec.Raw(b"0")),
    "bool": (bool, False),
    "timestamp": (str, EPOCH.isoformat()),
    "json": (msgspec.Raw, msgspec.Raw(b"0")),
}
_SIMPLE_AMOUNT = re.compile(r"-?\d{1,14}(?:\.\d{1,4})?", re.ASCII)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch as columns. `values[i]` belongs to `names[i]` and holds one value for each of `events`, in order."""

    names: list[str]
    types: list[str]
    values: list[list[Any]]
    events: list[StoredEvent]
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        """The events' ids, in order."""
        return [event.id for event in self.events]

    @property
    def columns(self) -> list[str]:
        """Names and types, for the name of an insert."""
        return [f"{name} {kind}" for name, kind in zip(self.names, self.types, strict=True)]

    def part(self, start: int, stop: int) -> Encoded:
        """The rows from `start` up to `stop`, without the rejected."""
        values = [column[start:stop] for column in self.values]
        return Encoded(self.names, self.types, values, self.events[start:stop])


def encode(consumer: Consumer, events: Sequence[StoredEvent]) -> Encoded:
    """Convert the events; those with a value that does not fit its column are rejected with the reason."""
    layout = _layout(consumer)
    rows, unsure = layout.read(events)
    columns: list[list[Any]] = []
    for column, get in zip(consumer.columns, layout.getters, strict=True):
        values, doubtful = _IN_BULK[column.type](list(map(get, rows)), column.nullable)
        columns.append(values)
        unsure |= doubtful
    rejected = _settle(consumer, events, columns, unsure)
    kept = list(events)
    if rejected:
        keep = [position not in rejected for position in range(len(events))]
        columns = [list(compress(values, keep)) for values in columns]
        kept = list(compress(kept, keep))
    columns.append([event.id for event in kept])
    return Encoded(
        names=[column.name for column in consumer.columns] + [EVENT_ID],
        types=[clickhouse_type(column) for column in consumer.columns] + ["UInt64"],
        values=columns,
        events=kept,
        rejected=[Rejected(events[position], reason) for position, reason in rejected.items()],
    )


def convert_row(consumer: Consumer, body: bytes) -> list[Any]:
    """The slow way: the values of one event, in the order of the columns. ValueError with the reason."""
    texts = _texts(consumer, body)
    return [_convert(column, raw) for column, raw in zip(consumer.columns, texts, strict=True)]


def clickhouse_type(column: Column) -> str:
    """The type under which the column's values are sent."""
    name = CLICKHOUSE_TYPES[column.type]
    return f"Nullable({name})" if column.nullable else name


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the bodies of one kind are read: fields of `decode`'s struct belong to the columns in order."""

    decode: Callable[[bytes], Any]
    decode_texts: Callable[[bytes], Any]
    blank: Any
    getters: tuple[Callable[[Any], Any], ...]

    def read(self, events: Sequence[StoredEvent]) -> tuple[list[Any], set[int]]:
        """One struct for each event; a blank one at the positions of those that must go the slow way."""
        decode, rows, unsure = self.decode, [], set()
        for position, event in enumerate(events):
            body = event.body
            try:
                # One sign is found far faster than six, and most bodies hold none.
                if b"\\" in body and b"\\u0000" in body:
                    raise msgspec.DecodeError("a NUL, or what looks like one")
                rows.append(decode(body))
            except _UNREADABLE:
                rows.append(self.blank)
                unsure.add(position)
        return rows, unsure


@lru_cache(maxsize=256)
def _layout(consumer: Consumer) -> _Layout:
    # Names of our own: a column's may be a word of Python.
    names = [f"c{number}" for number in range(len(consumer.columns))]
    renamed = {name: column.name for name, column in zip(names, consumer.columns, strict=True)}
    quick = [_quick_field(name, column) for name, column in zip(names, consumer.columns, strict=True)]
    raw: list[Any] = [(name, msgspec.Raw, msgspec.Raw(b"null")) for name in names]
    # kw_only: fields with a default may stand before those without. gc=False: they hold no cycles.
    row = msgspec.defstruct(f"{consumer.kind}_row", quick, rename=renamed, kw_only=True, gc=False)
    texts = msgspec.defstruct(f"{consumer.kind}_texts", raw, rename=renamed, gc=False)
    return _Layout(
        decode=msgspec.json.Decoder(row).decode,
        decode_texts=msgspec.json.Decoder(texts).decode,
        blank=row(
            **{
                name: _QUICK_TYPES[column.type][1]
                for name, column in zip(names, consumer.columns, strict=True)
            }
        ),
        getters=tuple(attrgetter(name) for name in names),
    )


def _quick_field(name: str, column: Column) -> Any:
    kind = _QUICK_TYPES[column.type][0]
    if not column.nullable:
        return (name, kind)
    # Raw takes null by itself.
    return (name, kind, msgspec.Raw(b"null")) if kind is msgspec.Raw else (name, kind | None, None)


def _settle(
    consumer: Consumer, events: Sequence[StoredEvent], columns: list[list[Any]], unsure: set[int]
) -> dict[int, str]:
    """Fill in the rows that the quick way was not sure of; reasons of those that are refused, by position."""
    rejected: dict[int, str] = {}
    for position in sorted(unsure):
        try:
            row = convert_row(consumer, events[position].body)
        except ValueError as error:
            rejected[position] = str(error)
            continue
        for values, value in zip(columns, row, strict=True):
            values[position] = value
    return rejected


def _texts(consumer: Consumer, body: bytes) -> list[msgspec.Raw]:
    layout = _layout(consumer)
    try:
        row = layout.decode_texts(body)
    except msgspec.ValidationError as error:
        raise ValueError("is no JSON object") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"is no JSON: {str(error).removeprefix('JSON is malformed: ')}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return [get(row) for get in layout.getters]


def _convert(column: Column, raw: msgspec.Raw) -> Any:
    try:
        text = str(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{column.name}: is no UTF-8 (byte {error.object[error.start]:#x})") from error
    if text == NULL:
        if column.nullable:
            return None
        raise ValueError(f"{column.name}: is missing")
    try:
        return convert(column.type, text)
    except ValueError as error:
        raise ValueError(f"{column.name}: {shown(text)} {error}") from error


# --- whole columns ----------------------------------------------------------------------------------
# Each takes what the quick way read, and gives the values to store and the positions that it is not sure of.

_Bulk = tuple[list[Any], set[int]]


def _as_read(values: list[Any], _nullable: bool) -> _Bulk:
    return values, set()


def _json_texts(values: list[Any], nullable: bool) -> _Bulk:
    unsure: set[int] = set()
    try:
        texts: list[Any] = [str(raw, "utf-8") for raw in values]
    except UnicodeDecodeError:
        texts, unsure = _each(values, lambda raw: str(raw, "utf-8"))
    if NULL not in texts:
        return texts, unsure
    if not nullable:
        unsure |= {position for position, text in enumerate(texts) if text == NULL}
    return [None if text == NULL else text for text in texts], unsure


def _amounts(values: list[Any], nullable: bool) -> _Bulk:
    texts, unsure = _json_texts(values, nullable)
    amounts, unusual = _each(texts, _simple_amount)
    return amounts, unsure | unusual


def _simple_amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    if _SIMPLE_AMOUNT.fullmatch(text) is None:
        raise ValueError("is no simple amount")
    return Decimal(text)


def _timestamps(values: list[Any], _nullable: bool) -> _Bulk:
    """Arrow reads most of what `microseconds` reads, to the same numbers, and refuses a column with anything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        moments = pa.array(values, pa.string()).cast(pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return _each(values, _microseconds_or_none)
    numbers = moments.cast(pa.int64())
    bounds = pc.min_max(numbers).as_py()
    if bounds["min"] is not None and not 0 <= bounds["min"] <= bounds["max"] < LATEST_MICROSECONDS:
        return _each(values, _microseconds_or_none)
    return numbers.to_pylist() if numbers.null_count else numbers.to_numpy().tolist(), set()


def _microseconds_or_none(text: str | None) -> int | None:
    return None if text is None else microseconds(text)


def _each(values: list[Any], one: Callable[[Any], Any]) -> _Bulk:
    """Value by value, for a column with one that is out of the ordinary."""
    done: list[Any] = []
    unsure: set[int] = set()
    for position, value in enumerate(values):
        try:
            done.append(one(value))
        except ValueError:
            done.append(None)
            unsure.add(position)
    return done, unsure


_IN_BULK: dict[ColumnType, Callable[[list[Any], bool], _Bulk]] = {
    "string": _as_read,
    "int64": _as_read,
    "float64": _as_read,
    "decimal": _amounts,
    "bool": _as_read,
    "timestamp": _timestamps,
    "json": _json_texts,
}
