"""The comparison itself: it must see what differs."""

from __future__ import annotations

import pytest

from .body_shapes import problems, shape_of, shape_of_all

RECORDED = {"id": "1", "count": 3, "media": {"data": [{"id": "a", "url": None}]}}


def test_a_body_of_the_same_shape_has_no_problems() -> None:
    assert problems({"id": "2", "count": 0, "media": {"data": []}}, shape_of(RECORDED)) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"id": "2", "more": 1}, "$.more"),
        ({"id": 2}, "$.id"),
        ({"id": None}, "$.id"),
        ({"count": 3.5}, "$.count"),
        ({"count": True}, "$.count"),
        ({"media": {"data": [{"id": "a"}, {"id": 5}]}}, "$.media.data[].id"),
        ({"media": {"data": [{"new": "a"}]}}, "$.media.data[].new"),
        ({"media": []}, "$.media"),
    ],
)
def test_a_new_path_or_another_type_is_a_problem(body: object, path: str) -> None:
    assert [p.partition(":")[0] for p in problems(body, shape_of(RECORDED))] == [path]


def test_several_recordings_are_taken_together() -> None:
    assert problems({"a": None}, shape_of_all([{"a": 1}, {"a": None}])) == []
