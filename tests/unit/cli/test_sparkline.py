"""Rows of bars."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upbeat.cli.sparkline import sparkline


def test_the_largest_is_the_highest_and_nothing_is_a_space() -> None:
    assert sparkline([0, 1, 4, 8], 4) == " ▂▅█"
    assert sparkline([0, 0], 2) == "  "
    assert sparkline([], 12) == ""


def test_neighbours_share_a_bar_from_the_newest_backwards() -> None:
    assert sparkline([8, 0, 0, 4, 4], 3) == "█ █"
    assert sparkline([1] * 60, 12) == "█" * 12


@given(st.lists(st.integers(0, 10**9), max_size=130), st.integers(1, 60))
def test_it_is_never_wider_than_asked_and_shows_whatever_is_there(values: list[int], width: int) -> None:
    shown = sparkline(values, width)
    assert len(shown) <= width
    assert bool(shown.strip()) == any(values)
