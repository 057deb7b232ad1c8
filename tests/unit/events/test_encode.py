"""Events become columns; a value that does not fit its column costs its own row only; the quick way says what the slow one says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from upbeat.events.batch import StoredEvent, deduplication_token
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.encode import Encoded, convert_row, encode

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
REQUIRED = Consumer.model_validate(
    {
        "kind": "other",
        "table": "other",
        "columns": {
            "count": "int64",
            "flag": "bool",
            "at": "timestamp",
            "extra": "json",
            "share": "float64",
            "price": "decimal",
            "class": "string",
        },
    }
)


def encoded(*bodies: Any, consumer: Consumer = CONSUMER) -> Encoded:
    """Events with the ids 1, 2, …; a body that is no bytes is written as JSON."""
    written = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
    return encode(
        consumer, [StoredEvent(number, f"k{number}", body, "", 0.0) for number, body in enumerate(written, 1)]
    )


def test_values_stand_in_columns_in_the_order_of_the_events() -> None:
    result = encoded(
        b'{"name": "a", "count": 5, "flag": true, "at": "1970-01-01T00:00:01.000002Z", "share": 0.25,'
        b' "extra": {"k": [1, null, "\xc3\xa9", 2.50]}, "price": 99999999999999.9999, "unknown": [{}]}',
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
        ['{"k": [1, null, "é", 2.50]}', None],
        [0.25, None],
        [Decimal("99999999999999.9999"), None],
        [1, 2],
    ]
    assert result.rejected == []
    assert [event.key for event in result.events] == ["k1", "k2"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "name: is missing"),
        (b'{"name": null}', "name: is missing"),
        (b'{"name": 7}', "name: 7 is no text"),
        (b'{"name": {"a": "\\n"}}', """name: {"a": "\\\\n"} is no text"""),
        (b'{"name": "a\\u0000"}', "name: 'a\\x00' holds a NUL, which Postgres does not store"),
        (b'{"name": "a\xff"}', "name: is no UTF-8 (byte 0xff)"),
        (b'{"name": "\\udc00 and more"}', "is no JSON: invalid utf-16 surrogate pair (byte 16)"),
        (b'{"name": "a", "count": "12"}', "count: '12' is no whole number"),
        (b'{"name": "a", "count": 1.5}', "count: 1.5 is no whole number"),
        (b'{"name": "a", "count": 1e3}', "count: 1e3 is no whole number"),
        (b'{"name": "a", "count": true}', "count: true is no whole number"),
        (b'{"name": "a", "count": 9223372036854775808}', "count: 9223372036854775808 is beyond 64 bits"),
        (b'{"name": "a", "count": %s}' % (b"1" * 5000), f"count: {'1' * 57}… is beyond 64 bits"),
        (b'{"name": "a", "flag": 1}', "flag: 1 is neither true nor false"),
        (b'{"name": "a", "flag": "true"}', "flag: 'true' is neither true nor false"),
        (b'{"name": "a", "at": "yesterday"}', "at: 'yesterday' is no ISO 8601 time"),
        (b'{"name": "a", "at": 1700000000}', "at: 1700000000 is no ISO 8601 time"),
        (b'{"name": "a", "at": "2026-11-22T10:00:00"}', "at: '2026-11-22T10:00:00' has no offset from UTC"),
        (b'{"name": "a", "at": "1969-12-31T23:59:59Z"}', "at: '1969-12-31T23:59:59Z' is not between 1970 and 2262"),
        (b'{"name": "a", "at": "2262-01-01T00:00:00Z"}', "at: '2262-01-01T00:00:00Z' is not between 1970 and 2262"),
        (b'{"name": "a", "extra": NaN}', "is no JSON: invalid character (byte 23)"),
        (b'{"name": "a", "extra": {"b": 01}}', "is no JSON: invalid number (byte 30)"),
        (b'{"name": "a", "extra": "\\u0000"}', "extra: '\\x00' holds a NUL, which Postgres does not store"),
        (b'{"name": "a", "extra": "\xed\xa0\x80"}', "extra: is no UTF-8 (byte 0xed)"),
        (b'{"name": "a", "share": "0.5"}', "share: '0.5' is no number"),
        (b'{"name": "a", "share": 1e400}', "share: 1e400 is beyond a float"),
        (b'{"name": "a", "share": 1%s}' % (b"0" * 400), f"share: {'1' + '0' * 56}… is beyond a float"),
        (b'{"name": "a", "price": "12.50"}', "price: '12.50' is no amount"),
        (b'{"name": "a", "price": true}', "price: true is no amount"),
        (b'{"name": "a", "price": 100000000000000}', "price: 100000000000000 is beyond 14 digits before the point"),
        (b'{"name": "a", "price": 0.00001}', "price: 0.00001 has more than 4 digits behind the point"),
        (b'{"name": "a", "price": 1e-99999999999999999999}', "price: 1e-99999999999999999999 has too large an exponent"),
        (b'["name"]', "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"", "is no JSON: Input data was truncated"),
        (b'{"name": "a"} {}', "is no JSON: trailing characters (byte 15)"),
        (b'\xef\xbb\xbf{"name": "a"}', "is no JSON: invalid character (byte 0)"),
        (b'{"name": "a", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is nested too deeply"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_rejected_with_its_reason_and_the_rest_goes_on(
    body: bytes, reason: str
) -> None:
    result = encoded({"name": "before"}, body, {"name": "after"})
    assert [(one.event.id, one.reason) for one in result.rejected] == [(2, reason)]
    assert result.ids == [1, 3]
    assert result.values[0] == ["before", "after"]
    assert {len(column) for column in result.values} == {2}


@pytest.mark.parametrize(
    ("field", "column", "value"),
    [
        (b'"at": "2026-11-22T10:00:00.1234567Z"', 3, 1_795_341_600_123_456),
        (b'"at": "20261122T100000Z"', 3, 1_795_341_600_000_000),
        (b'"price": 1.5e3', 6, Decimal(1500)),
        (b'"price": 2.50000', 6, Decimal("2.5")),
        (b'"extra": "\\\\u0000"', 4, '"\\\\u0000"'),
        (b'"extra": {"a": 1e999, "a": 2}', 4, '{"a": 1e999, "a": 2}'),
        (b'"count": "no number", "count": 5', 1, 5),
        (b'"count": 9223372036854775807', 1, 2**63 - 1),
        (b'"count": -9223372036854775808', 1, -(2**63)),
        (b'"unknown": "\\u0000\xff"', 1, None),
    ],
)
def test_values_out_of_the_ordinary_that_fit_are_stored_in_their_place(
    field: bytes, column: int, value: object
) -> None:
    result = encoded({"name": "before"}, b'{"name": "b", ' + field + b"}", {"name": "after"})
    assert result.rejected == []
    assert result.values[column] == [None, value, None]
    assert result.values[0] == ["before", "b", "after"]


def test_null_fits_no_column_that_must_have_a_value() -> None:
    whole = {
        "count": 1, "flag": True, "at": "2026-11-22T10:00:00Z", "extra": {}, "share": 1, "price": 1, "class": "a"
    }  # fmt: skip
    without = [whole | {name: None} for name in whole]
    result = encoded(whole, *without, consumer=REQUIRED)
    assert result.ids == [1]
    assert [one.reason for one in result.rejected] == [f"{name}: is missing" for name in whole]


def test_a_batch_of_nothing_but_bad_rows_has_empty_columns() -> None:
    for result in (encoded(b"{}", b"1"), encoded()):
        assert result.ids == []
        assert result.values == [[] for _ in result.names]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2261, 12, 31)), st.integers(-12 * 60, 14 * 60))
def test_a_time_keeps_its_microseconds_whatever_its_offset(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=UTC)
    written = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    microseconds = encoded({"name": "a", "at": written}).values[3][0]
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds) == moment


numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
number_texts = (
    numbers.map(repr)
    | st.decimals(allow_nan=False, allow_infinity=False, places=5).map("{:f}".format)
    | st.sampled_from(["-0", "-0.0", "1E400", "1e-400", "0e99999", "1e5", "-1.5E+3", "9" * 25, "0." + "1" * 400])
)  # fmt: skip
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=30)), None]))
times = moments.map(datetime.isoformat) | st.from_regex(
    r"(19|20|22)\d\d-?[01]\d-?[0123]\d([T t][012]\d(:?[0-6]\d(:?[0-6]\d([.,]\d{0,9})?)?)?)?(Z|z|[+-][012]\d(:?[0-6]\d(:?\d\d)?)?)?",
    fullmatch=True,
)
texts = st.text() | times | st.sampled_from(["12", "12.50", "true", "null", "", "\0", "\ud800"])
json_texts = (
    number_texts
    | texts.map(json.dumps)
    | texts.map(lambda text: json.dumps(text, ensure_ascii=False))
    | st.sampled_from(["null", "true", "false", "{}", '{"a": [1, {"b": " "}]}', '{"a":1,"a":2}', "NaN", "[1,]"])
)  # fmt: skip
FIELDS = [column.name for column in CONSUMER.columns] + ["class", "unknown"]
members = st.tuples(st.sampled_from(FIELDS), json_texts)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Objects of fields that fit more often than not, some of them damaged at one place."""
    fields = draw(st.lists(members, max_size=8))
    if draw(st.booleans()):
        fields += [("name", '"a"'), ("class", '"b"')]
    inside = ", ".join(f'"{name}": {text}' for name, text in fields)
    body = f"{{{inside}}}".encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 4)):
        return body
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.binary(max_size=2)) + body[at + draw(st.integers(0, 2)) :]


