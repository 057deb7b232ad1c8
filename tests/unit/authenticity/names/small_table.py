"""Tables of a few names, made as the command makes the one that ships."""

from __future__ import annotations

from collections.abc import Mapping

from upbeat.authenticity.names import NameTable
from upbeat.authenticity.names.build import columns_of
from upbeat.authenticity.names.cleaning import WordLists
from upbeat.authenticity.names.table_file import decode, encode
from upbeat.authenticity.names.tally import Tally, Uses

NO_WORDS = WordLists(frozenset(), frozenset(), frozenset())


def table_of(uses: Mapping[str, int], words: WordLists = NO_WORDS) -> NameTable:
    """Names by their uses as first names."""
    tally = Tally()
    for token, count in uses.items():
        tally.uses[token] = Uses(n_first=count, sources={"eci"})
    return NameTable(*decode(encode(columns_of(tally, words))))
