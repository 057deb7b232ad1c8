"""Names one letter away, held to a scan of all with RapidFuzz."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import process
from rapidfuzz.distance import OSA

from upbeat.authenticity.names import NameTable
from upbeat.authenticity.names.near import NearIndex

# Few letters, so that words lie close together.
WORDS = st.text("abc", min_size=3, max_size=8)


def scanned(ranked: Sequence[str], word: str) -> int | None:
    """The first entry at distance 1, after a look at each."""
    if len(word) < 5:
        return None
    near = process.extract(word, ranked, scorer=OSA.distance, score_cutoff=1, limit=None)
    return min((rank for _, distance, rank in near if distance == 1), default=None)


@settings(deadline=None)
@given(st.lists(WORDS, unique=True, max_size=60), WORDS)
def test_the_best_entry_is_that_of_a_scan(ranked: list[str], word: str) -> None:
    assert NearIndex(ranked).best(word) == scanned(ranked, word)


@settings(deadline=None)
@given(st.lists(WORDS, unique=True, min_size=1, max_size=60), st.data())
def test_an_entry_itself_is_never_near_to_itself(ranked: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(ranked))
    assert NearIndex(ranked).best(word) == scanned(ranked, word)


@pytest.fixture(scope="module")
def table() -> NameTable:
    return NameTable.load()


@pytest.fixture(scope="module")
def ranked(table: NameTable) -> list[str]:
    return list(table.tokens)


@settings(deadline=None)
@given(st.data())
def test_in_the_table_that_ships_it_is_that_of_a_scan_too(
    table: NameTable, ranked: list[str], data: st.DataObject
) -> None:
    token = data.draw(st.sampled_from(ranked))
    place = data.draw(st.integers(0, len(token)))
    letters = data.draw(st.text("aehimnrsty", max_size=2))
    word = token[:place] + letters + token[place + data.draw(st.integers(0, 2)) :]
    rank = scanned(ranked, word)
    found = table.near(word)
    assert (found and found.token) == (None if rank is None else ranked[rank])
    assert found is None or found.distance == 1


@pytest.mark.parametrize(
    ("word", "entry"),
    [("shrama", "sharma"), ("sharmma", "sharma"), ("sharm", "sharma"), ("shaxma", "sharma"), ("sharma", None),
     ("shma", None), ("xharmma", None)],
)  # fmt: skip
def test_one_letter_other_more_fewer_or_swapped(word: str, entry: str | None) -> None:
    best = NearIndex(["sharma"]).best(word)
    assert (None if best is None else ["sharma"][best]) == entry


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_text_raises(text: str) -> None:
    assert NearIndex(["sharma", "verma"]).best(text) == scanned(["sharma", "verma"], text)
