"""The parser of field expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.sandbox.graph_fields import Field, FieldSyntaxError, format_fields, parse_fields

names = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789_", min_size=1, max_size=12)
values = st.text(st.characters(exclude_characters=")", exclude_categories=["Cs"]), max_size=20)
fields = st.recursive(
    st.builds(Field, names, st.dictionaries(names, values, max_size=3)),
    lambda below: st.builds(
        Field, names, st.dictionaries(names, values, max_size=2), st.lists(below, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@given(st.lists(fields, min_size=1, max_size=4).map(tuple))
def test_what_is_written_is_read_back(wanted: tuple[Field, ...]) -> None:
    assert parse_fields(format_fields(wanted)) == wanted


@given(st.text("ab_.,(){}1 ", max_size=30))
def test_any_text_is_parsed_or_refused_with_a_place(text: str) -> None:
    place = -1
    try:
        assert format_fields(parse_fields(text)) == text
    except FieldSyntaxError as error:
        place = error.at
    assert -1 <= place <= len(text)


def test_a_discovery_with_paged_media_is_read() -> None:
    text = "business_discovery.username(virat.kohli){id,media.limit(25).after(QVFI==){id,children{id}}},id"
    assert parse_fields(text) == (
        Field(
            "business_discovery",
            {"username": "virat.kohli"},
            (
                Field("id"),
                Field(
                    "media",
                    {"limit": "25", "after": "QVFI=="},
                    (Field("id"), Field("children", {}, (Field("id"),))),
                ),
            ),
        ),
        Field("id"),
    )


@pytest.mark.parametrize(
    ("text", "expected", "at"),
    [
        ("", "name", 0),
        ("id,", "name", 3),
        ("a{b", '"}"', 3),
        ("a{b}}", "end of string", 4),
        ("a.limit", '"("', 7),
        ("a.limit(3", '")"', 9),
        ("a b", "end of string", 1),
        ("a{" * 9 + "b" + "}" * 9, "fewer levels", 18),
    ],
)
def test_a_broken_expression_is_refused_at_its_place(text: str, expected: str, at: int) -> None:
    with pytest.raises(FieldSyntaxError) as caught:
        parse_fields(text)
    assert (caught.value.expected, caught.value.at) == (expected, at)
