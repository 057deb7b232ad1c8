"""The table of Indian names, looked up by token or by a whole name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np

from upbeat.authenticity.names.entry import NameEntry, gender_of
from upbeat.authenticity.names.near import NearIndex
from upbeat.authenticity.names.parts import name_parts
from upbeat.authenticity.names.table_file import NONE, Columns, read
from upbeat.settings import REPOSITORY

FOLDER = REPOSITORY / "include" / "authenticity" / "names"
TABLE_FILE = FOLDER / "names.table"
WEAKEST_CORRECTION = 3
"""Uses from which on a name may stand for a misspelled one. Chosen on every other row of the evaluation; on the rows not used for it 35 %
of the names of influencers whose audience is not Indian are matched, exactly or near, instead of 44 %, and 90 % of Indian names that the
sources lack instead of 92 %."""


class NameTable:
    """Entries by token. No look-up raises, whatever the text.

    Attributes:
        version: of the content, 12 hexadecimal digits; stands in every score.
    """

    def __init__(self, columns: Columns, version: str) -> None:
        self.version = version
        self._columns = columns
        self._tokens = columns.tokens
        self._ranks = {token: rank for rank, token in enumerate(columns.tokens)}
        self._words = frozenset(columns.words)
        # Ranks go by uses: whoever stands before this place is used often enough.
        self._trusted = int(np.count_nonzero(columns.n_first + columns.n_last >= WEAKEST_CORRECTION))
        self._entries: dict[int, NameEntry] = {}
        self._near_entries: dict[int, NameEntry] = {}

    @classmethod
    def load(cls, path: Path = TABLE_FILE) -> NameTable:
        """The table that ships, or that of another file; InputError for one that cannot be read."""
        return cls(*read(path))

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def tokens(self) -> Iterable[str]:
        """All names, the most used first, then by the alphabet."""
        return iter(self._tokens)

    def exact(self, token: str) -> NameEntry | None:
        """The entry of that very token (lower-case ASCII)."""
        rank = self._ranks.get(token)
        if rank is None:
            return None
        return self._entries.get(rank) or self._remember(rank)

    def near(self, token: str) -> NameEntry | None:
        """The entry at Damerau-Levenshtein (OSA) distance 1 of a token of five letters and more.

        Of several the one with the most uses, ties by the alphabet. The token itself may stand in the table; it is not at distance 1.
        """
        rank = self._index.best(token)
        return None if rank is None else self._near_entry(rank)

    def correction(self, part: str) -> NameEntry | None:
        """As `near`, but what `find` trusts: not for common words ("party", one letter away from the name Parthy), and no name that
        the sources have fewer than `WEAKEST_CORRECTION` times: such names lie close to too much."""
        rank = self._correction(part)
        return None if rank is None else self._near_entry(rank)

    def find(self, latin_name: str) -> NameEntry | None:
        """The best entry of a name's parts: exact before near (`correction`), then the most used, ties by the alphabet.

        Titles and initials are set aside (`name_parts`); titles that are names, too, count where no other part is known.
        """
        for parts in name_parts(latin_name):
            exact = min((self._ranks[part] for part in parts if part in self._ranks), default=None)
            if exact is not None:
                return self.exact(self._tokens[exact])
            near = min((rank for rank in map(self._correction, parts) if rank is not None), default=None)
            if near is not None:
                return self._near_entry(near)
        return None

    @cached_property
    def _index(self) -> NearIndex:
        return NearIndex(self._tokens)

    def _correction(self, part: str) -> int | None:
        rank = None if part in self._words else self._index.best(part)
        return rank if rank is not None and rank < self._trusted else None

    def _near_entry(self, rank: int) -> NameEntry:
        known = self._near_entries.get(rank)
        if known is None:
            known = self._near_entries[rank] = self._entry(rank, distance=1)
        return known

    def _remember(self, rank: int) -> NameEntry:
        entry = self._entries[rank] = self._entry(rank)
        return entry

    def _entry(self, rank: int, distance: int = 0) -> NameEntry:
        columns = self._columns
        percent = int(columns.female[rank])
        female_share = None if percent == NONE else percent / 100
        mask = int(columns.sources[rank])
        return NameEntry(
            token=self._tokens[rank],
            n_first=int(columns.n_first[rank]),
            n_last=int(columns.n_last[rank]),
            gender=gender_of(female_share),
            female_share=female_share,
            states=tuple(
                columns.state_names[place] for place in columns.states[rank].tolist() if place != NONE
            ),
            sources=tuple(name for bit, name in enumerate(columns.source_names) if mask >> bit & 1),
            distance=distance,
        )
