"""One bad field never costs the others."""

from __future__ import annotations

from upbeat.crawlers.fields import FieldReader
from upbeat.records import Problem


def test_the_first_path_with_a_readable_value_wins() -> None:
    problems: list[Problem] = []
    read = FieldReader({"a": None, "b": {"count": "12"}, "c": 13}, problems)
    assert read.count("followers", "a", "b.count", "c") == 12
    assert problems == []


def test_a_later_name_makes_up_for_a_bad_one() -> None:
    problems: list[Problem] = []
    assert FieldReader({"a": "x", "b": 5}, problems).count("likes", "a", "b") == 5
    assert problems == []


def test_a_problem_names_field_value_and_expectation() -> None:
    problems: list[Problem] = []
    read = FieldReader({"follower_count": "many"}, problems, "posts[3].")
    assert read.count("followers", "follower_count") is None
    assert (
        str(problems[0])
        == "posts[3].followers: follower_count: 'many': expected a count like 1234, 1,234 or 12.5K"
    )


def test_a_text_where_an_object_belongs_is_a_problem() -> None:
    problems: list[Problem] = []
    assert FieldReader({"edge": "oops"}, problems).count("followers", "edge.count") is None
    assert "'oops' where an object is expected" in str(problems[0])


def test_absent_fields_are_no_problem() -> None:
    problems: list[Problem] = []
    read = FieldReader({"x": [], "y": {}}, problems)
    assert read.text("a", "x.0.z", "y.z", "q") is None
    assert problems == []


def test_an_empty_text_is_a_fact_only_where_it_may_be() -> None:
    read = FieldReader({"biography": "", "category": ""}, [])
    assert read.text_or_empty("biography", "biography") == ""
    assert read.text("category", "category") is None
