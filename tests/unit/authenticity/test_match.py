"""The similarity of handle and name is the specification's formula, to the last digit."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from upbeat.authenticity.match import orders, similarity

HANDLES = st.text("abk_.1 ñ", max_size=20)
NAMES = st.lists(st.text("abkñ", min_size=1, max_size=8), max_size=6).map(" ".join)


def as_specified(handle: str, name: str) -> float:
    """The formula for each order of the parts, as it stands in the specification."""
    parts = name.split()
    written = [" ".join(order) for order in permutations(parts)] if len(parts) <= 4 else [name]
    if not handle or not name:
        return 0.0
    return max(
        (
            2 * fuzz.partial_ratio(handle, order)
            + fuzz.token_sort_ratio(handle, order)
            + fuzz.token_set_ratio(handle, order)
        )
        / 4
        for order in written
    )


@given(HANDLES, NAMES)
def test_it_is_the_formula_to_the_last_digit(handle: str, name: str) -> None:
    assert similarity(handle, name) == as_specified(handle, name)


@given(st.data())
def test_it_is_the_formula_for_handles_that_are_made_of_the_name(data: st.DataObject) -> None:
    parts = data.draw(
        st.lists(st.sampled_from(["virat", "kohli", "asha", "k", "rao", "nandamuri"]), min_size=1, max_size=5)
    )
    name = " ".join(parts)
    handle = data.draw(st.sampled_from(["", "_", "."])).join(data.draw(st.permutations(parts)))
    handle += data.draw(st.sampled_from(["", "18", "_official"]))
    assert similarity(handle, name) == as_specified(handle, name)


@pytest.mark.parametrize(
    ("handle", "name", "expected"),
    [
        # "virat kohl" has nine of ten letters; sorted, "kohli virat" shares five of 10 + 11
        ("viratkohli", "virat kohli", (2 * 90 + 2 * 1000 / 21) / 4),
        # all but the sign between the parts; sorted, five of 11 + 11: the separator is a letter like others
        ("virat_kohli", "virat kohli", (2 * 1000 / 11 + 2 * 500 / 11) / 4),
        ("kohli", "kohli", 100.0),
        ("", "virat", 0.0),
        ("virat", "", 0.0),
        ("xyz", "ab", 0.0),
    ],
)
def test_known_pairs(handle: str, name: str, expected: float) -> None:
    assert similarity(handle, name) == pytest.approx(expected)


@given(HANDLES, st.lists(st.text("abkñ", min_size=1, max_size=8), max_size=4), st.randoms())
def test_up_to_four_parts_their_order_does_not_matter(handle: str, parts: list[str], random: object) -> None:
    other = parts[:]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert similarity(handle, " ".join(parts)) == similarity(handle, " ".join(other))


def test_four_parts_have_24_orders_and_five_only_the_written_one() -> None:
    assert len(orders("a b c d")) == len(set(orders("a b c d"))) == 24
    assert orders("a b c d")[0] == "a b c d"
    assert orders("a b c d e") == ["a b c d e"]
    assert len(orders("a b a")) == 3
    assert orders("a") == ["a"]


def test_the_best_order_counts_for_four_parts_and_not_for_five() -> None:
    assert similarity("dcba", "a b c d") > similarity("dcba", "a b c d e")
    assert similarity("edcba", "a b c d e") == as_specified("edcba", "a b c d e")


@given(HANDLES, NAMES)
def test_it_lies_between_0_and_100(handle: str, name: str) -> None:
    assert 0.0 <= similarity(handle, name) <= 100.0
