"""Makes the table of names: sources added up, cleaned, ranked, laid in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from upbeat.authenticity.names.cleaning import WordLists, is_name
from upbeat.authenticity.names.near import NearIndex
from upbeat.authenticity.names.packages import add_packages
from upbeat.authenticity.names.parts import TITLES, TITLES_AND_NAMES
from upbeat.authenticity.names.sources import read_sources
from upbeat.authenticity.names.table_file import NONE, STATES_KEPT, Columns
from upbeat.authenticity.names.tally import Tally, Uses
from upbeat.errors import InputError

_EXTRACT_HEAD = """# Common English words that the sources of names list, or that are one letter away from a name. Taken from SCOWL, size 35 (see NOTICE), by
# `upbeat train names --english FILE`.
"""


def build(folder: Path, words: WordLists, *, with_packages: bool = True) -> Columns:
    """The table of the files in `folder`; the same input gives the same table."""
    tally = read_sources(folder)
    if with_packages:
        add_packages(tally)
    return columns_of(tally, words)


def columns_of(tally: Tally, words: WordLists) -> Columns:
    """The names of a tally, best first, with the words that must not be taken for misspelled names."""
    kept = [(token, uses) for token, uses in tally.uses.items() if is_name(token, words)]
    kept.sort(key=lambda item: (-item[1].total, item[0]))
    tokens = [token for token, _ in kept]
    every_use = [uses for _, uses in kept]
    states = sorted({state for uses in every_use for state in uses.top_states(STATES_KEPT)})
    sources = sorted({source for uses in every_use for source in uses.sources})
    return Columns(
        tokens=tokens,
        n_first=np.array([uses.n_first for uses in every_use], "<u4"),
        n_last=np.array([uses.n_last for uses in every_use], "<u4"),
        female=np.array([_percent(uses.female_share) for uses in every_use], "u1"),
        states=np.array([_places(uses, states) for uses in every_use], "u1").reshape(-1, STATES_KEPT),
        sources=np.array(
            [sum(1 << sources.index(name) for name in uses.sources) for uses in every_use], "<u2"
        ),
        words=words_near_names(tokens, words),
        state_names=states,
        source_names=sources,
    )


def words_near_names(tokens: Sequence[str], words: WordLists) -> list[str]:
    """Words that are no names, and one edit away from one."""
    index, names = NearIndex(tokens), set(tokens)
    listed = {*words.no_names, *words.english, *TITLES} - names - TITLES_AND_NAMES
    return sorted(word for word in listed if index.best(word) is not None)


def english_extract(dictionary: Iterable[str], tally: Tally) -> list[str]:
    """Of a dictionary's words those that matter here: tokens of the sources, and words one edit away from one."""
    index = NearIndex(sorted(tally.uses))
    common = {
        word for word in dictionary if word.isascii() and word.isalpha() and word.islower() and len(word) > 1
    }
    return sorted(word for word in common if word in tally.uses or index.best(word) is not None)


def _percent(share: float | None) -> int:
    return NONE if share is None else round(100 * share)


def _places(uses: Uses, states: Sequence[str]) -> list[int]:
    places = [states.index(state) for state in uses.top_states(STATES_KEPT)]
    return places + [NONE] * (STATES_KEPT - len(places))


def write_english_extract(
    folder: Path, dictionary: Path, target: Path, *, with_packages: bool = True
) -> None:
    """Write the words of a dictionary that matter for the sources in `folder`; InputError where it cannot be read."""
    try:
        listed = dictionary.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{dictionary}: cannot be read ({error}): give a list of words, one a line"
        ) from error
    tally = read_sources(folder)
    if with_packages:
        add_packages(tally)
    words = english_extract(listed, tally)
    target.write_text(_EXTRACT_HEAD + "\n".join(words) + "\n", encoding="utf-8")
