"""Paired comparisons, the verdict, and how often the gate errs."""

from __future__ import annotations

import importlib
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.enrichment.evaluation.error_rates import at_least, discordance, error_rates
from upbeat.enrichment.evaluation.intervals import share_of
from upbeat.enrichment.evaluation.paired import compare, mid_p, normal_below, tango_z
from upbeat.enrichment.evaluation.verdict import ALPHA_LOSS, ALPHA_MARGIN, MARGIN, decide, judge
from upbeat.settings import REPOSITORY

counts = st.integers(0, 60)


def scores(right: int, wrong: int) -> list[float | None]:
    return [1.0] * right + [0.0] * wrong


@given(counts, counts)
@settings(max_examples=50)
def test_mid_p_is_the_sum_of_the_binomial_distribution(lost: int, won: int) -> None:
    pairs = lost + won
    exact = sum(Fraction(comb(pairs, k), 2**pairs) for k in range(lost + 1, pairs + 1))
    exact += Fraction(comb(pairs, lost), 2 ** (pairs + 1))
    assert mid_p(lost, won) == pytest.approx(float(exact) if pairs else 1.0)


@given(counts, counts, st.integers(0, 500), st.floats(0.001, 0.4))
def test_the_score_of_a_loss_falls_as_the_loss_grows_and_is_zero_at_the_observed_one(
    lost: int, won: int, same: int, loss: float
) -> None:
    rows = lost + won + same + 1
    assert tango_z(lost, won, rows, loss) >= tango_z(lost, won, rows, loss + 0.01) - 1e-9
    if lost > won:
        assert tango_z(lost, won, rows, (lost - won) / rows) == pytest.approx(0, abs=1e-9)


def test_a_share_has_its_rows_and_none_of_no_rows() -> None:
    found = share_of(15, 20)  # Newcombe (1998) gives 0.531 to 0.888
    assert found is not None
    assert (found.value, round(found.low, 3), round(found.high, 3), found.rows) == (0.75, 0.531, 0.888, 20)
    assert share_of(0, 0) is None


@given(st.integers(1, 400), st.data())
def test_the_interval_of_a_difference_holds_the_difference(rows: int, data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=rows))
    before, after = zip(*pairs, strict=True)
    found = compare("f", list(map(float, before)), list(map(float, after)), margin=MARGIN, is_binary=True)
    assert found.low - 1e-9 <= found.difference <= found.high + 1e-9


def test_means_are_compared_by_a_bootstrap_that_a_seed_repeats() -> None:
    before, after = [0.8, 0.6, 1.0, 0.4] * 100, [0.7, 0.5, 0.9, 0.3] * 100
    found = compare("topics", before, after, margin=MARGIN, is_binary=False)
    assert found == compare("topics", before, after, margin=MARGIN, is_binary=False)
    assert (found.lost, found.won) == (400, 0)
    assert found.p_loss < ALPHA_LOSS / 3
    same = compare("topics", before, before, margin=MARGIN, is_binary=False)
    assert (same.p_loss, same.p_margin <= ALPHA_MARGIN) == (1.0, True)


def test_a_bootstrap_of_few_rows_decides_nothing() -> None:
    found = compare("topics", [0.5] * 100, [0.5] * 100, margin=MARGIN, is_binary=False)
    assert decide([found]).verdict == "undecided"


@pytest.mark.parametrize(
    ("rows", "lost", "won", "verdict"),
    [
        (2_000, 120, 20, "worse"),
        (2_000, 20, 20, "not_worse"),
        (2_000, 0, 0, "not_worse"),
        (50, 0, 0, "undecided"),
        (50, 2, 2, "undecided"),
        (50, 12, 0, "worse"),
        (200, 12, 8, "undecided"),
        (20_000, 150, 60, "worse"),
    ],
)
def test_the_verdict_on_one_field(rows: int, lost: int, won: int, verdict: str) -> None:
    same = rows - lost - won
    before = scores(lost, won) + scores(same, 0)
    after = [0.0] * lost + [1.0] * won + scores(same, 0)
    assert judge("base_gender", {"gender": before}, {"gender": after}).verdict == verdict


def test_one_field_that_lost_is_enough_whatever_the_others_won() -> None:
    lost, won = scores(1_800, 200), scores(1_900, 100)
    found = judge(
        "base_location", {"country": won, "city": lost}, {"country": lost, "city": scores(2_000, 0)}
    )
    assert (found.verdict, found.lost) == ("worse", ("country",))


def test_a_field_that_no_row_labels_is_open_however_good_the_others_are() -> None:
    same = scores(2_000, 0)
    found = judge("base_location", {"country": same}, {"country": same})
    assert (found.verdict, found.open) == ("undecided", ("city",))
    lost = judge("base_location", {"country": same}, {"country": scores(1_800, 200)})
    assert lost.verdict == "worse"


def test_rows_without_a_label_are_left_out_of_both_sides() -> None:
    before: list[float | None] = [1.0, None] * 300
    found = judge("base_gender", {"gender": before}, {"gender": before})
    assert found.fields[0].rows == 300
    with pytest.raises(ValueError, match="not of the same rows"):
        judge("base_gender", {"gender": before}, {"gender": [1.0] * 600})


@pytest.mark.parametrize(("accuracy", "noise"), [(0.75, 0.19), (0.85, 0.19), (0.92, 0.19), (0.92, 0.51)])
def test_at_2000_rows_five_points_are_blocked_and_nothing_lost_passes_in_19_of_20_trials(
    accuracy: float, noise: float
) -> None:
    lost = error_rates(2_000, *discordance(accuracy, 0.05, noise))
    unchanged = error_rates(2_000, *discordance(accuracy, 0.0, noise))
    assert lost.worse > 0.999
    assert at_least(19, 20, 1 - lost.not_worse) > 0.999
    assert at_least(19, 20, unchanged.not_worse) > 0.98


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_a_loss_of_the_margin_passes_no_oftener_than_stated(noise: float) -> None:
    assert error_rates(2_000, *discordance(0.85, MARGIN, noise)).not_worse <= ALPHA_MARGIN + 0.002


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0])
def test_nothing_lost_is_called_worse_no_oftener_than_stated(noise: float) -> None:
    assert error_rates(1_000, *discordance(0.85, 0.0, noise)).worse <= ALPHA_LOSS * 1.05


def test_the_normal_distribution_is_that_of_the_tables() -> None:
    assert normal_below(-1.6448536269514722) == pytest.approx(0.05)


@pytest.mark.parametrize("seed", [0, 1])
def test_against_the_sandbox_a_lost_five_points_are_blocked_and_an_unchanged_prompt_passes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    found = importlib.import_module("benchmarks.prompt_gate").trial(seed)
    assert (found.regressed, found.unchanged) == ("worse", "not_worse")
