"""Figures of calibration on probabilities whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from upbeat.authenticity.model.calibration import brier_score, calibration_error, reliability

RANDOM = np.random.default_rng(4)
SAID = RANDOM.random(20_000)
CAME_TRUE = RANDOM.random(20_000) < SAID


def test_probabilities_that_come_true_as_often_as_they_say_have_next_to_no_error() -> None:
    assert calibration_error(SAID, CAME_TRUE) < 0.015
    assert brier_score(SAID, CAME_TRUE) == pytest.approx(1 / 6, abs=0.005)  # the mean of p(1 − p) over 0 to 1


def test_saying_too_much_is_an_error_of_that_much() -> None:
    assert calibration_error(SAID * 0.5 + 0.5, RANDOM.random(20_000) < SAID * 0.5 + 0.3) == pytest.approx(
        0.2, abs=0.015
    )


def test_bins_hold_all_accounts_by_rising_probability() -> None:
    table = reliability(SAID[:101], CAME_TRUE[:101])
    assert sum(part.accounts for part in table) == 101
    assert [part.said for part in table] == sorted(part.said for part in table)


def test_fewer_accounts_than_bins_make_fewer_bins() -> None:
    assert len(reliability(SAID[:3], CAME_TRUE[:3])) == 3
