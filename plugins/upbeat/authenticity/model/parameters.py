"""The follower model as a file: small, readable JSON, in which every feature is a curve of log-odds."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import msgspec

from upbeat.authenticity.audience import ErrorRates
from upbeat.authenticity.model.features import COMBINATIONS, feature_names
from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

MODEL_FILE = REPOSITORY / "include" / "authenticity" / "model" / "follower_model.json"
FORMAT = 1


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature adds to the log-odds of being fake.

    Attributes:
        feature: its name in `features`.
        at: values of the feature, rising; below the first and above the last the curve is level.
        log_odds: what it adds at each of them, straight between; 0 on average over the training accounts.
    """

    feature: str
    at: tuple[float, ...]
    log_odds: tuple[float, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How a sub-model did in cross-validation on accounts that it had not seen; chosen and calibrated inside.

    Attributes:
        auc: mean of the folds.
        auc_low: lower end of its 95 % interval.
        auc_high: upper end.
        brier: mean squared error of the probability.
        calibration_error: expected calibration error over ten equally filled bins.
    """

    auc: float
    auc_low: float
    auc_high: float
    brier: float
    calibration_error: float


class SubModel(msgspec.Struct, frozen=True, kw_only=True):
    """The model for accounts of which a given set of groups is known.

    Attributes:
        groups: of `features.GROUPS`.
        intercept: log-odds of an average account.
        curves: one a feature.
        knots: bends of the curves of counts that training chose.
        regularisation: `C` of scikit-learn's logistic regression that training chose.
        slope: of the calibration, already in the curves and the intercept.
        errors: of "probability >= threshold", out of fold.
        figures: out of fold.
    """

    groups: tuple[str, ...]
    intercept: float
    curves: tuple[Curve, ...]
    knots: int
    regularisation: float
    slope: float
    errors: ErrorRates
    figures: Figures


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file.

    Attributes:
        format: of the file, 1.
        version: of the parameters, a digest of them.
        licence: of the file, as the training data ask for it.
        trained_on: what the training accounts were.
        accounts: training accounts.
        fakes: those of them that are fake.
        rule_errors: of the rules on the same accounts, a score of 1.0 taken for fake.
        models: sub-models, the one that knows most first.
    """

    format: int
    version: str
    licence: str
    trained_on: str
    accounts: int
    fakes: int
    rule_errors: ErrorRates
    models: tuple[SubModel, ...]


def read_parameters(path: Path = MODEL_FILE) -> Parameters:
    """The parameters of a file.

    Raises:
        InputError: there is none, or it is not one of this format.
    """
    try:
        parameters = msgspec.json.decode(path.read_bytes(), type=Parameters)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}: make it with `upbeat train follower-model`"
        ) from error
    except (msgspec.DecodeError, InputError) as error:
        raise InputError(
            f"{path}: no follower model: {error}: make it anew with `upbeat train follower-model`"
        ) from error
    problem = _problem(parameters)
    if problem:
        raise InputError(f"{path}: {problem}: make it anew with `upbeat train follower-model`")
    return parameters


def write_parameters(parameters: Parameters, path: Path) -> None:
    """Write the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(parameters), indent=1) + b"\n")
    draft.replace(path)


def with_version(parameters: Parameters) -> Parameters:
    """The same with the version that follows from its content."""
    unnamed = msgspec.structs.replace(parameters, version="")
    digest = hashlib.sha256(msgspec.json.encode(unnamed)).hexdigest()
    return msgspec.structs.replace(parameters, version=f"{FORMAT}.{digest[:10]}")


def _problem(parameters: Parameters) -> str | None:
    if parameters.format != FORMAT:
        return f"format {parameters.format}, this program reads {FORMAT}"
    if not parameters.models or parameters.models[-1].groups:
        return "the sub-model for a handle alone is missing"
    for model in parameters.models:
        if model.groups not in COMBINATIONS:
            return f"unknown groups {', '.join(model.groups)}"
        if tuple(curve.feature for curve in model.curves) != feature_names(model.groups):
            return f"the curves of sub-model {name_of(model.groups)} are not those of its features"
        for curve in model.curves:
            if not _is_whole(curve):
                return f"the curve of {curve.feature} is broken"
    return None


def _is_whole(curve: Curve) -> bool:
    """A value for every node, and nodes that rise: between two at one place no line is drawn."""
    rises = all(earlier < later for earlier, later in itertools.pairwise(curve.at))
    return 1 <= len(curve.at) == len(curve.log_odds) and rises


def name_of(groups: tuple[str, ...]) -> str:
    """The name of a sub-model in tables: `handle + reach + posts`."""
    return " + ".join(("handle", *groups))
