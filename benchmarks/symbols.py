"""How many names a second are made plain and have their script read, on one core?

Distinct names, each seen once. Peers make fancy letters plain by Unicode's compatibility forms (NFKC) or by guessing any character in ASCII
(anyascii); how many of the names each reads as they are meant is told beside: neither leaves the plain names of other scripts as they are
and reads all fancy ones. Time is processor time, which other work on the machine does not stretch.
"""

from __future__ import annotations

import random
import time
import unicodedata
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any

from benchmarks.rows import Row
from upbeat.authenticity.scripts import read_scripts
from upbeat.authenticity.symbols import plain_letters

REPEATS = 5
NAMES = 200_000
TARGET = 400_000.0
SCRIPTS_TARGET = 300_000.0
_FIRST = ("Rahul", "Priya", "Amit", "Anjali", "Imran", "Gurpreet", "Lakshmi", "Sanjay", "Neha", "Arjun")
_LAST = ("Sharma", "Khan", "Verma", "Joshi", "Patel", "Singh", "Reddy", "Nair", "Das", "Gill")
_PLAIN = ("राहुल शर्मा", "விஜய்", "সত্যজিৎ", "علی ہاشمی", "José Núñez", "Анна Иванова", "김민준")
_BOLD = {
    code: chr(code + (0x1D5D4 - 65 if code < 91 else 0x1D5EE - 97))
    for code in (*range(65, 91), *range(97, 123))
}
_CIRCLED = {
    code: chr(code + (0x24B6 - 65 if code < 91 else 0x24D0 - 97))
    for code in (*range(65, 91), *range(97, 123))
}
_CYRILLIC = str.maketrans("aeo", "аео")
# Of a hundred names, an assumption: most are plain, the rest of the hundred is in other scripts or has accents.
_MIX: tuple[tuple[int, Callable[[str], str]], ...] = (
    (70, lambda name: name),
    (12, lambda name: f"{name} 🌸✨"),
    (4, lambda name: f"{name} 🇮🇳"),
    (5, lambda name: name.translate(_BOLD)),
    (1, lambda name: name.translate(_CIRCLED)),
    (1, lambda name: name.translate(_CYRILLIC)),
)
Pair = tuple[str, str]


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peers in turn, `REPEATS` times, over names that none has seen before."""
    peers: dict[str, Callable[[str], Any]] = {"NFKC": lambda name: unicodedata.normalize("NFKC", name)}
    try:
        peers["anyascii"] = import_module("anyascii").anyascii
    except ImportError:
        say("anyascii is not installed: left out")
    speeds: dict[str, list[float]] = {name: [] for name in ("ours", "scripts", *peers)}
    for repeat in range(REPEATS):
        pairs = _names(repeat)
        names = [written for written, _ in pairs]
        for peer, read in peers.items():
            speeds[peer].append(_speed(read, names))
        speeds["ours"].append(_speed(plain_letters, names))
        speeds["scripts"].append(_speed(read_scripts, [meant for _, meant in pairs]))
        say(
            f"repeat {repeat + 1} of {REPEATS}: "
            + ", ".join(f"{name} {figures[-1]:,.0f}/s" for name, figures in speeds.items())
        )
    rightly = {name: _share_right(read, pairs) for name, read in (("ours", plain_letters), *peers.items())}
    assert rightly["ours"] == 1.0, rightly
    note = "read as meant: " + ", ".join(f"{name} {share:.1%}" for name, share in rightly.items())
    fastest = max(peers, key=lambda name: median(speeds[name]))
    return [
        *(
            Row(
                what="names made plain",
                unit="names/CPU s",
                ours=speeds["ours"],
                peer=speeds[peer],
                peer_name=peer,
                target=TARGET,
                note=note if peer == fastest else "",
            )
            for peer in peers
        ),
        Row(
            what="scripts of names read",
            unit="names/CPU s",
            ours=speeds["scripts"],
            peer=[],
            peer_name="",
            target=SCRIPTS_TARGET,
        ),
    ]


def _names(seed: int) -> list[Pair]:
    """Names as written and as they are meant, all distinct."""
    dice = random.Random(seed)
    pairs = []
    for number in range(NAMES):
        turn = dice.randrange(100)
        name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)} {seed}{number}"
        for share, write in _MIX:
            if turn < share:
                pairs.append((write(name), _meant(write, name)))
                break
            turn -= share
        else:
            plain = f"{dice.choice(_PLAIN)} {seed}{number}"
            pairs.append((plain, plain))
    return pairs


def _meant(write: Callable[[str], str], name: str) -> str:
    """Emoji and flags stay, letters are those of the name."""
    written = write(name)
    return written if written.startswith(name) else name


def _speed(read: Callable[[str], Any], names: list[str]) -> float:
    begun = time.process_time()
    for name in names:
        read(name)
    return len(names) / (time.process_time() - begun)


def _share_right(read: Callable[[str], Any], pairs: list[Pair]) -> float:
    return sum(read(written) == meant for written, meant in pairs) / len(pairs)
