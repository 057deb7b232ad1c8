"""Events become columns; a value that does not fit its column costs its own row only."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.batch import StoredEvent, deduplication_token
from upbeat.events.consumers import Consumer
from upbeat.events.encode import Encoded, encode

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CONSUMER = Consumer.model_validate(
    {
        "kind": "thing",
        "table": "thing",
        "columns": {
            "name": "string",
            "count": "int64?",
            "flag": "bool?",
            "at": "timestamp?",
            "extra": "json?",
            "share": "float64?",
            "price": "decimal?",
        },
    }
)


def encoded(*payloads: dict[str, Any]) -> Encoded:
    events = [StoredEvent(number, f"k{number}", payload, NOW) for number, payload in enumerate(payloads, 1)]
    return encode(CONSUMER, events)


def test_values_stand_in_columns_in_the_order_of_the_events() -> None:
    result = encoded(
        {
            "name": "a",
            "count": 5,
            "flag": True,
            "at": "1970-01-01T00:00:01.000002Z",
            "extra": {"k": [1, None, "é", Decimal("2.50")]},
            "share": Decimal("0.25"),
            "price": Decimal("99999999999999.9999"),
        },
        {"name": "b"},
    )
    assert result.names == ["name", "count", "flag", "at", "extra", "share", "price", "_event_id"]
    assert result.types[5:7] == ["Nullable(Float64)", "Nullable(Decimal(18, 4))"]
    assert result.types[1:4] == ["Nullable(Int64)", "Nullable(Bool)", "Nullable(DateTime64(6, 'UTC'))"]
    assert result.values == [
        ["a", "b"],
        [5, None],
        [True, None],
        [1_000_002, None],
        ['{"k":[1,null,"é",2.5]}', None],
        [0.25, None],
        [Decimal("99999999999999.9999"), None],
        [1, 2],
    ]
    assert result.rejected == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "name: is missing"),
        ({"name": None}, "name: is missing"),
        ({"name": 7}, "name: 7 is no text"),
        ({"name": "\ud83d"}, "name: '\\ud83d' holds half a character (a lone surrogate)"),
        ({"name": "a", "count": "12"}, "count: '12' is no whole number"),
        ({"name": "a", "count": 1.5}, "count: 1.5 is no whole number"),
        ({"name": "a", "count": True}, "count: True is no whole number"),
        ({"name": "a", "count": 2**63}, "count: 9223372036854775808 is beyond 64 bits"),
        ({"name": "a", "flag": 1}, "flag: 1 is neither true nor false"),
        ({"name": "a", "at": "yesterday"}, "at: 'yesterday' is no ISO 8601 time"),
        ({"name": "a", "at": 1700000000}, "at: 1700000000 is no ISO 8601 time"),
        ({"name": "a", "at": "2026-11-22T10:00:00"}, "at: '2026-11-22T10:00:00' has no offset from UTC"),
        (
            {"name": "a", "at": "1969-12-31T23:59:59Z"},
            "at: '1969-12-31T23:59:59Z' is not between 1970 and 2262",
        ),
        ({"name": "a", "extra": float("nan")}, "extra: nan is no JSON value"),
        ({"name": "a", "extra": [Decimal("NaN")]}, "extra: [Decimal('NaN')] is no JSON value"),
        ({"name": "a", "share": "0.5"}, "share: '0.5' is no number"),
        ({"name": "a", "share": float("inf")}, "share: inf is no finite number"),
        ({"name": "a", "share": 10**400}, f"share: {'1' + '0' * 56}… is beyond a float"),
        ({"name": "a", "price": 0.1}, "price: 0.1 is no amount"),
        ({"name": "a", "price": True}, "price: True is no amount"),
        ({"name": "a", "price": 10**14}, "price: 100000000000000 is beyond 14 digits before the point"),
        (
            {"name": "a", "price": Decimal("NaN")},
            "price: Decimal('NaN') is beyond 14 digits before the point",
        ),
        (
            {"name": "a", "price": Decimal("0.00001")},
            "price: Decimal('0.00001') has more than 4 digits behind the point",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_rejected_with_its_reason_and_the_rest_goes_on(
    payload: dict[str, Any], reason: str
) -> None:
    result = encoded({"name": "before"}, payload, {"name": "after"})
    assert [(one.event.id, one.reason) for one in result.rejected] == [(2, reason)]
    assert result.ids == [1, 3]
    assert result.values[0] == ["before", "after"]


def test_a_batch_of_nothing_but_bad_rows_has_empty_columns() -> None:
    result = encoded({}, {})
    assert result.ids == []
    assert result.values == [[] for _ in result.names]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31)), st.integers(-12 * 60, 14 * 60))
def test_a_time_keeps_its_microseconds_whatever_its_offset(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    from datetime import timezone

    shown = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    result = encoded({"name": "a", "at": shown})
    microseconds = result.values[3][0]
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds) == moment


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.fixed_dictionaries({"name": json_values, "count": json_values, "extra": json_values})))
def test_every_event_is_either_encoded_or_rejected_and_json_survives(payloads: list[dict[str, Any]]) -> None:
    result = encoded(*payloads)
    assert sorted(result.ids + [one.event.id for one in result.rejected]) == list(range(1, len(payloads) + 1))
    for identifier, extra in zip(result.ids, result.values[4], strict=True):
        assert (None if extra is None else json.loads(extra)) == payloads[identifier - 1]["extra"]


def test_the_token_names_kind_events_order_and_values() -> None:
    token = deduplication_token("a", encoded({"name": "x"}, {"name": "y"}).values)
    assert token == deduplication_token("a", encoded({"name": "x"}, {"name": "y"}).values)
    others = [
        deduplication_token("b", encoded({"name": "x"}, {"name": "y"}).values),
        deduplication_token("a", encoded({"name": "y"}, {"name": "x"}).values),
        deduplication_token("a", encoded({"name": "x"}).values),
        deduplication_token("a", encoded({"name": "x"}, {"name": "y", "count": 1}).values),
    ]
    assert token not in others
