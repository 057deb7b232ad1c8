"""Scores of single fields."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.evaluation.city_names import city_key
from upbeat.enrichment.evaluation.fields import FIELDS, FieldRule, score_field, set_f1, total_variation
from upbeat.enrichment.kinds import KINDS
from upbeat.enrichment.prompt_files import shipped_prompt

RULES: dict[str, FieldRule] = {rule.name: rule for rules in FIELDS.values() for rule in rules}
distributions = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1).map(
    lambda found: {key: value / max(1.0, sum(found.values())) for key, value in found.items()}
)


def scored(name: str, label: Any, given: Any) -> float:
    rule = RULES[name]
    return score_field(rule, rule.plain(label), {name: given}).score


@pytest.mark.parametrize(
    ("field", "label", "answer", "score"),
    [
        ("gender", "brand", "mixed", 1),
        ("gender", "F", "female", 1),
        ("gender", "male", "female", 0),
        ("country", "India", "IN", 1),
        ("country", "UK", "GB", 1),
        ("country", None, "IN", 0),
        ("country", "IN", None, 0),
        ("country", None, None, 1),
        ("city", "Bangalore", "Bengaluru", 1),
        ("city", "Bombay", "mumbai", 1),
        ("city", "São Paulo", "Sao Paulo", 1),
        ("city", "Mumbai", "𝐌𝐮𝐦𝐛𝐚𝐢", 1),
        ("city", "Pune", "Mumbai", 0),
        ("language", "Hindi", "hi", 1),
        ("language", "pt-BR", "pt", 1),
        ("category", "food & cooking", "Food & Cooking", 1),
        ("topics", ["street food", "recipes"], ["Recipe", "street-food"], 1),
        ("topics", ["a b", "c d"], ["a b", "e f"], 0.5),
        ("topics", [], [], 1),
    ],
)
def test_an_answer_is_right_whatever_name_it_uses(field: str, label: Any, answer: Any, score: float) -> None:
    assert scored(field, label, answer) == score


def test_a_distribution_is_right_within_a_distance_of_a_fifth_and_its_top_is_told_apart() -> None:
    rule = RULES["gender_distribution"]
    label = rule.plain([{"gender": "female", "share": 0.6}, {"gender": "male", "share": 0.4}])

    def answer(female: float) -> Any:
        shares = [{"gender": "female", "share": female}, {"gender": "male", "share": 1 - female}]
        return score_field(rule, label, {rule.name: shares})

    assert (answer(0.8).score, answer(0.8).is_top_right) == (1, True)
    assert (answer(0.81).score, answer(0.81).is_top_right) == (0, True)
    assert (answer(0.45).score, answer(0.45).is_top_right) == (1, False)


def test_no_result_is_wrong_and_not_answered() -> None:
    assert score_field(RULES["country"], None, None) == score_field(RULES["gender"], "male", None)
    assert score_field(RULES["country"], None, None).score == 0


def test_null_is_not_answered_and_right_where_nobody_could_tell() -> None:
    found = score_field(RULES["city"], None, {"city": None})
    assert (found.score, found.is_answered) == (1.0, False)


def test_no_cities_are_right_where_nobody_could_tell_and_there_alone() -> None:
    few = [{"city": "Pune", "country": "IN", "share": 0.15}]
    assert [
        scored("cities", label, answer) for label, answer in (([], []), ([], few), (few, []), (few, few))
    ] == [1, 0, 0, 1]


@given(distributions, distributions, distributions)
def test_the_distance_of_distributions_is_a_metric(first: Any, second: Any, third: Any) -> None:
    assert total_variation(first, first) == 0
    assert 0 <= total_variation(first, second) <= 1
    assert total_variation(first, second) == pytest.approx(total_variation(second, first))
    through = total_variation(first, second) + total_variation(second, third)
    assert total_variation(first, third) <= through + 1e-9


@given(st.frozensets(st.sampled_from("abcdef")), st.frozensets(st.sampled_from("abcdef")))
def test_f1_is_one_for_equal_sets_alone(first: frozenset[str], second: frozenset[str]) -> None:
    assert 0 <= set_f1(first, second) <= 1
    assert (set_f1(first, second) == 1) == (first == second)


@given(st.text(max_size=30) | st.text("𝐌𝓾𝔪Ａﬁǆİßł ı", max_size=8))
def test_the_key_of_a_city_is_its_own_key(name: str) -> None:
    assert city_key(city_key(name)) == city_key(name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_that_is_judged_stands_in_the_schema_of_the_active_prompt(kind: Any) -> None:
    properties = shipped_prompt(kind).output_schema["properties"]
    assert {rule.name for rule in FIELDS[kind]} | {"confidence", "reasoning"} >= set(properties)
    assert {rule.name for rule in FIELDS[kind]} <= set(properties)
