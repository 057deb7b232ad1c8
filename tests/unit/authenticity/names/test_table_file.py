"""The form of the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.authenticity.names.small_table import NO_WORDS

from upbeat.authenticity.names.build import columns_of
from upbeat.authenticity.names.table_file import decode, encode
from upbeat.authenticity.names.tally import Tally, Uses

NAMES = st.from_regex(r"[a-z]{2}a[b-y]{0,3}", fullmatch=True)
COUNTS = st.integers(0, 2**31)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.tuples(COUNTS, COUNTS), max_size=20), st.randoms())
def test_what_is_written_is_read_and_the_order_of_sources_does_not_matter(
    names: dict, random: object
) -> None:
    shuffled = list(names.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    contents = []
    for items in (names.items(), shuffled):
        tally = Tally()
        tally.uses = {
            token: Uses(n_first=first, n_last=last, sources={"eci"}) for token, (first, last) in items
        }
        contents.append(encode(columns_of(tally, NO_WORDS)))
    assert contents[0] == contents[1]
    columns, version = decode(contents[0])
    read = zip(columns.tokens, columns.n_first.tolist(), columns.n_last.tolist(), strict=True)
    kept = {token: counts for token, counts in names.items() if token in columns.tokens}
    assert {token: (first, last) for token, first, last in read} == kept
    assert len(version) == 12


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-20], lambda b: b.replace(b"names 1", b"names 2"), lambda b: b[:20] + b"0000" + b[24:]],
)
def test_a_damaged_file_is_refused(damage: object) -> None:
    tally = Tally()
    tally.uses["pooja"] = Uses(n_first=1)
    content = encode(columns_of(tally, NO_WORDS))
    with pytest.raises(ValueError, match=r"damaged|not a table"):
        decode(damage(content))  # type: ignore[operator]
