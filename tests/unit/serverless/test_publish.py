"""What a service did not take is sent again; what it took is not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.errors import StoreUnavailableError
from upbeat.serverless.publish import LONGEST_WAIT_SECONDS, calls_of, put_all
from upbeat.stores.aws import AwsRefusedError


class Service:
    """Takes what it is told to: each call meets the next answer, the last one stands for all that follow."""

    def __init__(self, *answers: list[int] | str) -> None:
        self.answers = list(answers)
        self.calls: list[list[int]] = []

    def send(self, items: list[int]) -> list[int]:
        self.calls.append(items)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise StoreUnavailableError(answer)
        return answer


def put(service: Service, items: list[int], **options: object) -> tuple[set[int], list[float]]:
    waits: list[float] = []
    left = put_all(
        items, service.send, size=lambda item: 10, most_items=3, most_bytes=100, sleep=waits.append, **options
    )
    return left, waits


@given(
    st.lists(st.integers(1, 60)),
    st.integers(1, 9),
    st.integers(50, 120),
)
def test_calls_hold_all_items_in_order_within_the_limits(sizes: list[int], most: int, room: int) -> None:
    runs = list(calls_of(sizes, most_items=most, most_bytes=room))
    assert [place for run in runs for place in run] == list(range(len(sizes)))
    for run in runs:
        assert 0 < len(run) <= most
        assert len(run) == 1 or sum(sizes[place] for place in run) <= room


def test_only_what_was_refused_is_sent_again() -> None:
    service = Service([0, 2], [])
    left, waits = put(service, [1, 2, 3])
    assert (left, service.calls, len(waits)) == (set(), [[1, 2, 3], [1, 3]], 1)


def test_a_call_that_fails_as_a_whole_is_made_again() -> None:
    service = Service("throttled", [])
    left, _ = put(service, [1, 2])
    assert (left, service.calls) == (set(), [[1, 2], [1, 2]])


def test_what_is_never_taken_is_told_and_costs_the_others_nothing() -> None:
    taken: Counter[int] = Counter()

    def send(items: list[int]) -> list[int]:
        taken.update(item for item in items if item != 2)
        return [place for place, item in enumerate(items) if item == 2]

    waits: list[float] = []
    left = put_all(
        [1, 2, 3],
        send,
        size=lambda item: 10,
        most_items=3,
        most_bytes=100,
        attempts=4,
        sleep=waits.append,
    )
    assert (left, taken, len(waits)) == ({1}, {1: 1, 3: 1}, 3)


def test_waits_double_and_are_bounded() -> None:
    _, waits = put(Service("away"), [1], attempts=9)
    assert all(
        0.5 <= wait / min(LONGEST_WAIT_SECONDS, 0.2 * 2**number) <= 1 for number, wait in enumerate(waits)
    )


def test_nothing_is_waited_for_when_no_time_is_left() -> None:
    left, waits = put(Service("away"), [1], may_wait=lambda seconds: False)
    assert (left, waits) == ({0}, [])


def test_a_login_that_is_refused_is_told_at_once() -> None:
    def send(items: list[int]) -> list[int]:
        raise AwsRefusedError("no")

    waits: list[float] = []
    with pytest.raises(AwsRefusedError):
        put_all([1], send, size=lambda item: 1, most_items=1, most_bytes=1, sleep=waits.append)
    assert waits == []
