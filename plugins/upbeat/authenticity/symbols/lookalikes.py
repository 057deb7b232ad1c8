"""The project's own table of letters and signs that are written for Latin ones: `include/authenticity/symbols.tsv`."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

SYMBOLS_FILE = REPOSITORY / "include" / "authenticity" / "symbols.tsv"
Kind = Literal["exact", "stylised", "sign", "between", "latin", "decorated"]
_KINDS = ("exact", "stylised", "sign", "between", "latin", "decorated")
# Letters with accents that are imitations as well: й is и, ё is е, ά is α.
_ACCENTED = ((0x0370, 0x052F), (0x1F00, 0x1FFF))


@dataclass(frozen=True, slots=True)
class Lookalike:
    """One character of another script, or a sign, and the Latin letter it is written for.

    Attributes:
        script: of the character; `Sign` for what is no letter, `Latin` for Latin letters.
        kind: as the file's head explains.
        plain: one ASCII letter.
    """

    script: str
    kind: Kind
    plain: str


def read_lookalikes() -> dict[str, Lookalike]:
    """The table by character, accented forms included.

    Raises:
        InputError: the file is missing or a line of it cannot be read.
    """
    try:
        lines = SYMBOLS_FILE.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{SYMBOLS_FILE}: cannot be read ({error.strerror}): restore it") from error
    table: dict[str, Lookalike] = {}
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            table.update(_read_line(line, number))
    return _with_forms(table)


def _read_line(line: str, number: int) -> dict[str, Lookalike]:
    script, _, rest = line.partition("\t")
    kind, _, pairs = rest.partition("\t")
    read = pairs.split()
    if kind not in _KINDS or not read or any(len(pair) != 2 or not pair[1].isascii() for pair in read):
        raise InputError(
            f"{SYMBOLS_FILE}, line {number}: not `script<TAB>kind<TAB>pairs` with a kind of {', '.join(_KINDS)}: correct it"
        )
    return {pair[0]: Lookalike(script, kind, pair[1]) for pair in read}  # type: ignore[arg-type]


def _with_forms(table: dict[str, Lookalike]) -> dict[str, Lookalike]:
    # Small Cherokee letters are the capitals in small: Ꭺ, ꭺ.
    small = {
        capital.lower(): Lookalike("Cherokee", entry.kind, entry.plain.lower())
        for capital, entry in table.items()
        if entry.script == "Cherokee" and capital.lower() not in table
    }
    whole = table | small
    for first, last in _ACCENTED:
        for code in range(first, last + 1):
            base = unicodedata.normalize("NFD", chr(code))[0]
            if (
                chr(code) not in table
                and (found := table.get(base))
                and found.script in ("Cyrillic", "Greek")
            ):
                whole[chr(code)] = Lookalike(found.script, "stylised", found.plain)
    return whole


LOOKALIKES = read_lookalikes()
LATIN_IN_USE = {character: entry.plain for character, entry in LOOKALIKES.items() if entry.kind == "latin"}
"""Latin letters that some language writes, and what they are in a decorated word."""
LATIN_NEVER_PLAIN = {
    character: entry.plain for character, entry in LOOKALIKES.items() if entry.kind == "decorated"
}