@settings(max_examples=500, deadline=None)
@example([b'{"name": "a", "at": "0000-01-01T00:00:00Z"}'])
@example([b'{"name": "a", "at": "2026-01-01 00Z"}', b'{"name": "b", "share": -0}'])
@example([b'{"name": "a"}', b'{"name": "b", "extra": "\xed\xa0\x80"}'])
@given(st.lists(bodies(), max_size=6))
def test_whole_columns_take_the_same_values_as_one_value_after_the_other(written: list[bytes]) -> None:
    for consumer in (CONSUMER, REQUIRED):
        result = encoded(*written, consumer=consumer)
        expected = dict(enumerate((slowly(consumer, body) for body in written), 1))
        assert {one.event.id: one.reason for one in result.rejected} == {
            number: row for number, row in expected.items() if isinstance(row, str)
        }
        assert dict(zip(result.ids, rows_of(result), strict=True)) == {
            number: row for number, row in expected.items() if not isinstance(row, str)
        }


def slowly(consumer: Consumer, body: bytes) -> tuple[Any, ...] | str:
    try:
        return tuple(convert_row(consumer, body))
    except ValueError as error:
        return str(error)


def rows_of(result: Encoded) -> Iterator[tuple[Any, ...]]:
    return zip(*result.values[:-1], strict=True)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(st.fixed_dictionaries({"name": json_values, "count": json_values, "extra": json_values})))
