"""Made-up creators and their questions."""

from __future__ import annotations

from functools import cache
from typing import Any

from upbeat.enrichment.ask import ask
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.question import Question, Subject
from upbeat.records import Platform


def subject(biography: str | None = "Food of Pune 🍛 mom of two", *captions: str, **given: Any) -> Subject:
    """A creator with this text."""
    told = {"platform": Platform.INSTAGRAM, "profile_id": "17", "handle": "priya.eats", **given}
    return Subject(biography=biography, captions=captions, **told)


@cache
def shipped(kind: Kind) -> Prompt:
    """The second version, read once."""
    return load_prompt(kind, "v0.02")


def question(
    kind: Kind = "base_gender", biography: str = "Food of Pune 🍛 mom of two", **given: Any
) -> Question:
    """A question of the shipped second version, for the stand-in."""
    prompt = shipped(kind)
    return ask(
        prompt, subject(biography, "first caption"), **{"model": prompt.model, "is_sandbox": True, **given}
    )
