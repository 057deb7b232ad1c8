"""What of an answer becomes a column, and the record of a creator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.answer_columns import answer_columns, enrichment_of
from upbeat.enrichment.question import QuestionKey, Subject
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.ingestion.tables import key_of, row_of, table_of
from upbeat.records import Platform

SUBJECT = Subject(platform=Platform.YOUTUBE, profile_id="UC1", handle="cook", biography="Cook in Pune")
ANSWERED_AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = SCALARS | st.lists(SCALARS, max_size=4)


def answer(result: dict[str, Any] | None, kind: Any = "base_location") -> StoredAnswer:
    key = QuestionKey(
        kind=kind, prompt_version="v0.02", model="gpt-4.1-mini", input_hash=b"\x01" * 32, is_sandbox=True
    )
    return StoredAnswer(
        key=key,
        outcome="answered" if result is not None else "refused",
        result=result,
        detail=None,
        input_tokens=300,
        output_tokens=20,
        latency_seconds=0.5,
        answered_at=ANSWERED_AT,
    )


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"gender": "female", "confidence": 0.9, "reasoning": " says  mom "}, ("female", 0.9, "says mom")),
        ({"gender": "Female", "confidence": 1}, ("female", 1.0, None)),
        ({"gender": "woman", "confidence": 1.1}, (None, None, None)),
        ({"gender": None, "confidence": True, "reasoning": ""}, (None, None, None)),
    ],
)
def test_a_gender_is_one_of_three_and_a_confidence_between_0_and_1(
    result: dict[str, Any], told: tuple[Any, ...]
) -> None:
    columns = answer_columns(result)
    assert (columns["gender"], columns["confidence"], columns["reasoning"]) == told


@pytest.mark.parametrize(
    ("country", "code"), [("in", "IN"), ("IN", "IN"), ("India", None), ("İN", None), (None, None), (7, None)]
)
def test_a_country_is_two_letters_in_upper_case(country: object, code: str | None) -> None:
    assert answer_columns({"country": country})["country"] == code


def test_texts_are_cut_and_topics_stand_once_in_lower_case() -> None:
    columns = answer_columns(
        {
            "city": "x" * 500,
            "category": "Food & Cooking",
            "language": "HI",
            "topics": ["Street Food", "street food", " ", 7, "baking", *(f"t{n}" for n in range(50))],
        }
    )
    assert len(columns["city"]) == 100
    assert (columns["category"], columns["language"]) == ("Food & Cooking", "hi")
    assert columns["topics"][:3] == ["street food", "baking", "t0"]
    assert len(columns["topics"]) == 10


@given(st.dictionaries(st.sampled_from(sorted(answer_columns({}))), JSON))
def test_whatever_an_answer_holds_its_columns_are_what_the_table_takes(result: dict[str, Any]) -> None:
    columns = answer_columns(result)
    assert columns["confidence"] is None or 0 <= columns["confidence"] <= 1
    for name in ("gender", "country", "city", "category", "language", "reasoning"):
        text = columns[name]
        assert text is None or (0 < len(text) <= 500 and "\x00" not in text and text == text.strip())
    assert columns["topics"] is None or all(isinstance(topic, str) for topic in columns["topics"])


def test_an_answer_is_a_row_of_its_table_under_the_kind_of_its_question() -> None:
    fact = enrichment_of(
        SUBJECT, answer({"country": "IN", "city": "Pune", "confidence": 0.8}), source="openai"
    )
    table, row = table_of(fact), row_of(fact, None)
    assert (table.name, table.event, table.told_whole) == ("enrichment", "enrichment", True)
    assert key_of(fact) == ("YOUTUBE", "UC1", "base_location", "gpt-4.1-mini", "v0.02", "True")
    assert set(table.all_columns()) <= set(row)
    assert (row["kind"], row["country"], row["city"], row["input_hash"]) == (
        "base_location", "IN", "Pune", "01" * 32,
    )  # fmt: skip
    assert (row["observed_at"], row["is_sandbox"], row["input_tokens"]) == (ANSWERED_AT, True, 300)


def test_a_stored_answer_that_is_used_again_is_the_same_record() -> None:
    stored = answer({"country": None, "city": None, "confidence": 0.1})
    assert enrichment_of(SUBJECT, stored, source="openai") == enrichment_of(SUBJECT, stored, source="openai")


def test_an_answer_without_a_result_is_no_record() -> None:
    with pytest.raises(ValueError, match="refused tells nothing"):
        enrichment_of(SUBJECT, answer(None), source="openai")
