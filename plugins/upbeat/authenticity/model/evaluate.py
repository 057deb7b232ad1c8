"""How good the follower model is: beside the rules and beside calling everyone genuine, on accounts that it has not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from upbeat.authenticity.audience import ErrorRates
from upbeat.authenticity.follower import RuleScore
from upbeat.authenticity.model.accounts import LabelledAccounts
from upbeat.authenticity.model.calibration import (
    ReliabilityBin,
    brier_score,
    calibration_error,
    reliability,
)
from upbeat.authenticity.model.cross_validation import (
    FOLDS,
    REPEATS,
    Interval,
    OutOfFold,
    error_rates,
    interval,
    of_a_share,
    of_fixed_scores,
    out_of_fold,
    out_of_fold_of_the_best,
    share_interval,
)
from upbeat.authenticity.model.features import COMBINATIONS, Features, feature_names
from upbeat.authenticity.model.fit import Labels
from upbeat.authenticity.model.handles import Floats
from upbeat.authenticity.model.parameters import name_of
from upbeat.authenticity.model.predict import FollowerModel, contributions
from upbeat.authenticity.model.train import FAKE_BY_RULES, FEWEST
from upbeat.authenticity.model.tried_features import tables_of_tried_features

RULES, ALWAYS_GENUINE, CHOSEN_INSIDE = "rules", "always genuine", "features chosen inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFigures:
    """One way to judge accounts.

    Attributes:
        method: a sub-model by its groups, the rules, or calling everyone genuine.
        auc: area under the ROC curve; 0.5 is chance.
        above_rules: the gain in AUC over the rules, fold by fold; None for the rules themselves.
        fakes: accounts that are fake, of those that the method judges.
        fakes_flagged: those of them that are flagged, on average over the repetitions.
        sensitivity: share of the fakes that is flagged, with Wilson's interval.
        genuine: accounts that are not fake.
        genuine_flagged: those of them that are flagged, wrongly.
        specificity: share of the genuine that is not flagged, with Wilson's interval.
        accuracy: share of all that is judged rightly; calling everyone genuine reaches the share of the genuine.
        brier: of the probabilities; None for what says none.
        calibration_error: expected, over ten equally filled bins; None for what says no probabilities.
    """

    method: str
    auc: Interval
    above_rules: Interval | None
    fakes: int
    fakes_flagged: int
    sensitivity: Interval
    genuine: int
    genuine_flagged: int
    specificity: Interval
    accuracy: float
    brier: float | None = None
    calibration_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfDomain:
    """The shipped model and the rules on a set that had no part in training, from elsewhere.

    `auc` and the rest are of the model, `rules_…` of the rules. `mean_probability` beside `share_of_fakes` tells how far the
    calibration carries: not to a set that was put together half and half.
    """

    source: str
    accounts: int
    share_of_fakes: float
    not_judged: int
    auc: float
    mean_probability: float
    sensitivity: float
    specificity: float
    rules_auc: float
    rules_sensitivity: float
    rules_specificity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureWeight:
    """How much one feature of the shipped model moves the log-odds: the standard deviation over the accounts, and its ends."""

    method: str
    feature: str
    deviation: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All of it.

    Attributes:
        methods: sub-models, where it was asked for the one whose features every fold chooses, the rules, and calling all genuine.
        reliability: of the sub-model that knows most, out of fold.
        rules_are_informative: whether the rules flag fakes more often than genuine accounts beyond doubt; without that no
            share of fakes follows from them.
        features_chosen: how many folds chose which of the features that were tried, most first; empty where none chose.
    """

    source: str
    accounts: int
    fakes: int
    folds: int
    repeats: int
    methods: list[MethodFigures]
    reliability: list[ReliabilityBin]
    rules_are_informative: bool
    features_chosen: list[tuple[int, tuple[str, ...]]]
    out_of_domain: list[OutOfDomain]
    weights: list[FeatureWeight]
    version: str


Rules = Sequence[RuleScore]


