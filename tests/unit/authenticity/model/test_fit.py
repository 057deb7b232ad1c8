"""A fitted sub-model finds what is there, and its curves add up."""

from __future__ import annotations

import numpy as np
import pytest

from upbeat.authenticity.model.calibration import calibration_error
from upbeat.authenticity.model.fit import Fitted, _platt, fit

NAMES = ("log_followers", "digits", "has_picture")
RANDOM = np.random.default_rng(11)
TABLE = np.stack(
    [RANDOM.normal(5, 2, 3_000), RANDOM.poisson(1, 3_000), RANDOM.random(3_000) < 0.9], axis=1
).astype(float)
# Rises to the middle and falls again: no straight line says it.
TRUTH = -1.5 - np.abs(TABLE[:, 0] - 5) + 0.5 * TABLE[:, 1]
FAKE = RANDOM.random(3_000) < 1 / (1 + np.exp(-TRUTH))


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(TABLE, FAKE, NAMES)


def test_the_log_odds_are_near_those_that_made_the_labels(fitted: Fitted) -> None:
    assert np.corrcoef(fitted.log_odds(TABLE), TRUTH)[0, 1] > 0.97
    assert fitted.log_odds(TABLE).mean() == pytest.approx(TRUTH.mean(), abs=0.3)


def test_training_chooses_a_bend_where_there_is_one(fitted: Fitted) -> None:
    assert fitted.knots > 0
    assert len(fitted.curves[0].at) == fitted.knots + 2


def test_only_counts_bend(fitted: Fitted) -> None:
    assert [len(curve.at) for curve in fitted.curves[1:]] == [2, 2]


def test_every_curve_is_nought_on_average(fitted: Fitted) -> None:
    for curve, column in zip(fitted.curves, TABLE.T, strict=True):
        assert np.interp(column, curve.at, curve.log_odds).mean() == pytest.approx(0, abs=1e-9)


def test_beyond_what_training_saw_a_curve_is_level(fitted: Fitted) -> None:
    far, end = TABLE[:1].copy(), TABLE[:1].copy()
    far[0, 0], end[0, 0] = 1e6, TABLE[:, 0].max()
    assert fitted.log_odds(far) == pytest.approx(fitted.log_odds(end))


def test_a_flag_that_is_not_known_adds_nothing(fitted: Fitted) -> None:
    unknown = TABLE[:1].copy()
    unknown[0, 2] = np.nan
    curve = fitted.curves[2]
    added = np.interp(TABLE[0, 2], curve.at, curve.log_odds)
    assert fitted.log_odds(unknown) + added == pytest.approx(fitted.log_odds(TABLE[:1]))


def test_a_feature_that_never_varies_adds_nothing() -> None:
    table = TABLE[:400].copy()
    table[:, 0], table[:, 2] = 3.0, 1.0
    constant = fit(table, FAKE[:400], NAMES)
    assert constant.curves[0].log_odds == constant.curves[2].log_odds == (0.0,)
    assert np.isfinite(constant.log_odds(TABLE)).all()


@pytest.mark.parametrize("seed", range(6))
def test_calibration_never_turns_the_ranking_round(seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(
        FAKE[:200]
    )  # without any meaning: some folds rank the wrong way
    assert fit(TABLE[:200], labels, NAMES, seed=seed).slope >= 0


def test_where_the_features_tell_nothing_everybody_gets_the_base_rate() -> None:
    slope, offset = _platt(np.where(FAKE, -1.0, 1.0), FAKE)
    assert slope == 0
    assert 1 / (1 + np.exp(-offset)) == pytest.approx(FAKE.mean())


def test_calibrated_log_odds_come_true_on_accounts_that_were_not_seen() -> None:
    fitted = fit(TABLE[:1_500], FAKE[:1_500], NAMES)
    said = 1 / (1 + np.exp(-fitted.log_odds(TABLE[1_500:])))
    assert calibration_error(said, FAKE[1_500:]) < 0.04


def test_a_column_without_any_value_does_no_harm() -> None:
    table = TABLE[:400].copy()
    table[:, 2] = np.nan
    assert np.isfinite(fit(table, FAKE[:400], NAMES).log_odds(table)).all()
