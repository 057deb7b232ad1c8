"""The evaluation of the match, on pairs that are made up, and on the genuine ones."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from upbeat.authenticity.match import similarity
from upbeat.authenticity.match_quality import Pair, in_split, judge, kind_of_error, shuffled

NAMES = ["asha rao", "virat kohli", "ravi shastri", "meera nair", "gurpreet singh", "lakshmi iyer"]
PAIRS = [Pair(name.replace(" ", ""), name) for name in NAMES]


def test_pairs_that_are_one_name_are_told_from_shuffled_ones() -> None:
    formula, *_, loose = judge(PAIRS)
    assert formula.auc == loose.auc == 1.0
    assert [at.genuine for at in loose.matched] == [1.0, 1.0]
    assert loose.matched[1].shuffled == 0.0


def test_names_that_say_nothing_of_the_handle_are_told_by_chance() -> None:
    pairs = [Pair(f"h{number}", "same name") for number in range(10)]
    assert all(one.auc == 0.5 for one in judge(pairs))


def test_shuffled_pairs_are_the_same_every_time_and_none_is_genuine() -> None:
    assert shuffled(PAIRS) == shuffled(PAIRS)
    assert not set(shuffled(PAIRS)) & set(PAIRS)


def test_the_borders_are_those_of_the_rules() -> None:
    handle, name = "ashaxx", "ashayyy"
    value = similarity(handle, name)
    assert 40 < value < 80
    (formula, *_) = judge([Pair(handle, name), Pair("q", None)])
    assert [at.genuine for at in formula.matched] == [0.5, 0.0]
    assert [len(at.missed) for at in formula.matched] == [1, 2]


@pytest.mark.parametrize(
    ("handle", "name", "kind"),
    [
        ("asha", None, "no name"),
        ("asha", "김민규", "name in another script, or of digits"),
        ("asha", "virat kohli", "nothing in common"),
        ("ashaqqqqqq", "asha rao", "little in common"),
        ("asha_rao", "asha rao", "same name, separators in the handle"),
        ("asharao7", "asha rao", "same name, digits in the handle"),
        ("asharao", "asha rao", "same name, written together or with more"),
    ],
)
def test_kinds_of_errors(handle: str, name: str | None, kind: str) -> None:
    assert kind_of_error(Pair(handle, name)) == kind


def test_the_halves_share_no_handle_and_make_the_whole() -> None:
    handles = [f"handle{number}" for number in range(200)]
    halves = [[handle for handle in handles if in_split(handle, split)] for split in ("dev", "test")]
    assert sorted(halves[0] + halves[1]) == sorted(handles)
    assert min(map(len, halves)) > 60


def test_on_genuine_pairs_the_formula_finds_what_it_found_before(shared_data: Path) -> None:
    file = shared_data / "accounts" / "instagram_genuine_influencer_handle_name.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["full_name"].isascii()]
    pairs = [
        Pair(row["handle"].lower(), " ".join(row["full_name"].lower().split()) or None)
        for row in rows
        if in_split(row["handle"], "dev")
    ]
    formula, _, loose = judge(pairs)
    assert formula.auc > 0.93
    assert loose.matched[1].genuine > formula.matched[1].genuine + 0.2
