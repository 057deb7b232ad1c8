"""Example events of every kind, made from a consumer's columns: for trying things out, for load, for benchmarks. Pure.

The same seed gives the same events. A seed's events have ids of their own, `example-<number>`, which no platform gives,
and the source `example`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import orjson

from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.example_values import SOURCE, example_values

_PATTERNS = 997
"""Different contents: making one takes some 30 µs, giving it another number less than one."""
_OF_ONE_SEED = 10**9
_NUMBER = "\x01"
"""Stands where the number goes: JSON text holds no such sign."""


def examples(
    consumer: Consumer, count: int, *, seed: int = 0, at: datetime | None = None, size: int | None = None
) -> Iterator[StoredEvent]:
    """So many events of the consumer's kind, each of another fact, observed within the minute before `at`.

    Args:
        seed: 0 or above.
        at: aware; by default now.
        size: least bytes of a body, which a field `padding` fills up. No table has a column for it.
    """
    at = at or datetime.now(UTC)
    created = at.timestamp()
    patterns = [
        _pattern(consumer, Random(f"{seed} {consumer.kind} {number}"), at, number, size)  # noqa: S311 (no secret)
        for number in range(min(count, _PATTERNS))
    ]
    first = seed * _OF_ONE_SEED
    for number in range(count):
        body, numbers, observed = patterns[number % _PATTERNS]
        identifier = first + number
        yield StoredEvent(
            identifier, f"{SOURCE}-{identifier}", body % ((identifier,) * numbers), observed, created
        )


def example_bodies(
    consumer: Consumer, count: int, *, seed: int = 0, at: datetime | None = None, size: int | None = None
) -> list[bytes]:
    """The bodies alone, made beforehand: a benchmark that sends them does not measure how they are made."""
    return [event.body for event in examples(consumer, count, seed=seed, at=at, size=size)]


def _pattern(
    consumer: Consumer, chance: Random, at: datetime, number: int, size: int | None
) -> tuple[bytes, int, str]:
    """A body with `%d` for each number in it, how many these are, and the time of the observation."""
    observed = at - timedelta(milliseconds=60 * (number % 1000))
    values = example_values(consumer, chance, observed)
    numbered = [column for column in consumer.columns if column.name not in values]
    payload = values | {
        column.name: _NUMBER if column.type == "int64" else f"{SOURCE}-{_NUMBER}" for column in numbered
    }
    sign = orjson.dumps(_NUMBER)
    body = orjson.dumps(payload).replace(b"%", b"%%").replace(sign, b"%d").replace(sign[1:-1], b"%d")
    missing = (size or 0) - len(body % ((0,) * len(numbered))) - len(b',"padding":""')
    if missing >= 0:
        body = b'%b,"padding":"%b"}' % (body[:-1], b"x" * missing)
    return body, len(numbered), observed.isoformat(timespec="microseconds")
