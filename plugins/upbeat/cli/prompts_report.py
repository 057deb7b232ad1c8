"""How an evaluation of a prompt looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from upbeat.enrichment.evaluation.calibration import Calibration
    from upbeat.enrichment.evaluation.intervals import Estimate
    from upbeat.enrichment.evaluation.report import Evaluation
    from upbeat.enrichment.evaluation.verdict import Comparison

_BAR = 20


def print_evaluation(found: Evaluation) -> None:
    """Figures of one version; the claim stands above and below them."""
    typer.echo(
        f"{found.kind} {found.version} with {found.model}, {found.rows:,} rows of {found.labelled_set}"
    )
    typer.echo(found.claim)
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(found.outcomes.items()))
    repairs = f"{found.spent.repairs} repairs, {found.schema_failures} schema failures"
    typer.echo(f"{outcomes}; {repairs}; {spent_words(found)}")
    typer.echo(f"\n{'field':20} {'accuracy (95 %)':24} {'answered':9} {'of answered':24} top right  distance")
    for one in found.fields:
        top = f"{one.top_right.value:9.1%}" if one.top_right else " " * 9
        distance = f"{one.distance.value:9.3f}" if one.distance else ""
        typer.echo(
            f"{one.field:20} {_share(one.accuracy):24} {one.coverage.value:<9.1%} {_share(one.of_answered):24} {top}  {distance}".rstrip()
            + f"  ({found.claim})"
        )
    if (old := found.old_figure()) is not None:
        typer.echo(f"the old system: {old['field']} {old['accuracy']:.0%} on {old['accounts']} accounts")
    if found.calibration is not None:
        _print_calibration(found.calibration, found.claim)


def spent_words(found: Evaluation) -> str:
    """What the answers cost, those of earlier runs too, and what of it this run added."""
    spent = found.spent
    all_of_it = f"{_dollars(spent.cost_nanodollars)} for {spent.calls} calls"
    unreal = " (the sandbox's prices: no money was spent)" if found.is_sandbox else ""
    return f"{all_of_it}, {_dollars(spent.new_cost_nanodollars)} of it now{unreal}"


def print_comparison(found: Comparison, claim: str) -> None:
    """Field by field, then the verdict."""
    typer.echo(
        f"\n{'field':20} {'before':7} {'after':7} {'difference (95 %)':28} lost  won    p(no loss)  p(margin lost)"
    )
    for one in found.fields:
        apart = f"{one.difference:+.1%} ({one.low:+.1%} to {one.high:+.1%})"
        typer.echo(
            f"{one.field:20} {one.active:<7.1%} {one.candidate:<7.1%} {apart:28} {one.lost:<5} {one.won:<5}  {one.p_loss:<10.4f}  "
            f"{one.p_margin:<15.4f} ({claim})"
        )
    typer.echo(f"verdict: {found.line} ({claim})")


def _print_calibration(found: Calibration, claim: str) -> None:
    error = found.expected_error
    typer.echo(
        f"\nConfidence against outcome, {found.answers:,} answers: expected calibration error {error.value:.3f} "
        f"({error.low:.3f} to {error.high:.3f}), Brier {found.brier:.3f} ({claim})"
    )
    typer.echo(f"answers  said   right (95 %)             {'0':{_BAR - 1}}1   (| said, # right)")
    for part in found.bins:
        right = round(part.found.value * (_BAR - 1))
        said = round(min(1.0, max(0.0, part.said)) * (_BAR - 1))
        bar = "".join("|" if at == said else "#" if at <= right else "·" for at in range(_BAR))
        typer.echo(f"{part.found.rows:7}  {part.said:.3f}  {_share(part.found):24} {bar}")


def _share(one: Estimate | None) -> str:
    return "–" if one is None else f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"


def _dollars(nanodollars: int) -> str:
    return f"${nanodollars / 1e9:,.4f}"
