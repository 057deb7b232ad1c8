"""`upbeat listen`: do the messages of other services that wait in RabbitMQ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    import threading

    from upbeat.listeners.configuration import Listener
    from upbeat.listeners.run import ListenSummary


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(listen)


def listen(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help="Listeners; all unless named.", show_default=False),
    ] = None,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when no message waits in the queues.")
    ] = False,
    time_budget: Annotated[
        float | None,
        typer.Option(min=0.1, help="End after this many seconds. With --until-empty 300 unless given."),
    ] = None,
    schemas: Annotated[
        bool, typer.Option("--schemas", help="Print the JSON Schema of the messages, and listen to nothing.")
    ] = False,
    example: Annotated[
        bool,
        typer.Option(
            "--example", help="Print a body that is valid, of the one listener named, and listen to nothing."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Do the messages of other services (credentials, scrape requests, campaigns, collections): as a service until stopped,
    or until none is left.

    A message is acknowledged once its effect is committed; one that cannot be used goes to the error exchange with the reason.

    Example: upbeat listen scrape_requests --until-empty

    Example: upbeat listen --example credential_updates
    """
    from upbeat.listeners.configuration import chosen_listeners

    chosen = chosen_listeners(names)
    if schemas:
        _print_schemas(chosen)
    elif example:
        _print_example(chosen)
    else:
        _print_summary(_run(chosen, time_budget, until_empty), as_json=json)


def _print_schemas(chosen: dict[str, Listener]) -> None:
    from upbeat.listeners.registry import schemas_of

    print_json(
        {
            name: {
                "exchange": listener.exchange,
                "routing_key": listener.routing_key,
                "versions": {
                    str(number): model.model_json_schema() for number, model in schemas_of(listener).items()
                },
            }
            for name, listener in chosen.items()
        }
    )


def _print_example(chosen: dict[str, Listener]) -> None:
    from upbeat.errors import InputError
    from upbeat.listeners.registry import example_of

    if len(chosen) != 1:
        raise InputError(f"--example: name one listener: {', '.join(chosen)}")
    (listener,) = chosen.values()
    print_json(example_of(listener))


def _run(chosen: dict[str, Listener], time_budget: float | None, until_empty: bool) -> ListenSummary:
    import threading

    from upbeat.listeners.run import run_listeners
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)
    stop = threading.Event()
    _stop_on_signals(stop)
    budget = 300.0 if until_empty and time_budget is None else time_budget
    return run_listeners(settings, listeners=chosen, time_budget=budget, until_empty=until_empty, stop=stop)


def _stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and Ctrl-C end the listeners after the group under way."""
    import signal

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _print_summary(summary: ListenSummary, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json(asdict(summary))
        return
    for name, counts in summary.by_listener.items():
        typer.echo(
            f"{name}: {counts.handled} handled ({counts.outdated} older than what is known), {counts.repeated} repeated, "
            f"{counts.parked} sent to the error queue"
        )
    typer.echo(f"in {summary.seconds:.1f} s")