def test_every_event_is_either_encoded_or_rejected_and_json_survives(payloads: list[dict[str, Any]]) -> None:
    result = encoded(*payloads)
    assert sorted(result.ids + [one.event.id for one in result.rejected]) == list(range(1, len(payloads) + 1))
    for identifier, extra in zip(result.ids, result.values[4], strict=True):
        assert (None if extra is None else json.loads(extra)) == payloads[identifier - 1]["extra"]


def test_every_kind_that_is_configured_can_be_read_the_quick_way() -> None:
    samples = {
        "string": "a", "int64": 1, "float64": 1.5, "decimal": 2, "bool": True, "timestamp": "2026-11-22T10:00:00Z",
        "json": [],
    }  # fmt: skip
    for consumer in load_consumers().values():
        payload = {column.name: samples[column.type] for column in consumer.columns}
        assert encoded(payload, consumer=consumer).rejected == []


def test_the_token_names_kind_columns_events_order_and_contents() -> None:
    def token(kind: str, *payloads: Any, consumer: Consumer = CONSUMER) -> str:
        rows = encoded(*payloads, consumer=consumer)
        return deduplication_token(kind, rows.columns, rows.events)

    whole = token("a", {"name": "x"}, {"name": "y"})
    assert whole == token("a", {"name": "x"}, {"name": "y"})
    wider = CONSUMER.model_copy(update={"columns": CONSUMER.columns[:-1]})
    others = [
        token("b", {"name": "x"}, {"name": "y"}),
        token("a", {"name": "y"}, {"name": "x"}),
        token("a", {"name": "x"}),
        token("a", {"name": "x"}, {"name": "y", "count": 1}),
        token("a", {"name": "x"}, {"name": "y"}, consumer=wider),
    ]
    assert len({whole, *others}) == 6


def test_bodies_that_join_to_the_same_bytes_have_another_token() -> None:
    def token(*bodies: bytes) -> str:
        return deduplication_token(
            "a", [], [StoredEvent(number, "", body, "", 0.0) for number, body in enumerate(bodies)]
        )

    assert token(b"12", b"3") != token(b"1", b"23")


def test_the_token_of_a_part_names_its_own_rows() -> None:
    rows = encoded({"name": "x"}, {"name": "y"}, {"name": "z"})
    part = rows.part(1, 3)
    alone = encode(CONSUMER, rows.events[1:])
    assert (part.values, part.ids) == (alone.values, [2, 3])
    assert deduplication_token("a", part.columns, part.events) == deduplication_token(
        "a", alone.columns, alone.events
    )
