"""Lists as Postgres reads them, and what a statement has in common with the code beside it."""

from __future__ import annotations

import pytest

from upbeat.queue.statements import SQL, array_literal, text_array_literal
from upbeat.queue.tasks import INTERACTIVE_KEYS


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


def test_a_claim_knows_interactive_tasks_by_the_keys_that_look_ups_give_them() -> None:
    assert f"starts_with(task.idempotency_key, '{INTERACTIVE_KEYS}') AS interactive" in SQL["claim"]
