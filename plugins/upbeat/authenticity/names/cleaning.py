"""Which tokens of the sources are names. The rules, in this order; whoever fails one is left out:

1. lower-case a–z alone, 3 to 20 letters; of two letters only those of `SHORT_NAMES` (the rest are initials written together);
2. a vowel (y counts), and no letter three times in a row: else an abbreviation, or a slip of a machine romanisation;
3. no title (`parts.TITLES`) and none of `no_names.txt`: parties, roles, words of social networks;
4. no common English word (`english_words.txt`), but for those of `words_that_are_names.txt`, judged one by one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from upbeat.authenticity.names.parts import TITLES

SHORT_NAMES = frozenset({"md", "om"})
_FORM = re.compile(r"[a-z]{3,20}")
_THRICE = re.compile(r"(.)\1\1")
_VOWEL = re.compile(r"[aeiouy]")


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words that are no names, and the names among them."""

    no_names: Collection[str]
    english: Collection[str]
    names: Collection[str]

    @classmethod
    def read(cls, folder: Path) -> WordLists:
        """The three lists of `include/authenticity/names`."""
        return cls(
            no_names=read_words(folder / "no_names.txt"),
            english=read_words(folder / "english_words.txt"),
            names=read_words(folder / "words_that_are_names.txt"),
        )

    def is_word(self, token: str) -> bool:
        """Whether it is a title or a word and no name."""
        return (
            token in TITLES or token in self.no_names or (token in self.english and token not in self.names)
        )


def read_words(path: Path) -> frozenset[str]:
    """The words of a file; lines that begin with `#` are remarks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_name(token: str, words: WordLists) -> bool:
    """Whether a token of the sources is taken for a name."""
    if token in SHORT_NAMES:
        return True
    well_formed = _FORM.fullmatch(token) and _VOWEL.search(token) and not _THRICE.search(token)
    return bool(well_formed) and not words.is_word(token)
