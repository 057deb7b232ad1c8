"""`upbeat score`: followers of a file, scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.authenticity.score_files.run import Plan
    from upbeat.authenticity.score_files.summary import Summary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(score)


def score(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="CSV, JSON lines or Parquet; `-` reads stdin (with --format)."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the scored rows go; stdout when not given.")
    ] = None,
    input_format: Annotated[
        str | None, typer.Option("--format", help="csv, jsonl or parquet, where the suffix does not tell.")
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(help="The same of the output; on stdout csv for a CSV file, else jsonl."),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Write the rows that cannot be scored to this CSV file, with reasons.")
    ] = None,
    keep_columns: Annotated[
        bool, typer.Option("--keep-columns", help="Keep all other columns of the input in the output.")
    ] = False,
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Add the trained model's probability and its reasons.")
    ] = True,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that score; as many as there are cores.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of a CSV file that is not UTF-8, like `cp1252`.")] = "utf-8",
    json: Json = False,
) -> None:
    """Score followers: 1.0 fake, 0.33 weak sign, 0.0 likely real, with the features that led there.

    Columns: handle, full_name, followers, following, posts, has_picture, is_private, or their usual other names; only a handle is needed.
    A row that cannot be scored is set aside and costs the others nothing; then the exit code is 2. `--json` prints a summary (on stderr when the
    rows are on stdout). docs/how-to/score-followers.md says more.

    Example: upbeat score followers.csv --output scores.parquet --rejects broken.csv
    """
    from upbeat.authenticity.score import Scorer
    from upbeat.authenticity.score_files.run import Plan, score_file
    from upbeat.authenticity.score_files.source import format_of, open_source
    from upbeat.settings import get_settings

    form = format_of(file, input_format)
    plan = Plan(
        output=output,
        output_format=_output_format(output, output_format, form),
        rejects=rejects,
        keep_columns=keep_columns,
        processes=processes or _cores(),
    )
    _refuse_same_file(file, plan)
    trained = _trained_model() if model else None
    with (
        open_source(file, form, encoding) as source,
        Scorer.load(get_settings()) as scorer,
        _progress(quiet=json) as advance,
    ):
        summary = score_file(source, scorer, trained, plan, advance)
    versions = {"rules": scorer.version, "model": trained.version if trained else None}
    if json:
        _print_json({**summary.as_json(), "versions": versions}, to_stderr=output is None)
    else:
        _print_summary(summary, plan, versions)
    if summary.broken:
        raise typer.Exit(2)


def _cores() -> int:
    """Cores that this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _output_format(output: Path | None, asked: str | None, form: str) -> str:
    from upbeat.authenticity.score_files.source import format_of

    if output is None and asked is None:
        return "csv" if form == "csv" else "jsonl"
    return format_of(str(output or "stdout"), asked, "--output-format")


def _refuse_same_file(file: str, plan: Plan) -> None:
    """Each of the three files is another one: a slip would cost the input or the rows."""
    from upbeat.errors import InputError

    named = [("FILE", Path(file)), ("--output", plan.output), ("--rejects", plan.rejects)]
    seen: dict[Path, str] = {}
    for option, path in named:
        if path is None or str(path) == "-":
            continue
        earlier = seen.setdefault(path.resolve(), option)
        if earlier != option:
            raise InputError(f"{option} {path}: is {earlier} already: pass another file")


def _trained_model() -> Any:
    from upbeat.authenticity.model.predict import FollowerModel

    return FollowerModel.load()


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Summary, float | None], None]]:
    """Draws on stderr when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    shown = Progress(
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )
    with shown:
        bar = shown.add_task("", total=None)

        def advance(summary: Summary, position: float | None) -> None:
            text = (
                f"{summary.scored:,} scored, {summary.broken:,} broken, {summary.rows_per_second or 0:,.0f}/s"
            )
            shown.update(
                bar, description=text, total=None if position is None else 1.0, completed=position or 0.0
            )

        yield advance


def _print_json(value: Any, *, to_stderr: bool) -> None:
    if not to_stderr:
        print_json(value)
        return
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), err=True)


def _rate(rows_per_second: float) -> str:
    """With the digits that tell something of a few rows, where the start takes longest."""
    if rows_per_second < 0.1:
        return "under 0.1"
    return f"{rows_per_second:.1f}" if rows_per_second < 10 else f"{rows_per_second:,.0f}"


def _print_summary(summary: Summary, plan: Plan, versions: dict[str, Any]) -> None:
    """To stderr when the rows are on stdout."""

    def say(line: str) -> None:
        typer.echo(line, err=plan.output is None)

    rate = f", {_rate(summary.rows_per_second)} a second" if summary.rows_per_second else ""
    rows = "row" if summary.rows == 1 else "rows"
    say(
        f"{summary.rows:,} {rows}: {summary.scored:,} scored in {summary.seconds:.1f} s{rate}; {summary.broken:,} broken"
    )
    if summary.scored:
        told = {name: share or 0.0 for name, share in summary.shares.items()}
        say(
            f"  fake {told['fake']:.1%}, weak sign {told['weak_sign']:.1%}, likely real {told['likely_real']:.1%}"
        )
        say(
            "  decided by "
            + ", ".join(f"{name} {count:,}" for name, count in summary.decided_by.most_common())
        )
    say("  columns: " + "; ".join(f"{field} from {name!r}" for field, name in summary.columns.items()))
    for what, names in (("kept", summary.kept_columns), ("ignored", summary.ignored_columns)):
        if names:
            say(f"  {what}: " + ", ".join(map(repr, names)))
    say("  versions: " + "; ".join(f"{name}: {version}" for name, version in versions.items() if version))
    for line, reason in summary.first_broken:
        say(f"  line {line}: {reason}")
    if summary.broken > len(summary.first_broken):
        say(f"  and {summary.broken - len(summary.first_broken):,} more")
    if summary.broken and plan.rejects is None:
        say("  --rejects FILE writes the broken rows, with their reasons")
