"""How many names a second does the table look up, exactly and one letter away, against a scan of all names with RapidFuzz?

All look-ups are of distinct tokens, none seen before, on one core: names of the table with a letter changed, left out, put in or swapped.
Processor time, which other work on the machine does not stretch as it does the time that passes. The scan is RapidFuzz's own loop in C
(`process.extractOne` with the same distance); of the look-ups it gets as many as it does in about a second.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from benchmarks.rows import Row
from upbeat.authenticity.names import NameTable

REPEATS = 5
SCANNED = 300
TARGET_EXACT = 100_000
TARGET_NEAR = 30_000
TARGET_LOAD = 0.3
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def run(say: Callable[[str], None]) -> list[Row]:
    """Loading, exact, near, in turn; a new table for each repeat."""
    names = list(NameTable.load().tokens)
    asked = misspelled(names, seed=1)
    figures: dict[str, list[float]] = {kind: [] for kind in ("load", "exact", "near", "find", "scan")}
    for repeat in range(REPEATS):
        begun = time.process_time()
        table = NameTable.load()
        table.near("asharma")  # makes the index
        figures["load"].append(time.process_time() - begun)
        figures["exact"].append(_per_second(table.exact, names))
        figures["near"].append(_per_second(table.near, asked))
        figures["find"].append(
            _per_second(table.find, [f"{one} {other}" for one, other in zip(asked, names, strict=False)])
        )
        figures["scan"].append(_per_second(lambda word: _scan(word, names), asked[:SCANNED]))
        say(
            f"repeat {repeat + 1} of {REPEATS}: {figures['near'][-1]:,.0f} near, {figures['exact'][-1]:,.0f} exact a second"
        )
    return [
        Row(what=f"loading {len(names):,} names and their index", unit="CPU s", ours=figures["load"], peer=[], peer_name="",
            target=TARGET_LOAD, lower_is_better=True),
        Row(what="exact", unit="names/CPU s", ours=figures["exact"], peer=[], peer_name="", target=TARGET_EXACT),
        Row(what="one letter away", unit="names/CPU s", ours=figures["near"], peer=figures["scan"], peer_name="rapidfuzz scan",
            target=TARGET_NEAR),
        Row(what="names of two parts, one misspelled", unit="names/CPU s", ours=figures["find"], peer=[], peer_name=""),
    ]  # fmt: skip


def misspelled(names: Sequence[str], seed: int) -> list[str]:
    """Each name of five letters and more with one slip; distinct."""
    rng = random.Random(seed)
    return list(dict.fromkeys(word for name in names if len(word := _slip(name, rng)) >= 5))


def _slip(name: str, rng: random.Random) -> str:
    place = rng.randrange(len(name))
    head, tail = name[:place], name[place:]
    letter = rng.choice(_LETTERS)
    return rng.choice(
        (
            head + letter + tail[1:],
            head + tail[1:],
            head + letter + tail,
            head + tail[1:2] + tail[:1] + tail[2:],
        )
    )


def _scan(word: str, names: Sequence[str]) -> object:
    return process.extractOne(word, names, scorer=OSA.distance, score_cutoff=1)


def _per_second(look_up: Callable[[str], object], words: Sequence[str]) -> float:
    begun = time.process_time()
    for word in words:
        look_up(word)
    return len(words) / (time.process_time() - begun)
