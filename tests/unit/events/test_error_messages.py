"""What a message in an error queue says of itself, and how it looks when it is sent back."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.events.messages import event

from upbeat.events.error_messages import Origin, as_first_sent, described, origin_of, with_reason
from upbeat.events.wire import Message, events_of, to_messages

FAILED = datetime(2026, 11, 25, 12, tzinfo=UTC)
ORIGIN = Origin("beat.dx", "story_events")
DEFAULT = Origin("other.dx", "other")
PARKED = with_reason(
    to_messages("story", [event(42)], 1)[0],
    kind="story",
    origin=ORIGIN,
    reason="likes_count: 'many'\nis no whole number",
    failed_at=FAILED,
)


def test_a_parked_event_says_what_it_is_and_why() -> None:
    shown = described(PARKED, DEFAULT)
    assert (shown.kind, shown.id, shown.key) == ("story", "42", "key 42")
    assert shown.reason == "likes_count: 'many' is no whole number"
    assert (shown.exchange, shown.routing_key) == ("beat.dx", "story_events")
    assert shown.failed_at == "2026-11-25T12:00:00+00:00"


def test_sent_back_it_is_the_event_that_it_was() -> None:
    assert origin_of(PARKED, DEFAULT) == ORIGIN
    assert as_first_sent(PARKED) == to_messages("story", [event(42)], 1)[0]
    assert events_of(as_first_sent(PARKED), 0.0)[0][0].id == 42


def test_what_the_broker_moved_is_described_by_its_own_record() -> None:
    death = {
        "reason": "delivery_limit",
        "exchange": "beat.dx",
        "routing-keys": ["story_events"],
        "time": FAILED,
    }
    message = Message(b"{}", type="story", headers={"x-death": [death], "x-delivery-count": 1001, "key": "k"})
    shown = described(message, DEFAULT)
    assert "too often" in shown.reason
    assert shown.failed_at == "2026-11-25T12:00:00+00:00"
    assert origin_of(message, DEFAULT) == ORIGIN
    assert as_first_sent(message).headers == {"key": "k"}


def test_a_message_that_says_nothing_goes_where_its_queue_is_bound() -> None:
    assert origin_of(Message(b"x"), DEFAULT) == DEFAULT


values = st.recursive(
    st.none() | st.integers() | st.text() | st.binary() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)
names = st.sampled_from(["x-death", "x-upbeat-reason", "x-upbeat-exchange", "key", b"raw", "exchange"])


@given(
    st.dictionaries(
        names,
        values
        | st.lists(st.dictionaries(st.sampled_from(["reason", "exchange", "routing-keys", "time"]), values)),
    )
)
def test_whatever_stands_in_the_headers_nothing_is_raised(headers) -> None:  # type: ignore[no-untyped-def]
    message = Message(b"x", headers=headers)
    assert (
        "\n"
        not in described(
            with_reason(message, kind="k", origin=ORIGIN, reason="a\nb", failed_at=FAILED), DEFAULT
        ).reason
    )
    assert isinstance(described(message, DEFAULT).exchange, str)
    assert all(isinstance(name, str) for name in as_first_sent(message).headers)
