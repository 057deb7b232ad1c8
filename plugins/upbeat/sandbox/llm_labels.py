"""Labelled rows about made-up people: what is true of them follows from the tail of their handle, which the stand-in knows.

A row: `{"platform", "handle", "biography", "captions", "labels"}`. The biography tells the truth where it tells anything; what it leaves
out only the stand-in can know, so that such rows measure the path from text to verdict, not a model's skill.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from upbeat.errors import InputError
from upbeat.sandbox.llm_answers import labels
from upbeat.sandbox.llm_countries import BY_CODE
from upbeat.sandbox.llm_draws import number
from upbeat.sandbox.llm_kinds import KINDS
from upbeat.sandbox.llm_label_texts import FAMILY_NAMES, PHRASES, Phrases, first_names
from upbeat.sandbox.llm_truth import CreatorTruth, drawn_truth

TOLD = 0.85
"""How often a biography tells each of: gender, place, what it is about."""
NATIVE = 0.8
"""How often it is written in the creator's language rather than in English."""
CAPTIONS = 5
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def labelled_rows(kind: str, count: int, *, seed: str = "0") -> Iterator[dict[str, Any]]:
    """`count` rows; a seed gives the same people for every kind. Raises `InputError` for an unknown kind."""
    if kind not in KINDS:
        raise InputError(f"kind={kind}: no such kind: there is {', '.join(KINDS)}")
    return (_row(kind, _tail(f"{seed}:{place}")) for place in range(count))


def _tail(about: str) -> str:
    """Ten digits of base 36: no two rows of one seed have the same, but for a chance of one in millions."""
    left, tail = number("labelled row", about), ""
    for _ in range(10):
        left, digit = divmod(left, 36)
        tail += _DIGITS[digit]
    return tail


def _row(kind: str, tail: str) -> dict[str, Any]:
    truth, seeded = drawn_truth(tail), random.Random(f"labelled row:{tail}")  # noqa: S311 - repeatable on purpose
    is_native = truth.language in PHRASES and seeded.random() < NATIVE
    phrases = PHRASES[truth.language if is_native else "en"]
    return {
        "platform": "YOUTUBE" if seeded.random() < 0.2 else "INSTAGRAM",
        "handle": f"{_name(truth, seeded)}_sbx{tail}",
        "biography": _biography(truth, phrases, seeded),
        "captions": [_filled(seeded.choice(phrases.captions), truth, seeded) for _ in range(CAPTIONS)],
        "labels": labels(kind, truth),
    }


def _name(truth: CreatorTruth, seeded: random.Random) -> str:
    """Six handles in ten begin with a name that tells the gender, the others with one that does not."""
    is_indian = truth.country == "IN"
    first = seeded.choice(first_names(truth.gender, is_indian=is_indian))
    if seeded.random() < 0.4:
        return f"{seeded.choice(FAMILY_NAMES)}.{seeded.choice(('daily', 'diaries', 'official', 'stories', 'world'))}"
    if truth.gender == "mixed":
        female, male = (seeded.choice(first_names(g, is_indian=is_indian)) for g in ("female", "male"))
        return first.format(a=female, b=male)
    return f"{first}.{seeded.choice(FAMILY_NAMES)}"


def _biography(truth: CreatorTruth, phrases: Phrases, seeded: random.Random) -> str:
    """Up to three pieces in any order; now and then none."""
    of_gender = {"female": phrases.female, "male": phrases.male, "mixed": phrases.mixed}[truth.gender]
    pieces = [
        _filled(seeded.choice(options), truth, seeded)
        for options in (of_gender, phrases.place, phrases.work)
        if seeded.random() < TOLD
    ]
    seeded.shuffle(pieces)
    return seeded.choice((" | ", "\n", " · ", ". ")).join(pieces)


def _filled(pattern: str, truth: CreatorTruth, seeded: random.Random) -> str:
    topic = seeded.choice(truth.topics)
    return pattern.format(
        city=truth.city,
        country=BY_CODE[truth.country].name,
        what=truth.category.split("/")[0].split(" & ")[0].lower(),
        topic=topic,
        tag=topic.replace(" ", ""),
    )
