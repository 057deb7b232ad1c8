"""The share of fakes in an audience: the correction, the interval, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.authenticity.audience import (
    AudienceShare,
    ErrorRates,
    of_a_mixture,
    share_from_counts,
    share_of_fakes,
)
from upbeat.errors import InputError

RATES = ErrorRates(threshold=0.1, fakes=70, fakes_flagged=60, genuine=606, genuine_flagged=60)


def share_of(
    flagged: int, sample: int, rates: ErrorRates = RATES, audience: int | None = None
) -> AudienceShare:
    share = share_from_counts(flagged, sample, errors=rates, audience=audience)
    assert share is not None
    return share


@st.composite
def error_rates(draw: st.DrawFn) -> ErrorRates:
    fakes, genuine = draw(st.integers(10, 500)), draw(st.integers(10, 2_000))
    return ErrorRates(
        threshold=0.5,
        fakes=fakes,
        fakes_flagged=draw(st.integers(-(-fakes * 6 // 10), fakes)),
        genuine=genuine,
        genuine_flagged=draw(st.integers(0, genuine * 3 // 10)),
    )


def test_scores_at_the_threshold_are_flagged_and_missing_ones_are_left_out() -> None:
    share = share_of_fakes([0.1, 0.09, None, 0.9, None, 0.0], errors=RATES)
    assert share is not None
    assert (share.flagged, share.sample) == (2, 4)


@pytest.mark.parametrize("scores", [[], [None, None]])
def test_a_sample_without_scores_says_nothing(scores: list[float | None]) -> None:
    assert share_of_fakes(scores, errors=RATES) is None


def test_the_share_is_corrected_by_the_formula_of_rogan_and_gladen() -> None:
    rates = ErrorRates(threshold=0.5, fakes=100, fakes_flagged=80, genuine=100, genuine_flagged=10)
    assert share_of(310, 1_000, rates).share == pytest.approx(0.3)  # 0.3 × 0.8 + 0.7 × 0.1 = 0.31


def test_fewer_flagged_than_the_errors_alone_would_flag_is_no_fakes_at_all() -> None:
    share = share_of(1, 1_000)
    assert share.share == share.low == 0


@given(error_rates(), st.integers(1, 5_000), st.data())
def test_limits_are_in_order_and_within_nought_and_one(
    rates: ErrorRates, sample: int, data: st.DataObject
) -> None:
    flagged = data.draw(st.integers(0, sample))
    audience = data.draw(st.none() | st.integers(sample, 10**8))
    share = share_of(flagged, sample, rates, audience)
    assert 0 <= share.low <= share.share <= share.high <= 1


@given(error_rates(), st.integers(2, 2_000), st.data())
def test_one_more_flagged_account_lowers_nothing(rates: ErrorRates, sample: int, data: st.DataObject) -> None:
    flagged = data.draw(st.integers(0, sample - 1))
    fewer, more = share_of(flagged, sample, rates), share_of(flagged + 1, sample, rates)
    assert fewer.share <= more.share
    assert fewer.low <= more.low + 1e-12
    assert fewer.high <= more.high + 1e-12


def test_a_sample_that_is_the_audience_leaves_only_the_errors_of_the_score() -> None:
    part, whole = share_of(300, 1_000), share_of(300, 1_000, audience=1_000)
    assert 0 < whole.high - whole.low < part.high - part.low


@pytest.mark.parametrize("share", [0.02, 0.1, 0.4])
@pytest.mark.parametrize(("sample", "audience"), [(300, None), (2_000, None), (600, 1_000)])
def test_the_interval_holds_the_true_share_about_as_often_as_it_says(
    share: float, sample: int, audience: int | None
) -> None:
    held = np.mean([_holds(share, sample, audience, seed) for seed in range(1_000)])
    assert 0.93 <= held <= 1.0


def _holds(share: float, sample: int, audience: int | None, seed: int) -> bool:
    """One study: rates measured on 70 fakes and 606 genuine, then a sample drawn and judged."""
    random = np.random.default_rng(seed)
    sensitivity, specificity = 0.85, 0.9
    rates = ErrorRates(
        threshold=0.5,
        fakes=70,
        fakes_flagged=int(random.binomial(70, sensitivity)),
        genuine=606,
        genuine_flagged=int(random.binomial(606, 1 - specificity)),
    )
    size = audience or 10**7
    fakes = random.hypergeometric(round(size * share), size - round(size * share), sample)
    flagged = random.binomial(fakes, sensitivity) + random.binomial(sample - fakes, 1 - specificity)
    found = share_of(int(flagged), sample, rates, audience)
    return found.low <= share <= found.high


def test_a_score_no_better_than_chance_is_refused() -> None:
    chance = ErrorRates(threshold=0.5, fakes=10, fakes_flagged=5, genuine=10, genuine_flagged=5)
    with pytest.raises(InputError, match="no better than chance"):
        share_from_counts(1, 10, errors=chance)


@pytest.mark.parametrize(
    ("flagged", "sample", "audience", "confidence"),
    [(11, 10, None, 0.95), (-1, 10, None, 0.95), (1, 10, 9, 0.95), (1, 10, None, 1.0)],
)
def test_numbers_that_cannot_be_are_refused(
    flagged: int, sample: int, audience: int | None, confidence: float
) -> None:
    with pytest.raises(InputError):
        share_from_counts(flagged, sample, errors=RATES, audience=audience, confidence=confidence)


def test_error_rates_need_both_kinds_of_account() -> None:
    with pytest.raises(InputError, match="both"):
        ErrorRates(threshold=0.5, fakes=0, fakes_flagged=0, genuine=10, genuine_flagged=0)


def test_two_of_two_prove_nothing() -> None:
    assert not ErrorRates(
        threshold=0.5, fakes=2, fakes_flagged=2, genuine=2, genuine_flagged=0
    ).is_informative
    assert ErrorRates(threshold=0.5, fakes=20, fakes_flagged=20, genuine=20, genuine_flagged=0).is_informative


def test_a_mixture_of_models_errs_as_each_of_them_by_its_part_and_is_no_surer_than_one() -> None:
    other = ErrorRates(threshold=0.1, fakes=70, fakes_flagged=40, genuine=606, genuine_flagged=145)
    assert of_a_mixture([(RATES, 5)]) == RATES
    mixed = of_a_mixture([(RATES, 100), (other, 300)])
    assert (mixed.fakes, mixed.genuine) == (70, 606)
    assert mixed.sensitivity == pytest.approx(0.25 * 60 / 70 + 0.75 * 40 / 70, abs=0.01)
    assert mixed.specificity == pytest.approx(1 - (0.25 * 60 + 0.75 * 145) / 606, abs=0.001)


def test_rates_that_may_as_well_be_chance_are_not_informative_and_leave_everything_open() -> None:
    nearly_chance = ErrorRates(threshold=1.0, fakes=70, fakes_flagged=22, genuine=606, genuine_flagged=187)
    assert RATES.is_informative
    assert not nearly_chance.is_informative
    share = share_of(300, 1_000, nearly_chance)
    assert (share.low, share.high) == (0, 1)