def evaluate(
    accounts: LabelledAccounts,
    rules: Rules,
    elsewhere: Sequence[tuple[LabelledAccounts, Rules]],
    model: FollowerModel,
    *,
    repeats: int = REPEATS,
    choose_features: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Cross-validate on `accounts`, then try the shipped model on the sets from elsewhere.

    Every fold chooses bends and regularisation, fits and calibrates anew without its test accounts. The shipped model itself is
    never tried on `accounts`, which it was trained on.

    Args:
        accounts: labelled, of the kind that the model was trained on.
        rules: the rules' score of each.
        elsewhere: other labelled sets.
        model: the one that ships.
        repeats: of the five-fold cross-validation.
        choose_features: let every fold also choose among the features that were tried (`tried_features`). The features that
            ship were chosen with all labels in view; this is what the method reaches without that.
        progress: is told what begins.
    """
    features, fake = Features(accounts.followers, rules), accounts.fake
    scores = np.array([rule.score for rule in rules])
    by_rules = of_fixed_scores(scores, fake, repeats=repeats)
    methods: list[MethodFigures] = []
    table: list[ReliabilityBin] = []
    for groups in COMBINATIONS:
        rows = features.knows(groups)
        if min(fake[rows].sum(), (~fake[rows]).sum()) < FEWEST:
            continue
        progress(name_of(groups))
        names = feature_names(groups)
        judged = out_of_fold(features.table(names)[rows], fake[rows], names, repeats=repeats)
        same_rows = of_fixed_scores(scores[rows], fake[rows], repeats=repeats)
        methods.append(_of_model(name_of(groups), judged, same_rows, float(fake.mean())))
        table = table or reliability(*judged.pooled())
    chosen: Counter[tuple[str, ...]] = Counter()
    if choose_features:
        progress(CHOSEN_INSIDE)
        figures, chosen = _chosen_inside(features, scores, fake, repeats)
        methods.append(figures)
    methods.append(_of_rules(by_rules))
    methods.append(_always_genuine(by_rules))
    return Evaluation(
        source=accounts.source,
        accounts=len(fake),
        fakes=int(fake.sum()),
        folds=FOLDS,
        repeats=repeats,
        methods=methods,
        reliability=table,
        rules_are_informative=by_rules.errors(FAKE_BY_RULES).is_informative,
        features_chosen=[(folds, names) for names, folds in chosen.most_common()],
        out_of_domain=[out_of_domain(other, its_rules, model) for other, its_rules in elsewhere],
        weights=feature_weights(model, features),
        version=model.version,
    )


def out_of_domain(accounts: LabelledAccounts, rules: Rules, model: FollowerModel) -> OutOfDomain:
    """The shipped model and the rules on one set; accounts that the model cannot judge are left out for both."""
    from sklearn.metrics import roc_auc_score

    scores = model.score(accounts.followers, rules)
    judged = np.array([score is not None for score in scores])
    fake = accounts.fake[judged]
    probabilities = np.array([score.probability for score in scores if score is not None])
    by_rules = np.array([rule.score for rule in rules])[judged]
    rates = _rates(probabilities, fake, model.parameters.models[0].errors.threshold)
    rule_rates = _rates(by_rules, fake, FAKE_BY_RULES)
    return OutOfDomain(
        source=accounts.source,
        accounts=len(fake),
        share_of_fakes=float(fake.mean()),
        not_judged=int((~judged).sum()),
        auc=float(roc_auc_score(fake, probabilities)),
        mean_probability=float(probabilities.mean()),
        sensitivity=rates.sensitivity,
        specificity=rates.specificity,
        rules_auc=float(roc_auc_score(fake, by_rules)),
        rules_sensitivity=rule_rates.sensitivity,
        rules_specificity=rule_rates.specificity,
    )


def feature_weights(model: FollowerModel, features: Features) -> list[FeatureWeight]:
    """The features of every sub-model, those that move its log-odds most first."""
    weights = []
    for part in model.parameters.models:
        rows = features.knows(part.groups)
        if not rows.any():
            continue
        deviations = contributions(part, features)[rows].std(axis=0)
        weights += [
            FeatureWeight(
                method=name_of(part.groups),
                feature=part.curves[place].feature,
                deviation=float(deviations[place]),
                lowest=min(part.curves[place].log_odds),
                highest=max(part.curves[place].log_odds),
            )
            for place in np.argsort(-deviations)
        ]
    return weights


def _chosen_inside(
    features: Features, scores: Floats, fake: Labels, repeats: int
) -> tuple[MethodFigures, Counter[tuple[str, ...]]]:
    rows = features.knows(("reach", "posts"))
    judged, chosen = out_of_fold_of_the_best(tables_of_tried_features(features), fake[rows], repeats=repeats)
    same_rows = of_fixed_scores(scores[rows], fake[rows], repeats=repeats)
    return _of_model(CHOSEN_INSIDE, judged, same_rows, float(fake.mean())), chosen


def _of_model(method: str, judged: OutOfFold, by_rules: OutOfFold, threshold: float) -> MethodFigures:
    pooled, labels = judged.pooled()
    return _figures(
        method,
        judged,
        judged.errors(threshold),
        above_rules=interval(judged.aucs() - by_rules.aucs()),
        brier=brier_score(pooled, labels),
        calibration_error=calibration_error(pooled, labels),
    )


def _of_rules(by_rules: OutOfFold) -> MethodFigures:
    return _figures(RULES, by_rules, by_rules.errors(FAKE_BY_RULES), above_rules=None)


def _always_genuine(by_rules: OutOfFold) -> MethodFigures:
    same = OutOfFold(
        probabilities=np.zeros_like(by_rules.probabilities), fake=by_rules.fake, tests=by_rules.tests
    )
    gain = interval(same.aucs() - by_rules.aucs())
    return _figures(ALWAYS_GENUINE, same, same.errors(FAKE_BY_RULES), above_rules=gain)


def _figures(
    method: str,
    judged: OutOfFold,
    errors: ErrorRates,
    *,
    above_rules: Interval | None,
    brier: float | None = None,
    calibration_error: float | None = None,
) -> MethodFigures:
    right = errors.fakes_flagged + errors.genuine - errors.genuine_flagged
    return MethodFigures(
        method=method,
        auc=of_a_share(interval(judged.aucs())),
        above_rules=above_rules,
        fakes=errors.fakes,
        fakes_flagged=errors.fakes_flagged,
        sensitivity=share_interval(errors.fakes_flagged, errors.fakes),
        genuine=errors.genuine,
        genuine_flagged=errors.genuine_flagged,
        specificity=share_interval(errors.genuine - errors.genuine_flagged, errors.genuine),
        accuracy=right / (errors.fakes + errors.genuine),
        brier=brier,
        calibration_error=calibration_error,
    )


def _rates(scores: Floats, fake: Labels, threshold: float) -> ErrorRates:
    return error_rates((scores >= threshold).astype(np.float64), fake, threshold)
