"""`upbeat listen`: do the messages of other services that wait in RabbitMQ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.event_stages import LOOPBACK, UNTIL_EMPTY_SECONDS, MetricsHost, MetricsPort
from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.listeners.configuration import Listener
    from upbeat.listeners.summary import ListenSummary


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
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = LOOPBACK,
    json: Json = False,
) -> None:
    """Do the messages of other services, as a service until stopped, or until none is left.

    They bring credentials, scrape requests, campaigns and collections. A message is acknowledged once its effect is
    committed; one that cannot be used goes to the error exchange with the reason.

    Example: upbeat listen scrape_requests --until-empty

    Example: upbeat listen --example credential_updates
    """
    from upbeat.listeners.configuration import chosen_listeners

    if schemas:
        _print_schemas(chosen_listeners(names))
    elif example:
        _print_example(chosen_listeners(names))
    else:
        _print_summary(_run(names, time_budget, until_empty, (metrics_port, metrics_host)), as_json=json)


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


def _run(
    names: list[str] | None, time_budget: float | None, until_empty: bool, metrics: tuple[int | None, str]
) -> ListenSummary:
    from upbeat.cli.stop_on_signals import stop_on_signals
    from upbeat.events.stage_observer import observed
    from upbeat.listeners.run import run_listeners
    from upbeat.listeners.told import told
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)
    stop = stop_on_signals()
    budget = UNTIL_EMPTY_SECONDS if until_empty and time_budget is None else time_budget
    with observed(settings, "listen", *metrics) as observer:
        return run_listeners(
            settings,
            names,
            time_budget=budget,
            until_empty=until_empty,
            stop=stop,
            on_progress=told(observer),
        )


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
