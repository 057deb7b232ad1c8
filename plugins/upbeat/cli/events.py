"""`upbeat sink` and `upbeat events`: store what the outbox holds, see what waits, send parked events back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from upbeat.cli.json_output import print_json
from upbeat.cli.produce_events import produce

if TYPE_CHECKING:
    from upbeat.events.status import OutboxStatus

events_app = typer.Typer(help="What waits in the outbox, and what could not be stored.")
events_app.command()(produce)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sink")(sink)
    app.add_typer(events_app, name="events")


def sink(
    until_empty: bool = typer.Option(False, "--until-empty", help="End when no event is left."),
    time_budget: float | None = typer.Option(
        None, min=0.1, help="End after this many seconds. With --until-empty 300 unless given."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Store events of the outbox in ClickHouse: as a service until stopped, or until none is left.

    Example: upbeat sink --until-empty
    """
    import threading

    from upbeat.events.drain import drain
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)
    stop = threading.Event()
    _stop_on_signals(stop)
    budget = 300.0 if until_empty and time_budget is None else time_budget
    summary = drain(settings, time_budget=budget, until_empty=until_empty, stop=stop)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(summary))
        return
    typer.echo(
        f"{summary.events} events stored by {summary.batches} inserts in {summary.seconds:.1f} s, "
        f"{summary.parked} parked"
    )


@events_app.callback(invoke_without_command=True)
def events(
    context: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="Print everything as JSON."),
    errors: int = typer.Option(10, min=0, max=1000, help="How many of the newest parked events to show."),
) -> None:
    """Show how many events of each kind wait, for how long, and which could not be stored.

    Example: upbeat events --json
    """
    if context.invoked_subcommand is not None:
        return
    from upbeat.events.status import outbox_status
    from upbeat.settings import get_settings

    status = outbox_status(get_settings(), error_limit=errors)
    if as_json:
        print_json(status)
    else:
        _print_tables(status)


@events_app.command("retry")
def retry(
    kind: str | None = typer.Option(None, help="Only events of this kind."),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Send parked events back to the outbox, after their cause is mended.

    Example: upbeat events retry --kind profile_log
    """
    from upbeat.events.status import retry_errors
    from upbeat.settings import get_settings

    count = retry_errors(get_settings(), kind)
    if as_json:
        print_json({"sent_back": count})
    else:
        typer.echo(f"{count} events sent back to the outbox")


def _stop_on_signals(stop: Any) -> None:
    """SIGTERM and Ctrl-C end the sink after the batch under way."""
    import signal

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _print_tables(status: OutboxStatus) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("kind", "table", "new", "under way", "oldest (s)", "parked")
    for row in status["kinds"]:
        counts = (str(row["new"]), str(row["claimed"]), f"{row['lag_seconds']:.1f}", str(row["errors"]))
        table.add_row(row["kind"], row["table"] or "none: its events stay", *counts)
    console = Console()
    console.print(table)
    for batch in status["batches"]:
        if batch["last_error"]:
            line = f"batch {batch['id']} ({batch['attempts']} attempts): {batch['last_error']}"
            console.print(line, markup=False)
    for error in status["newest_errors"]:
        console.print(f"parked {error['kind']} {error['key']}: {error['reason']}", markup=False)
