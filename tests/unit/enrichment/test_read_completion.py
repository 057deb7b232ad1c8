"""Answers are told apart, on bodies that providers sent and on those that they may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.enrichment.chat_server import completion

from upbeat.enrichment.completion import Usage
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.enrichment.read_completion import read_completion, usage_of
from upbeat.errors import BackOffError

GENDER = load_prompt("base_gender", "v0.02")
GOOD: dict[Kind, dict[str, Any]] = {
    "base_gender": {"reasoning": "says mom", "gender": "female", "confidence": 0.96},
    "base_location": {"country": "IN", "city": None, "confidence": 0.7},
    "categ_lang_topics": {
        "category": "Food & Cooking",
        "language": "hi",
        "topics": ["street food"],
        "confidence": 0.9,
    },
    "audience_age_gender": {
        "age_ranges": [{"range": "18-24", "share": 0.6}, {"range": "25-34", "share": 0.4}],
        "gender_distribution": [{"gender": "male", "share": 0.25}, {"gender": "female", "share": 0.75}],
        "confidence": 0.5,
    },
    "audience_cities": {"cities": [{"city": "Pune", "country": "IN", "share": 0.3}], "confidence": 0.4},
}
MARK = "what-a-stranger-wrote"


def judged(kind: Kind, content: Any, **given: Any) -> tuple[str, Any, str]:
    found = read_completion(completion(content, **given), load_prompt(kind, "v0.02"))
    return found.outcome, found.result, found.detail or ""


@pytest.mark.parametrize("kind", GOOD)
def test_an_answer_of_the_schema_comes_out_as_it_is(kind: Kind) -> None:
    found = read_completion(completion(GOOD[kind]), load_prompt(kind, "v0.02"))

    assert (found.outcome, found.result, found.detail) == ("answered", GOOD[kind], None)
    assert found.usage == Usage(input=700, cached_input=512, output=30)
    assert found.model == "gpt-4.1-mini-2025-04-14"


def gender(**change: Any) -> str:
    return json.dumps({**GOOD["base_gender"], **change})


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (f"```json\n{gender()}\n```", "the answer is no JSON"),
        (f"Here it is: {gender()}", "the answer is no JSON"),
        (gender() + " I hope this helps", "the answer is no JSON"),
        (gender()[:-1], "the answer is no JSON"),
        ("{'gender': 'male'}", "the answer is no JSON"),
        ("", "the answer is empty"),
        ("  \n", "the answer is empty"),
        (None, "the answer is empty"),
        (
            '{"gender": "male", "gender": "female", "reasoning": "", "confidence": 1}',
            "an object states a key twice",
        ),
        (gender(confidence=float("nan")), "NaN and Infinity are no JSON"),
        (gender(confidence=float("inf")), "NaN and Infinity are no JSON"),
        ('{"confidence": 1e999}', "a number is too large"),
        ('{"confidence": ' + "9" * 5_000 + "}", "no JSON that can be read"),
        ("[" * 15_000, "the answer is no JSON that can be read"),
        ('{"a":' * 4_000, "the answer is longer than"[:10]),
        ("x" * 30_000, "the answer is longer than 20000 characters"),
        (gender(confidence="0.9"), "confidence: must be number"),
        (gender(confidence=True), "confidence: must be number"),
        (gender(confidence=1.2), "confidence: maximum must be 1"),
        (gender(confidence=-0.1), "confidence: minimum must be 0"),
        (gender(confidence=None), "confidence: must be number"),
        (gender(gender=MARK), "gender: must be one of the schema's values"),
        (gender(gender="Female"), "gender: must be one of the schema's values"),
        (gender(gender=None), "gender: must be"),
        (gender(**{MARK: 1}), "the answer: must have no fields but the schema's"),
        (json.dumps({"gender": "male", "confidence": 1}), "the answer: must have reasoning"),
        (gender(reasoning=["x"]), "reasoning: must be string"),
        (gender(reasoning="x" * 301), "reasoning: maxLength must be 300"),
        ("[]", "the answer: must be object"),
        ("null", "the answer: must be object"),
        ('"male"', "the answer: must be object"),
    ],
)
def test_what_is_not_quite_the_schema_is_malformed_and_the_line_quotes_nothing(
    content: Any, detail: str
) -> None:
    outcome, result, said = judged("base_gender", content)

    assert (outcome, result) == ("malformed", None)
    assert detail in said
    assert MARK not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("kind", "change", "detail"),
    [
        ("base_location", {"country": "India"}, "country: pattern must be"),
        ("base_location", {"country": "XX"}, "country: must be a code of ISO 3166-1 alpha-2"),
        ("base_location", {"country": "EU"}, "country: must be a code of ISO 3166-1 alpha-2"),
        ("base_location", {"country": "in"}, "country: pattern must be"),
        ("categ_lang_topics", {"category": "Cricket"}, "category: must be one of the schema's values"),
        ("categ_lang_topics", {"language": "hindi"}, "language: pattern must be"),
        ("categ_lang_topics", {"language": "xx"}, "language: must be a code of ISO 639-1"),
        ("categ_lang_topics", {"topics": list("abcdef")}, "topics: maxItems must be 5"),
        ("categ_lang_topics", {"topics": "food"}, "topics: must be array"),
        (
            "audience_age_gender",
            {"age_ranges": [{"range": "18-24", "share": 60}]},
            "age_ranges.0.share: maximum must be 1",
        ),
        (
            "audience_age_gender",
            {"age_ranges": [{"range": "18-24", "share": 0.5}]},
            "age_ranges: the shares must sum to 1",
        ),
        (
            "audience_age_gender",
            {"age_ranges": [{"range": "18-24", "share": 0.0}]},
            "age_ranges: the shares must sum to 1",
        ),
        ("audience_age_gender", {"age_ranges": []}, "age_ranges: minItems must be 1"),
        (
            "audience_age_gender",
            {"age_ranges": [{"range": "18-30", "share": 1}]},
            "age_ranges.0.range: must be one of",
        ),
        (
            "audience_age_gender",
            {"gender_distribution": [{"gender": "male", "share": 0.5}] * 2},
            "a gender is stated twice",
        ),
        (
            "audience_age_gender",
            {"gender_distribution": [{"gender": g, "share": 0.6} for g in ("male", "female")]},
            "must sum to 1",
        ),
        (
            "audience_cities",
            {"cities": [{"city": "Pune", "country": "IN", "share": 0.6}] * 2},
            "cities: a city is stated twice",
        ),
        (
            "audience_cities",
            {"cities": [{"city": "\u200b", "country": "IN", "share": 0.6}]},
            "cities: a city is empty",
        ),
        (
            "audience_cities",
            {"cities": [{"city": c, "country": "IN", "share": 0.6} for c in ("Pune", "Goa")]},
            "must sum to at most 1",
        ),
        (
            "audience_cities",
            {"cities": [{"city": "Pune", "country": "ZZ", "share": 0.6}]},
            "country: must be a code",
        ),
        (
            "audience_cities",
            {"cities": [{"city": "", "country": "IN", "share": 0.6}]},
            "cities.0.city: minLength must be 1",
        ),
        ("audience_cities", {"cities": [{"city": "Pune", "share": 0.6}]}, "cities.0: must have country"),
    ],
)
def test_what_cannot_be_meant_is_malformed(kind: Kind, change: dict[str, Any], detail: str) -> None:
    outcome, result, said = judged(kind, {**GOOD[kind], **change})

    assert (outcome, result) == ("malformed", None)
    assert detail in said


@pytest.mark.parametrize(
    ("kind", "change", "read"),
    [
        (
            "base_location",
            {"country": "UK", "city": " New\u200b  Delhi\u0000 "},
            {"country": "GB", "city": "New Delhi"},
        ),
        ("base_location", {"country": None}, {"country": None}),
        (
            "categ_lang_topics",
            {"topics": ["IPL", "ipl", " ", "Street  Food"]},
            {"topics": ["ipl", "street food"]},
        ),
        ("categ_lang_topics", {"topics": []}, {"topics": []}),
        ("audience_cities", {"cities": []}, {"cities": []}),
        (
            "audience_cities",
            {"cities": [{"city": c, "country": "IN", "share": 0.525} for c in ("Pune", "Goa")]},
            {"cities": [{"city": c, "country": "IN", "share": 0.5} for c in ("Pune", "Goa")]},
        ),
        (
            "audience_age_gender",
            {"gender_distribution": [{"gender": "male", "share": 0.19}, {"gender": "female", "share": 0.76}]},
            {"gender_distribution": [{"gender": "male", "share": 0.2}, {"gender": "female", "share": 0.8}]},
        ),
        ("base_gender", {"reasoning": "lone \ud800 surrogate\nhere"}, {"reasoning": "lone surrogate here"}),
    ],
)
def test_small_faults_are_set_right(kind: Kind, change: dict[str, Any], read: dict[str, Any]) -> None:
    outcome, result, _ = judged(kind, {**GOOD[kind], **change})

    assert (outcome, result) == ("answered", {**GOOD[kind], **read})


def test_other_outcomes_are_told_apart() -> None:
    good = GOOD["base_gender"]

    assert judged("base_gender", None, refusal="I cannot help with that.")[0] == "refused"
    assert judged("base_gender", good, finish="length") == (
        "truncated",
        None,
        "the answer was not done within 400 tokens",
    )
    assert judged("base_gender", good, finish="content_filter")[0] == "filtered"
    assert judged("base_gender", None, finish="tool_calls", tool_calls=[{"id": "x"}])[::2] == (
        "malformed",
        "the answer calls a tool",
    )
    assert read_completion({**completion(good), "choices": []}, GENDER).detail == "the answer has no choices"
    assert read_completion({**completion(good), "choices": [None]}, GENDER).outcome == "malformed"


@pytest.mark.parametrize(
    "body", [{}, {"choices": None}, {"error": {"code": "server_error", "message": "x"}}, {"error": "x"}]
)
def test_a_body_that_is_no_completion_is_asked_again(body: dict[str, Any]) -> None:
    with pytest.raises(BackOffError):
        read_completion(body, GENDER)


@pytest.mark.parametrize(
    ("stated", "usage"),
    [
        (None, Usage()),
        ({"prompt_tokens": 5, "completion_tokens": 2}, Usage(input=5, output=2)),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}, Usage(input=5, cached_input=5)),
        ({"prompt_tokens": -5, "completion_tokens": "2"}, Usage()),
        ({"prompt_tokens": True, "prompt_tokens_details": None}, Usage()),
    ],
)
def test_usage_is_read_as_counts(stated: Any, usage: Usage) -> None:
    assert usage_of(stated) == usage


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["gender", "confidence", "reasoning", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    JSON_VALUES
    | st.fixed_dictionaries({"gender": JSON_VALUES, "confidence": JSON_VALUES, "reasoning": JSON_VALUES})
)
def test_whatever_comes_only_the_schemas_fields_come_out(value: Any) -> None:
    found = read_completion(completion(value), GENDER)

    if found.outcome == "answered":
        assert found.result is not None
        assert set(found.result) == {"gender", "confidence", "reasoning"}
        assert found.result["gender"] in ("male", "female", "mixed")
        assert 0 <= found.result["confidence"] <= 1
    else:
        assert (found.outcome, found.result) == ("malformed", None)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7), st.booleans())
def test_shares_that_come_out_are_of_a_whole(shares: list[float], is_whole: bool) -> None:
    names = ["13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    if is_whole:
        kind: Kind = "audience_age_gender"
        change: dict[str, Any] = {
            "age_ranges": [{"range": n, "share": s} for n, s in zip(names, shares, strict=False)]
        }
    else:
        kind = "audience_cities"
        change = {
            "cities": [{"city": n, "country": "IN", "share": s} for n, s in zip(names, shares, strict=False)]
        }

    _, result, _ = judged(kind, {**GOOD[kind], **change})

    total = sum(shares)
    assert (result is not None) == (total <= 1.1 and (total >= 0.9 or not is_whole))
    if result is not None:
        told = sum(row["share"] for row in result["age_ranges" if is_whole else "cities"])
        assert abs(told - 1) < 1e-5 if is_whole else told <= 1 + 1e-5


@pytest.fixture
def recorded(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Recorded answers of chat completions that are JSON, by file."""
    found = {}
    for path in sorted((shared_data / "openai" / "recorded").glob("*.json")):
        response = json.loads(path.read_text(encoding="utf-8"))["response"]
        if response.get("kind") == "json" and isinstance(response["body"], dict):
            found[path.name] = response
    return found


