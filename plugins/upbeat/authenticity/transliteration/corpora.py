"""Word lists with attested romanisations, and which of their words a model may learn from.

Lists are TSV files with a header: `dakshina_<language>.tsv`, `aksharantar_sampled_<language>.tsv` and, for Hindi,
`names_parlikar_hi.tsv` and `names_affidavit_tokens_hi.tsv`. The first two columns are the native word and the Latin one.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from upbeat.authenticity.transliteration.joiners import without_joiners
from upbeat.authenticity.transliteration.units import is_readable
from upbeat.errors import InputError

Split = Literal["train", "dev", "test"]
CORPORA = {
    "dakshina": "dakshina_{}.tsv",
    "aksharantar": "aksharantar_sampled_{}.tsv",
    "parlikar": "names_parlikar_{}.tsv",
    "affidavit": "names_affidavit_tokens_{}.tsv",
}
"""File name by corpus; not every corpus has every language."""
_LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Corpus:
    """One list of one language.

    Attributes:
        name: a key of `CORPORA`.
        references: Latin spellings of each native word (NFC), with how often each was attested.
    """

    name: str
    references: dict[str, dict[str, float]]

    def part(self, *splits: Split) -> Corpus:
        """The words of these splits only."""
        kept = {word: latin for word, latin in self.references.items() if split_of(word) in splits}
        return Corpus(self.name, kept)


def split_of(native: str) -> Split:
    """Where a word belongs, by its hash alone: 10 % test, 10 % dev, whatever list it stands in.

    A word of the test part of one list is thereby in the training part of none.
    """
    digest = hashlib.sha256(unicodedata.normalize("NFC", native).encode()).digest()
    tenth = int.from_bytes(digest[:4], "big") % 10
    return "test" if tenth == 0 else "dev" if tenth == 1 else "train"


def read_corpora(folder: Path, language: str) -> list[Corpus]:
    """All lists of a language in `folder`; InputError when there are none."""
    found = [
        Corpus(name, _read(folder / pattern.format(language)))
        for name, pattern in CORPORA.items()
        if (folder / pattern.format(language)).exists()
    ]
    if not found:
        names = ", ".join(pattern.format(language) for pattern in CORPORA.values())
        raise InputError(f"{folder}: no word list of the language {language}: put one of {names} there")
    return found


def _read(path: Path) -> dict[str, dict[str, float]]:
    references: dict[str, dict[str, float]] = {}
    for native, latin, weight in _rows(path):
        attested = references.setdefault(native, {})
        attested[latin] = attested.get(latin, 0.0) + weight
    return references


def _rows(path: Path) -> Iterator[tuple[str, str, float]]:
    """Rows whose native side is readable throughout and whose Latin side is letters; the others teach nothing."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            native, latin = without_joiners(row["native"]), row["latin"].lower()
            if native and _LATIN.fullmatch(latin) and all(map(_readable, native)):
                yield native, latin, float(row.get("attestations") or 1)


@cache
def _readable(character: str) -> bool:
    return is_readable(character)
