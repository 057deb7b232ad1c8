"""Counts over batches, and the verdict on them."""

from __future__ import annotations

import pytest

from upbeat.errors import InputError
from upbeat.operations.enrichment_batches.collected import Collected, Problems, collected_of, verdict
from upbeat.operations.enrichment_batches.wanted import wanted_of
from upbeat.records import Platform


def row(outcome: str, questions: int, repaired: int = 0, cost: int = 0) -> dict[str, object]:
    return {"outcome": outcome, "questions": questions, "repaired": repaired, "cost": cost}


def test_outcomes_are_counted_by_what_they_are_good_for() -> None:
    rows = [row("answered", 95, 2, 700), row("refused", 3, 0, 20), row("to ask again", 2)]
    found = collected_of(rows, ["one"], facts=95, problems=[])

    assert found == Collected(
        batches=["one"],
        answered=95,
        repaired=2,
        without_result={"refused": 3},
        to_ask_again=2,
        facts=95,
        cost_nanodollars=720,
    )
    assert (found.told()["asked"], found.told()["unusable"]) == (100, 5)


@pytest.mark.parametrize(("refused", "is_good"), [(0, True), (4, True), (5, True), (6, False)])
def test_the_check_passes_up_to_five_per_cent_and_says_the_numbers(refused: int, is_good: bool) -> None:
    told = Collected(answered=100 - refused, without_result={"refused": refused} if refused else {}).told()
    found, sentence = verdict(told, 0.05)

    assert found is is_good
    assert sentence.startswith(f"{refused} of 100 questions have no usable answer")
    assert ("refused" in sentence) is bool(refused)


def test_nothing_asked_is_no_failure() -> None:
    assert verdict(Collected().told(), 0.05) == (True, "0 of 0 questions have no usable answer")


def test_of_many_problems_the_first_are_told_and_how_many_more() -> None:
    problems = Problems()
    assert problems.line(None) is None
    for number in range(8):
        problems.note(f"line {number} is no JSON")

    line = problems.line("the provider's word")
    assert line is not None
    assert line.startswith("the provider's word; line 0 is no JSON; ")
    assert line.endswith("line 4 is no JSON; and 3 more")


def test_what_is_wanted_is_what_was_named_and_all_without_a_name() -> None:
    assert wanted_of(["YouTube"], ["base_location"], 7).platforms == (Platform.YOUTUBE,)
    assert wanted_of([], []).kinds[0] == "base_gender"
    assert len(wanted_of([], []).kinds) == 5
    with pytest.raises(InputError, match="platform shopify: use one of instagram, youtube"):
        wanted_of(["shopify"], [])
    with pytest.raises(InputError, match="kind gender: use one of base_gender"):
        wanted_of([], ["gender"])
