"""`upbeat train follower-model` and `upbeat evaluate follower-model`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.evaluate import evaluate_app
from upbeat.cli.json_output import Json, print_json
from upbeat.cli.train import train_app

if TYPE_CHECKING:
    from upbeat.authenticity.follower import RuleScore
    from upbeat.authenticity.model.accounts import LabelledAccounts
    from upbeat.authenticity.model.cross_validation import Interval
    from upbeat.authenticity.model.evaluate import Evaluation

LICENCE_OF_TRAINING_FILE = "CC BY-SA 4.0; trained on accounts labelled by SRF Data, see NOTICE"

Data = Annotated[
    Path,
    typer.Option(
        metavar="PATH",
        help="A CSV file of labelled accounts (handle, label and what is known of: full_name, followers, following, posts, "
        "has_picture, is_private), or the folder `accounts` of the shared data.",
    ),
]
Repeats = Annotated[int, typer.Option(min=1, max=100, help="Repetitions of the five-fold cross-validation.")]
_SHARED = Path("../shared/data/accounts")


@train_app.command("follower-model")
def train_follower_model(
    data: Data = _SHARED,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; the file that ships when not given.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Of labelled accounts of your own: the model inherits it.")
    ] = None,
    repeats: Repeats = 10,
    json: Json = False,
) -> None:
    """Train the model that judges followers beside the rules, and write its parameters. Takes some minutes.

    A sub-model is made for every combination of what is known (counts of followers and following, posts, a name) for which the
    data hold 50 fakes and 50 genuine accounts. No handle is written anywhere.

    Example: `upbeat train follower-model --data labelled.csv --output model.json`
    """
    from upbeat.authenticity.model.parameters import MODEL_FILE, name_of, write_parameters
    from upbeat.authenticity.model.train import train

    accounts, rules = _training_accounts(data)
    licence = licence or _licence(accounts.source)
    parameters = train(accounts, rules, licence=licence, repeats=repeats, progress=_progress)
    path = output or MODEL_FILE
    write_parameters(parameters, path)
    if json:
        figures = [{"model": name_of(part.groups), **_plain(part.figures)} for part in parameters.models]
        print_json(
            {
                "file": str(path),
                "version": parameters.version,
                "left_out": len(accounts.left_out),
                "models": figures,
            }
        )
        return
    typer.echo(
        f"{path}: version {parameters.version}, {parameters.accounts} accounts, {parameters.fakes} of them fake"
    )
    for part in parameters.models:
        found = part.figures
        typer.echo(
            f"  {name_of(part.groups):<24} AUC {found.auc:.3f} ({found.auc_low:.3f} to {found.auc_high:.3f}), "
            f"Brier {found.brier:.4f}, calibration error {found.calibration_error:.3f}"
        )


@evaluate_app.command("follower-model")
def evaluate_follower_model(
    data: Data = _SHARED,
    repeats: Repeats = 10,
    choose_features: Annotated[
        bool,
        typer.Option(
            "--choose-features",
            help="Also let every fold choose among the features that were tried: those that ship were chosen with all labels in view.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Judge the follower model by cross-validation, beside the rules and beside calling everyone genuine. Takes some minutes.

    Every fold chooses, fits and calibrates without its test accounts. From the folder of the shared data, the shipped model is
    then tried on the sets that had no part in its training. The last lines say whether a share of fakes in an audience follows
    from the rules at all.

    Example: `upbeat evaluate follower-model --repeats 2 --choose-features`
    """
    from upbeat.authenticity.model.evaluate import evaluate
    from upbeat.authenticity.model.predict import FollowerModel

    model = FollowerModel.load()
    accounts, rules = _training_accounts(data)
    elsewhere = [_with_rules(path) for path in _files_elsewhere(data)]
    found = evaluate(
        accounts,
        rules,
        elsewhere,
        model,
        repeats=repeats,
        choose_features=choose_features,
        progress=_progress,
    )
    if json:
        print_json(found)
    else:
        _print(found)


def _licence(source: str) -> str:
    from upbeat.authenticity.model.accounts import TRAINING_FILE
    from upbeat.errors import InputError

    if source != TRAINING_FILE:
        raise InputError(f"{source}: its licence is not known: name it with --licence, the model inherits it")
    return LICENCE_OF_TRAINING_FILE


def _training_accounts(data: Path) -> tuple[LabelledAccounts, list[RuleScore]]:
    from upbeat.authenticity.model.accounts import TRAINING_FILE

    return _with_rules(data / TRAINING_FILE if data.is_dir() else data)