def test_recorded_answers_are_told_apart(recorded: dict[str, dict[str, Any]]) -> None:
    told: dict[str, set[str]] = {}
    for name, response in recorded.items():
        body = response["body"]
        if body.get("object") != "chat.completion":
            continue
        found = read_completion(body, GENDER)
        message = body["choices"][0].get("message") or {}
        finish = body["choices"][0]["finish_reason"]
        seen = "refusal" if message.get("refusal") else finish
        told.setdefault(seen, set()).add(found.outcome)
        assert (found.usage.input, found.usage.output) == (
            body["usage"]["prompt_tokens"],
            body["usage"]["completion_tokens"],
        ), name
        assert found.result is None, name

    assert told == {
        "refusal": {"refused"},
        "content_filter": {"filtered"},
        "stop": {"malformed"},  # jokes, and objects of other schemas
        "tool_calls": {"malformed"},
        "function_call": {"malformed"},
    }


def test_a_recorded_answer_of_structured_output_fits_its_own_schema(shared_data: Path) -> None:
    path = shared_data / "openai" / "recorded" / "test_chat_parse__test_async_parsed_completion__0.json"
    pair = json.loads(path.read_text(encoding="utf-8"))
    schema = pair["request"]["body"]["response_format"]["json_schema"]["schema"]
    prompt = GENDER.model_copy(update={"output_schema": schema})

    found = read_completion(pair["response"]["body"], prompt)

    assert found.outcome == "answered"
    assert set(found.result or {}) == set(schema["required"])


def test_a_recorded_error_in_place_of_an_answer_is_the_content_filters(
    recorded: dict[str, dict[str, Any]],
) -> None:
    found = read_completion(recorded["test_azure__test_prompt_content_filtering__0.json"]["body"], GENDER)

    assert found.outcome == "filtered"
    assert found.usage == Usage()
    assert "hate" in (found.detail or "")
