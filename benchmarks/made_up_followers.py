"""Followers that do not exist, put together from public names and words: distinct, in the mixture of an Indian audience."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Callable
from pathlib import Path

from upbeat.authenticity.follower import Follower
from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

LANGUAGES = ("bn", "gu", "kn", "ml", "mr", "pa", "ta", "te", "ur")
_FANCY = str.maketrans(
    {chr(ord("a") + place): chr(0x1D4EA + place) for place in range(26)}
    | {chr(ord("A") + place): chr(0x1D4D0 + place) for place in range(26)}
)
_SIGNS = ("✨", "🔥", "👑", "♥", "🇮🇳", "•", "~")
_OTHER_SCRIPTS = ("Ελένη", "Γιώργος", "Иван", "Мария", "გიორგი", "Արամ", "김민수", "李伟")

_Draw = Callable[[random.Random], tuple[str, str | None]]
"""What a handle is made from (lower-case ASCII), and the display name."""


def made_up_followers(count: int, seed: int = 2026) -> list[Follower]:
    """Distinct followers: two thirds with Latin names, a quarter with Indic ones, the rest flagged, fancy or without a name."""
    draw = random.Random(seed)
    kinds, weights = zip(*_kinds(shared_data()), strict=True)
    found: dict[tuple[str, str | None], None] = {}
    while len(found) < count:
        (kind,) = draw.choices(kinds, weights)
        latin, full_name = kind(draw)
        found[(_handle(latin, draw), full_name)] = None
    return [Follower(handle=handle, full_name=full_name) for handle, full_name in found]


def shared_data() -> Path:
    """The folder of the data. Raises `InputError` where it is absent."""
    folder = Path(os.environ.get("UPBEAT_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not (folder / "MANIFEST.md").exists():
        raise InputError(f"the shared data is not at {folder}: set UPBEAT_SHARED_DATA to its folder")
    return folder


def _kinds(data: Path) -> list[tuple[_Draw, float]]:
    with (data / "names" / "eci_candidates_2009_2014.csv").open(encoding="utf-8", newline="") as lines:
        latin = [row["full_name"].title() for row in csv.DictReader(lines)]
    hindi = _pairs(data / "transliteration" / "names_affidavit_full_hi.tsv")
    words = [_pairs(data / "transliteration" / f"dakshina_{language}.tsv") for language in LANGUAGES]

    def plain(draw: random.Random) -> tuple[str, str | None]:
        # First name of one and last name of another: more people than the list has.
        parts = [
            draw.choice(draw.choice(latin).split() or ["Asha"]) for _ in range(draw.choice((1, 2, 2, 2, 3)))
        ]
        return " ".join(parts), " ".join(parts)

    def decorated(draw: random.Random) -> tuple[str, str | None]:
        name, _ = plain(draw)
        shown = name.translate(_FANCY) if draw.random() < 0.5 else name
        return name, f"{draw.choice(_SIGNS)} {shown} {draw.choice(_SIGNS)}"

    def in_hindi(draw: random.Random) -> tuple[str, str | None]:
        native, romanised = draw.choice(hindi)
        return romanised, native

    def in_another_language(draw: random.Random) -> tuple[str, str | None]:
        language = draw.choice(words)
        (first, first_latin), (last, last_latin) = draw.choice(language), draw.choice(language)
        return f"{first_latin} {last_latin}", f"{first} {last}"

    def foreign(draw: random.Random) -> tuple[str, str | None]:
        return plain(draw)[0], draw.choice(_OTHER_SCRIPTS)

    def nameless(draw: random.Random) -> tuple[str, str | None]:
        return plain(draw)[0], draw.choice((None, "✨"))

    return [
        (plain, 0.55), (decorated, 0.12), (in_hindi, 0.13), (in_another_language, 0.12), (foreign, 0.04), (nameless, 0.04),
    ]  # fmt: skip


def _pairs(file: Path) -> list[tuple[str, str]]:
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    return [(native, latin) for native, latin, *_ in (line.split("\t") for line in lines)]


def _handle(latin: str, draw: random.Random) -> str:
    parts = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in latin.lower()).split()
    draw.shuffle(parts)
    ending = draw.choice(
        ("", "", str(draw.randrange(100)), str(draw.randrange(1900, 2020)), str(draw.randrange(10**6)))
    )
    return (
        draw.choice(("", "", "_", ".")).join(parts)
        + draw.choice(("", "_", "_official"))[: draw.randrange(10)]
        + ending
    )[:30]
