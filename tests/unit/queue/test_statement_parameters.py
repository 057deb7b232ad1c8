"""Lists as Postgres reads them."""

from __future__ import annotations

import pytest

from upbeat.queue.statements import array_literal, text_array_literal


@pytest.mark.parametrize(
    ("values", "literal"),
    [([], "{}"), ([1, None, 3], "{1,NULL,3}"), (["COMPLETE"], "{COMPLETE}"), ([0.5], "{0.5}")],
)
def test_numbers_and_labels_are_not_quoted(values: list[object], literal: str) -> None:
    assert array_literal(values) == literal


@pytest.mark.parametrize(
    ("values", "literal"),
    [([], "{}"), (["flow"], '{"flow"}'), (['a"b\\c', "NULL", "x,y}"], '{"a\\"b\\\\c","NULL","x,y}"}')],
)
def test_texts_are_quoted(values: list[str], literal: str) -> None:
    assert text_array_literal(values) == literal
