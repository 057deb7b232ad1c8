"""From a stored answer to the record of a creator: the columns that are read out of the answer, cleaned and of bounded length. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from upbeat.enrichment.question import Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.records import Enrichment
from upbeat.stores.json_text import clean_text

CITY_CHARACTERS = 100
CATEGORY_CHARACTERS = 100
TOPIC_CHARACTERS = 60
TOPICS = 10
REASONING_CHARACTERS = 500
GENDERS = ("male", "female", "mixed")


def enrichment_of(subject: Subject, answer: StoredAnswer, *, source: str) -> Enrichment:
    """The record of an answer that has a result. Whoever answers again with a stored answer gives the same record.

    Args:
        source: whose API answered, `openai` or `azure_openai`.

    Raises:
        ValueError: the answer has no result.
    """
    if answer.result is None:
        raise ValueError(f"an answer that is {answer.outcome} tells nothing of a creator")
    key = answer.key
    return Enrichment(
        platform=subject.platform,
        profile_id=subject.profile_id,
        handle=subject.handle,
        question_kind=key.kind,
        model=key.model,
        prompt_version=key.prompt_version,
        is_sandbox=key.is_sandbox,
        result=answer.result,
        **answer_columns(answer.result),
        input_hash=key.input_hash.hex(),
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        latency_seconds=answer.latency_seconds,
        source=source,
        observed_at=answer.answered_at,
    )


def answer_columns(result: Mapping[str, Any]) -> dict[str, Any]:
    """`gender`, `country`, `city`, `category`, `language`, `topics`, `confidence` and `reasoning` of an answer of any kind.

    None where the answer does not tell, or tells what the column does not hold: a country is two letters, a confidence 0 to 1.
    """
    gender = _text(result.get("gender"), 20)
    return {
        "gender": gender.lower() if gender and gender.lower() in GENDERS else None,
        "country": _code(result.get("country"), upper=True),
        "city": _text(result.get("city"), CITY_CHARACTERS),
        "category": _text(result.get("category"), CATEGORY_CHARACTERS),
        "language": _code(result.get("language"), upper=False),
        "topics": _topics(result.get("topics")),
        "confidence": _share(result.get("confidence")),
        "reasoning": _text(result.get("reasoning"), REASONING_CHARACTERS),
    }


def _text(value: object, characters: int) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join(clean_text(value).split())[:characters].rstrip() or None


def _code(value: object, *, upper: bool) -> str | None:
    """Two ASCII letters: of ISO 3166 in upper case, of ISO 639 in lower case."""
    text = _text(value, 20)
    if text is None or not re.fullmatch(r"[A-Za-z]{2}", text):
        return None
    return text.upper() if upper else text.lower()


def _topics(value: object) -> list[str] | None:
    if not isinstance(value, list):
        return None
    found = (_text(topic, TOPIC_CHARACTERS) for topic in value)
    return list(dict.fromkeys(topic.lower() for topic in found if topic))[:TOPICS]


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= 1 else None