def _files_elsewhere(data: Path) -> list[Path]:
    from upbeat.authenticity.model.accounts import OUT_OF_DOMAIN_FILES

    return [data / name for name in OUT_OF_DOMAIN_FILES if (data / name).exists()]


def _with_rules(path: Path) -> tuple[LabelledAccounts, list[RuleScore]]:
    from upbeat.authenticity.model.accounts import read_accounts
    from upbeat.authenticity.score import Scorer
    from upbeat.settings import Settings

    accounts = read_accounts(path)
    for problem in accounts.left_out[:3]:
        _progress(f"{path.name}: {problem}")
    if accounts.left_out:
        _progress(f"{path.name}: {len(accounts.left_out)} lines left out")
    return accounts, Scorer.load(Settings()).rules(accounts.followers)


def _progress(text: str) -> None:
    typer.echo(text, err=True)


def _plain(struct: Any) -> dict[str, Any]:
    import msgspec

    return msgspec.structs.asdict(struct)


def _print(found: Evaluation) -> None:
    typer.echo(
        f"{found.source}: {found.accounts} accounts, {found.fakes} of them fake; {found.repeats} × {found.folds}-fold "
        "cross-validation, 95 % intervals\n"
    )
    typer.echo(
        f"{'method':<24} {'AUC':<22} {'above the rules':<25} {'sensitivity':<30} {'specificity':<32} accur. Brier   ECE"
    )
    for row in found.methods:
        gain = row.above_rules
        typer.echo(
            f"{row.method:<24} {row.auc.mean:.3f} ({row.auc.low:.3f} to {row.auc.high:.3f}) "
            + (f"{gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})" if gain else "").ljust(25)
            + f" {_of(row.sensitivity, row.fakes_flagged, row.fakes):<30} "
            + f"{_of(row.specificity, row.genuine - row.genuine_flagged, row.genuine):<32} "
            + f"{row.accuracy:.3f}  {_or_dash(row.brier)}  {_or_dash(row.calibration_error)}"
        )
    for folds, names in found.features_chosen:
        typer.echo(f"  {folds} of {found.folds * found.repeats} folds chose {', '.join(names)}")
    typer.echo("\nReliability of the first (equally filled bins)\naccounts  said   found")
    for part in found.reliability:
        typer.echo(f"{part.accounts:>8}  {part.said:.3f}  {part.found:.3f}")
    _print_elsewhere(found)
    typer.echo(f"\n{_of_audiences(found)}")
    typer.echo(
        f"\nWeights of version {found.version}: standard deviation and ends of what a feature adds to the log-odds"
    )
    for weight in found.weights:
        typer.echo(
            f"{weight.method:<24} {weight.feature:<28} {weight.deviation:.2f}  {weight.lowest:+.2f} to {weight.highest:+.2f}"
        )


def _print_elsewhere(found: Evaluation) -> None:
    if not found.out_of_domain:
        return
    typer.echo("\nOther sets, none seen in training (model / rules)")
    for other in found.out_of_domain:
        typer.echo(
            f"{other.source}: {other.accounts} accounts, {other.share_of_fakes:.0%} fake, mean probability "
            f"{other.mean_probability:.2f}: AUC {other.auc:.3f} / {other.rules_auc:.3f}, sensitivity "
            f"{other.sensitivity:.2f} / {other.rules_sensitivity:.2f}, specificity "
            f"{other.specificity:.2f} / {other.rules_specificity:.2f}"
        )


def _of_audiences(found: Evaluation) -> str:
    """What an analyst may read of a whole audience, and why."""
    if found.rules_are_informative:
        return "Audiences: the rules flag fakes more often than genuine accounts: corrected_fake_share follows from them."
    return (
        "Audiences: the rules flag genuine accounts about as often as fakes, so that no share of fakes follows from how many they\n"
        "flag: corrected_fake_share is null. Read model_fake_share with model_fake_share_low and model_fake_share_high instead."
    )


def _of(share: Interval, part: int, whole: int) -> str:
    """A share with what it was counted from: `0.857 (60/70, 0.757 to 0.921)`."""
    return f"{share.mean:.3f} ({part}/{whole}, {share.low:.3f} to {share.high:.3f})"


def _or_dash(value: float | None) -> str:
    return "–     " if value is None else f"{value:.4f}"
