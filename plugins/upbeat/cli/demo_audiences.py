"""How the tour prints audiences and the follower that it explains."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from upbeat.demo.audiences import AudienceRow, ExplainedFollower

_REASONS = 4
_LAST = "base_rate"
_FIGURES = 65
"""Columns of the terminal that the figures take."""


def print_audiences(console: Console, rows: Sequence[AudienceRow]) -> None:
    """A line a creator: the share of fakes in the audience with its interval."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Fakes among the followers, by a sample of each", box=None, pad_edge=False)
    for name in ("creator", "followers", "sample", "by rules", "share of fakes", "95 % interval"):
        table.add_column(name, justify="left" if name == "creator" else "right", no_wrap=True)
    for row in rows:
        creator = Text(f"@{row.handle}")
        creator.truncate(
            max(12, console.width - _FIGURES), overflow="ellipsis"
        )  # names are cut, figures never
        table.add_row(
            creator,
            f"{row.audience_size:,}" if row.audience_size is not None else "–",
            str(row.sample_size),
            f"{row.flagged_by_rules:.0%}",
            _percent(row.model_fake_share),
            f"{_percent(row.model_fake_share_low)} to {_percent(row.model_fake_share_high)}",
        )
    table.caption = _caption(rows)
    console.print(table)
    console.print()


def print_explained(console: Console, follower: ExplainedFollower | None) -> None:
    """One follower: its probability, and the features that weigh most as log-odds and as factors of the odds."""
    if follower is None:
        return
    named = f" ({follower.full_name})" if follower.full_name else ""
    console.print(
        f"Why @{follower.handle}{named}, who follows @{follower.creator}, is likely fake: probability "
        f"{follower.probability:.2f}. What speaks for it (+) and against it (−), in log-odds:",
        markup=False,
        highlight=False,
    )
    for feature, added in _shown(follower.reasons):
        console.print(
            f"  {feature:<28} {added:+.2f}   odds × {exp(added):.2f}", markup=False, highlight=False
        )
    console.print(
        f"  By the rules: {follower.score}, decided by {follower.decided_by}.\n",
        markup=False,
        highlight=False,
    )


def _caption(rows: Sequence[AudienceRow]) -> str:
    told = (
        "The followers are made up, and each handle bears a number, so that most look fake: so high a share is the sandbox's, not the "
        "creator's. By rules: flagged by them, of the sample. Share: of all followers, by the trained model, corrected for its "
        "errors; the interval is wide, for of these accounts little more than the handle is known."
    )
    if all(row.corrected_fake_share is None for row in rows):
        told += " The rules flag genuine accounts as often as fakes: no share follows from them."
    return told


def _shown(reasons: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The strongest features, the rest as one, and the base rate: they still add up."""
    features = [(feature, added) for feature, added in reasons if feature != _LAST]
    base = [(feature, added) for feature, added in reasons if feature == _LAST]
    rest = features[_REASONS:]
    summed = [(f"{len(rest)} others", sum(added for _, added in rest))] if rest else []
    return [*features[:_REASONS], *summed, *base]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
