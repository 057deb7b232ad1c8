"""`upbeat relay` and `upbeat sink`: move events on, as services or until none is left."""

from __future__ import annotations

from typing import Annotated

import typer

from upbeat.cli.json_output import Json, print_json

UNTIL_EMPTY_SECONDS = 300.0

Kinds = Annotated[
    list[str] | None, typer.Option("--kind", help="Only events of this kind; may be repeated. Default: all.")
]
UntilEmpty = Annotated[bool, typer.Option("--until-empty", help="End when no event is left.")]
TimeBudget = Annotated[
    float | None,
    typer.Option(min=0.1, help="End after this many seconds. With --until-empty 300 unless given."),
]
MetricsPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="Serve metrics for Prometheus on this port; one port for each process.",
    ),
]
MetricsHost = Annotated[str, typer.Option(help="Address to serve metrics on, which ask for no login.")]
LOOPBACK = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(relay)
    app.command()(sink)


def relay(
    kind: Kinds = None,
    until_empty: UntilEmpty = False,
    time_budget: TimeBudget = None,
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = LOOPBACK,
    json: Json = False,
) -> None:
    """Publish events of the outbox to RabbitMQ: as a service until stopped, or until none is left.

    SIGTERM and Ctrl-C end it after the batch under way. Without a broker there is nothing to relay (exit code 2).

    Example: upbeat relay --until-empty
    """
    from dataclasses import asdict

    from upbeat.cli.stop_on_signals import stop_on_signals
    from upbeat.errors import InputError
    from upbeat.events.relay import NO_BROKER
    from upbeat.events.relay import relay as run_relay
    from upbeat.events.stage_observer import observed
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)
    if settings.rabbitmq_dsn() is None:
        raise InputError(NO_BROKER)
    stop = stop_on_signals()
    with observed(settings, "relay", metrics_port, metrics_host) as observer:
        summary = run_relay(
            settings,
            time_budget=_budget(time_budget, until_empty),
            until_empty=until_empty,
            kinds=kind,
            observer=observer,
            stop=stop,
        )
    if json:
        print_json(asdict(summary))
        return
    typer.echo(
        f"{summary.events:,} events published in {summary.messages:,} messages and {summary.batches:,} batches"
        f" in {summary.seconds:.1f} s, {summary.parked:,} parked"
    )


def sink(
    kind: Kinds = None,
    until_empty: UntilEmpty = False,
    time_budget: TimeBudget = None,
    metrics_port: MetricsPort = None,
    metrics_host: MetricsHost = LOOPBACK,
    json: Json = False,
) -> None:
    """Store events in ClickHouse: as a service until stopped, or until none is left.

    They come from RabbitMQ's queues where a broker is set, else from the outbox. SIGTERM and Ctrl-C end it after the
    batches under way.

    Example: upbeat sink --until-empty
    """
    from dataclasses import asdict

    from upbeat.cli.stop_on_signals import stop_on_signals
    from upbeat.events.drain import drain
    from upbeat.events.stage_observer import observed
    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)
    stop = stop_on_signals()
    with observed(settings, "sink", metrics_port, metrics_host) as observer:
        summary = drain(
            settings,
            time_budget=_budget(time_budget, until_empty),
            until_empty=until_empty,
            kinds=kind,
            observer=observer,
            stop=stop,
        )
    if json:
        print_json(asdict(summary))
        return
    typer.echo(
        f"{summary.events:,} events stored by {summary.batches:,} inserts in {summary.seconds:.1f} s,"
        f" {summary.parked:,} parked"
    )


def _budget(time_budget: float | None, until_empty: bool) -> float | None:
    return UNTIL_EMPTY_SECONDS if until_empty and time_budget is None else time_budget
