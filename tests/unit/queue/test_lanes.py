"""Fair shares of free room, and when a flow asks for more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.queue.lanes import GATHER_SECONDS, Lane, fair_shares, seconds_until_claim
from upbeat.records import Platform


def named(count: int) -> list[tuple[Platform, str]]:
    return [(Platform.YOUTUBE, f"flow_{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("free", "room", "shares"),
    [
        ([10, 10], 20, [10, 10]),
        ([10, 10], 100, [10, 10]),
        ([100, 2], 20, [18, 2]),
        ([100, 100, 1], 11, [5, 5, 1]),
        ([5, 5, 5], 2, [1, 1]),
        ([5], 3, [3]),
        ([], 3, []),
    ],
)
def test_room_is_shared_so_that_a_busy_flow_leaves_a_quiet_one_its_part(
    free: list[int], room: int, shares: list[int]
) -> None:
    given_out = fair_shares(zip(named(len(free)), free, strict=True), room)
    assert list(given_out.values()) == shares


@given(st.lists(st.integers(1, 100), max_size=80), st.integers(1, 500))
def test_shares_fit_the_room_and_every_flow_gets_some_where_there_is_room_for_all(
    free: list[int], room: int
) -> None:
    shares = fair_shares(zip(named(len(free)), free, strict=True), room)
    assert sum(shares.values()) <= room
    for (flow, wanted), share in zip(zip(named(len(free)), free, strict=True), shares.values(), strict=False):
        assert 1 <= share <= wanted, flow
    if room >= len(free):
        assert len(shares) == len(free)
        assert sum(shares.values()) in (room, sum(free)) or sum(shares.values()) == min(room, sum(free))


def lane(**fields: Any) -> Lane[Any]:
    async def handler(task: Any) -> Any:
        raise AssertionError("not called")

    return Lane(handler, 16, **fields)


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({}, 0.0),
        ({"more": False}, None),
        ({"busy": 16}, None),
        ({"busy": 12}, 0.0),
        ({"busy": 13}, GATHER_SECONDS - 0.01),
        ({"busy": 15, "noticed": True}, 0.0),
        ({"pause_left": lambda: 7.0}, 7.0),
        ({"pause_left": lambda: 7.0, "more": False}, None),
    ],
)
def test_a_flow_asks_when_enough_is_free_or_something_came(
    fields: dict[str, Any], wait: float | None
) -> None:
    assert seconds_until_claim(lane(claimed_at=99.99, **fields), 100.0) == (
        None if wait is None else pytest.approx(wait)
    )
