"""The file that ships is what its data give, and keeps what it promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.authenticity.model.made_accounts import rule_score

from upbeat.authenticity.model.accounts import TRAINING_FILE, LabelledAccounts, read_accounts
from upbeat.authenticity.model.cross_validation import out_of_fold
from upbeat.authenticity.model.features import Features, feature_names
from upbeat.authenticity.model.fit import fit
from upbeat.authenticity.model.parameters import MODEL_FILE, read_parameters


@pytest.fixture(scope="module")
def accounts(shared_data: Path) -> LabelledAccounts:
    return read_accounts(shared_data / "accounts" / TRAINING_FILE)


@pytest.fixture(scope="module")
def features(accounts: LabelledAccounts) -> Features:
    return Features(accounts.followers, [rule_score()] * len(accounts.followers))


def test_the_figures_reach_what_was_asked_for() -> None:
    best = read_parameters().models[0].figures
    assert best.auc >= 0.94
    assert best.calibration_error < 0.02


def test_every_line_of_the_training_file_is_read(accounts: LabelledAccounts) -> None:
    assert accounts.left_out == []
    assert (len(accounts.followers), int(accounts.fake.sum())) == (676, 70)


def test_the_curves_that_ship_are_those_that_the_data_give(
    accounts: LabelledAccounts, features: Features
) -> None:
    for shipped in read_parameters().models:
        names = feature_names(shipped.groups)
        again = fit(features.table(names), accounts.fake, names)
        assert again.knots == shipped.knots
        for curve, other in zip(again.curves, shipped.curves, strict=True):
            np.testing.assert_allclose(curve.log_odds, other.log_odds, atol=1e-3)


def test_one_repetition_of_the_cross_validation_confirms_the_figures(
    accounts: LabelledAccounts, features: Features
) -> None:
    shipped = read_parameters().models[0]
    names = feature_names(shipped.groups)
    judged = out_of_fold(features.table(names), accounts.fake, names, repeats=1)
    assert judged.aucs().mean() == pytest.approx(shipped.figures.auc, abs=0.02)


def test_no_handle_of_a_labelled_account_is_in_the_file(accounts: LabelledAccounts) -> None:
    text = MODEL_FILE.read_text(encoding="utf-8")
    words = {"fake", "genuine", "handle"}
    assert [f.handle for f in accounts.followers if f'"{f.handle}"' in text and f.handle not in words] == []
