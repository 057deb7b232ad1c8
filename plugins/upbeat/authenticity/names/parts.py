"""A whole name taken apart: titles and initials set aside."""

from __future__ import annotations

import re

TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "sir",
        "madam",
        "dr",
        "doctor",
        "prof",
        "professor",
        "er",
        "engr",
        "adv",
        "advocate",
        "ca",
        "cs",
        "cma",
        "capt",
        "captain",
        "col",
        "colonel",
        "maj",
        "major",
        "lt",
        "gen",
        "brig",
        "sgt",
        "hon",
        "rev",
        "fr",
        "smt",
        "smti",
        "shri",
        "sree",
        "shrimati",
        "srimati",
        "shrimathi",
        "srimathi",
        "sau",
        "sushri",
        "thirumathi",
        "tmt",
        "kum",
        "km",
        "late",
        "alias",
        "urf",
    ]
)
"""Written before or after a name, never one: no entry of the table."""

TITLES_AND_NAMES = frozenset(
    [
        "sri",
        "shree",
        "thiru",
        "selvi",
        "md",
        "mohd",
        "kumari",
        "swami",
        "baba",
        "guru",
        "pandit",
        "haji",
        "maulana",
        "hafiz",
        "begum",
        "bibi",
        "bhai",
        "bai",
        "ben",
    ]
)
"""Titles that are names of people, too: they count where nothing else in the name is known."""

_NO_LETTERS = re.compile(r"[^a-z]+")


def name_parts(latin_name: str) -> tuple[list[str], list[str]]:
    """The parts that may be names, and those that are titles as well, in the order written.

    Initials (single letters, "k. r. narayanan") and titles that are no names are left out. Letters other than a–z part words.
    """
    words = [word for word in _NO_LETTERS.split(latin_name.lower()) if len(word) > 1 and word not in TITLES]
    names = [word for word in words if word not in TITLES_AND_NAMES]
    return names, [word for word in words if word in TITLES_AND_NAMES]
