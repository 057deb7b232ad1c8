"""`upbeat work`: run the tasks of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.workers.summary import WorkSummary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(work)


def work(
    flow: Annotated[
        list[str] | None, typer.Option(help="Flows to work, `instagram.*`; may be repeated. Default: all.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every live flow, as without --flow.")] = False,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes. Default: what each flow states.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Tasks at once in each process. Default: what each flow states.")
    ] = None,
    until_idle: Annotated[
        bool,
        typer.Option("--until-idle", help="End when no task is left that can run within a minute or so."),
    ] = False,
    time_budget: Annotated[
        float | None, typer.Option(min=0.1, help="Claim nothing after this many seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Run tasks until stopped. SIGTERM and Ctrl-C drain: running tasks end or go back to the queue.

    A task that fails is told of and stays in the queue's record; the exit code is 1 only when a worker process crashed.

    Without --until-idle and --time-budget this is a service: a process that dies is started again.

    --until-idle leaves tasks that wait for longer than a minute or so (a used-up budget, a limit of an hour), and says so; with --time-budget
    it waits for all that are due within that.

    Without --processes every flow gets processes of its own, as the catalogue states them: with --all that is over fifty.
    On a laptop, --processes 2 runs all flows in two.

    Example: upbeat work --flow 'instagram.*' --processes 2 --until-idle
    """
    from dataclasses import asdict

    from upbeat.errors import InputError
    from upbeat.flows.patterns import flows_like
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings
    from upbeat.workers.pool import run_workers

    if every and flow:
        raise InputError("--all and --flow: give one of them")
    settings = get_settings()
    configure_logging(settings.log_level)
    summary = run_workers(
        settings,
        flows=[chosen.key for chosen in flows_like(flow or ["*"])],
        processes=processes,
        concurrency=concurrency,
        until_idle=until_idle,
        time_budget=time_budget,
        on_progress=lambda text: typer.echo(text, err=True),
    )
    if json:
        print_json(asdict(summary))
    else:
        typer.echo(str(summary))
        if summary.failed or summary.timeout:
            typer.echo(_of_failures(summary), err=True)
    if summary.crashed:
        raise typer.Exit(1)


def _of_failures(summary: WorkSummary) -> str:
    lost = summary.failed + summary.timeout
    return (
        f"{lost:,} of {summary.ended:,} tasks failed or ran out of time (that alone leaves the exit code 0): "
        "`upbeat queue --failed` lists the reasons"
    )
