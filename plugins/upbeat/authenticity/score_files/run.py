"""Scores one file: lines in, chunks of followers through the scorer, rows out, broken lines set aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from upbeat.authenticity.follower import Follower, ModelScore, RuleScore
from upbeat.authenticity.score import Scorer
from upbeat.authenticity.score_files.intake import Intake, Rejects
from upbeat.authenticity.score_files.output import column_names, row
from upbeat.authenticity.score_files.source import Source
from upbeat.authenticity.score_files.summary import Summary
from upbeat.authenticity.score_files.write import Writer, open_output, whole_file

CHUNK_ROWS = 5_000


class Model(Protocol):
    """The trained model, as far as it is needed here."""

    def score(self, followers: Sequence[Follower], rules: Sequence[RuleScore]) -> list[ModelScore | None]:
        """What the model says of each follower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with the rows.

    Attributes:
        output: None writes to stdout.
        rejects: where broken rows go; None only counts them.
        keep_columns: whether columns that are no field of a follower stand in the output.
    """

    output: Path | None
    output_format: str
    rejects: Path | None = None
    keep_columns: bool = False
    processes: int = 1


def score_file(
    source: Source,
    scorer: Scorer,
    model: Model | None,
    plan: Plan,
    on_progress: Callable[[Summary, float | None], None] = lambda summary, position: None,
) -> Summary:
    """Score all rows of a source.

    Args:
        model: adds its probability and reasons to each row.
        on_progress: is told after each chunk, with the share of the source that was read where that is known.

    Raises:
        InputError: the source is none of its form or has no column of handles, or an output cannot be written; nothing is
            left of the outputs then.
    """
    started = time.monotonic()
    with ExitStack() as open_files:
        rejects = None
        if plan.rejects is not None:
            rejects = Rejects(open_files.enter_context(whole_file(plan.rejects, "--rejects")))
        intake = Intake(source, rejects, chunk_rows=CHUNK_ROWS, keep_columns=plan.keep_columns)
        writer = None
        for followers, rules in scorer.stream(intake.chunks(), processes=plan.processes):
            if writer is None:
                writer = _open_writer(open_files, intake, plan, model)
            told = model.score(followers, rules) if model else [None] * len(rules)
            writer.write(_rows(followers, rules, told, intake, with_model=model is not None))
            _count(intake.summary, rules, started)
            on_progress(intake.summary, source.position())
        if writer is None:
            _open_writer(open_files, intake, plan, model)
    intake.summary.seconds = time.monotonic() - started
    return intake.summary


def _open_writer(open_files: ExitStack, intake: Intake, plan: Plan, model: Model | None) -> Writer:
    columns = column_names(intake.summary.kept_columns, with_model=model is not None)
    return open_files.enter_context(open_output(plan.output, plan.output_format, columns))


def _rows(
    followers: Sequence[Follower],
    rules: Sequence[RuleScore],
    told: Sequence[ModelScore | None],
    intake: Intake,
    *,
    with_model: bool,
) -> list[list[Any]]:
    kept = intake.take_kept()
    return [row(*parts, with_model=with_model) for parts in zip(followers, rules, told, kept, strict=True)]


def _count(summary: Summary, rules: Sequence[RuleScore], started: float) -> None:
    summary.scored += len(rules)
    summary.scores.update(score.score for score in rules)
    summary.decided_by.update(score.decided_by for score in rules)
    summary.seconds = time.monotonic() - started
