"""How good the table is: on names of a source that it is told to forget, on names that are not Indian, on genders.

Coverage leaves sources out: a name counts as found only by entries that some other source knows too. The lists of full names with
genders and those of `gist_mf` and `naumowicz` go back to one collection and are left out together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from upbeat.authenticity.names.cleaning import read_words
from upbeat.authenticity.names.entry import NameEntry
from upbeat.authenticity.names.parts import name_parts
from upbeat.authenticity.names.sources import rows, words_of
from upbeat.authenticity.names.table import FOLDER, NameTable

_Item = TypeVar("_Item")
ONE_COLLECTION = frozenset({"gist_mf", "naumowicz"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One share.

    Attributes:
        what: what was counted.
        share: 0 to 1.
        of: how many were looked at.
    """

    what: str
    share: float
    of: int


def evaluate(table: NameTable, names: Path, accounts: Path) -> list[Figure]:
    """All figures; InputError names a file that is missing."""
    labelled = [
        (row["full_name"], row["gender"])
        for row in rows(names / "indian_full_names_gender.csv", ("full_name", "gender"))
    ]
    candidates = [row["full_name"] for row in rows(names / "eci_candidates_2009_2014.csv", ("full_name",))]
    merged = [row["token"] for row in rows(names / "indian_name_tokens_merged.csv", ("token",))]
    foreign = [name for name, country in _influencers(accounts) if country != "India"]
    return [
        *_coverage(
            table, "full names, without their own sources", [name for name, _ in labelled], ONE_COLLECTION
        ),
        *_coverage(table, "candidates, without their own source", candidates, frozenset({"eci"})),
        _share("tokens of the wider collection, exact", merged, lambda token: table.exact(token) is not None),
        _gender_known(table, labelled),
        _gender_agreement(table, labelled),
        *_false_matches(
            table, "common names from elsewhere", sorted(read_words(FOLDER / "names_from_elsewhere.txt"))
        ),
        *_false_matches(table, "names of influencers whose audience is not Indian", foreign),
    ]


def _coverage(
    table: NameTable, what: str, names: Iterable[str], forgotten: frozenset[str]
) -> Iterator[Figure]:
    """Names of which a part is found, with entries of the forgotten sources alone left out."""
    named = [words for words in map(_known_parts, names) if words]

    def known(entry: NameEntry | None) -> bool:
        return entry is not None and not forgotten.issuperset(entry.sources)

    yield _share(
        f"{what}: found exactly", named, lambda words: any(known(table.exact(word)) for word in words)
    )
    yield _share(
        f"{what}: found exactly or near",
        named,
        lambda words: any(known(table.exact(word)) or known(table.correction(word)) for word in words),
    )
    tokens = sorted({word for words in named for word in words})
    yield _share(f"{what}: distinct parts found exactly", tokens, lambda word: known(table.exact(word)))


def _known_parts(full_name: str) -> list[str]:
    names, titles = name_parts(" ".join(words_of(full_name)))
    return names or titles


def _gender_of(table: NameTable, full_name: str) -> str | None:
    """The gender of the first part that the table knows."""
    entries = (table.exact(word) for word in _known_parts(full_name))
    return next((entry.gender for entry in entries if entry is not None), None)


def _gender_known(table: NameTable, labelled: list[tuple[str, str]]) -> Figure:
    return _share("gender known", labelled, lambda row: _gender_of(table, row[0]) is not None)


def _gender_agreement(table: NameTable, labelled: list[tuple[str, str]]) -> Figure:
    """Not on unseen names: the counts of genders come from the same collection."""
    known = [(gender, label) for name, label in labelled if (gender := _gender_of(table, name)) is not None]
    return _share(
        "gender agrees where known (names of the same collection)", known, lambda row: row[0][0] == row[1]
    )


def _false_matches(table: NameTable, what: str, names: Iterable[str]) -> Iterator[Figure]:
    found = [table.find(name) for name in names]
    yield _share(f"{what}: matched exactly", found, lambda entry: entry is not None and entry.distance == 0)
    yield _share(f"{what}: matched near", found, lambda entry: entry is not None and entry.distance == 1)


def _influencers(accounts: Path) -> Iterator[tuple[str, str]]:
    """Names in plain Latin letters, with the country of most of the audience."""
    file = accounts / "instagram_genuine_influencer_handle_name.csv"
    for row in rows(file, ("full_name", "country")):
        name = unicodedata.normalize("NFKD", row["full_name"])
        latin = "".join(letter for letter in name if letter.isascii())
        if any(letter.isalpha() for letter in latin):
            yield latin, row["country"]


def _share(what: str, items: Iterable[_Item], holds: Callable[[_Item], bool]) -> Figure:
    judged = [holds(item) for item in items]
    return Figure(what, sum(judged) / len(judged) if judged else 0.0, len(judged))
