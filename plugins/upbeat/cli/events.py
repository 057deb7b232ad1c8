"""`upbeat events`: what waits where, how fast it goes, what could not be stored, and how that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json
from upbeat.cli.produce_events import produce

if TYPE_CHECKING:
    from rich.console import RenderableType

    from upbeat.events.status import EventsStatus
    from upbeat.events.topology import Route

Kind = Annotated[str | None, typer.Option(help="Only events of this kind, or messages of this listener.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=events.__doc__, invoke_without_command=True, rich_markup_mode=None)
    group.callback()(events)
    for command in (consumers, errors, retry, declare, produce):
        group.command()(command)
    app.add_typer(group, name="events")


def events(
    context: typer.Context,
    errors: Annotated[
        int, typer.Option(min=0, max=1000, help="How many of the newest parked events to show.")
    ] = 5,
    watch: Annotated[
        float | None, typer.Option(min=0.5, help="Show it anew every so many seconds, until Ctrl-C.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what waits of each kind, how fast relay and sink move it, how old it gets, and what could not be stored.

    Example: upbeat events --watch 2
    """
    if context.invoked_subcommand is not None:
        return
    from upbeat.errors import InputError

    if watch is not None and json:
        raise InputError("--watch and --json: give one of them")
    if watch is not None:
        _watch(watch, errors)
        return
    status = _status(errors)
    if json:
        print_json(status)
        return
    from rich.console import Console

    Console().print(_shown(status))


def consumers(json: Json = False) -> None:
    """Show where the events of each kind come from and go to, with every default filled in.

    Example: upbeat events consumers --json
    """
    from upbeat.events.consumers import load_consumers
    from upbeat.events.resolved_consumers import resolved_consumer
    from upbeat.settings import get_settings

    settings = get_settings()
    rows = [resolved_consumer(one, settings) for one in load_consumers().values()]
    if json:
        print_json(rows)
        return
    from upbeat.cli.events_tables import consumer_lines

    for row in rows:
        typer.echo("\n".join(consumer_lines(row)))


def errors(
    kind: Kind = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 10,
    json: Json = False,
) -> None:
    """Show the newest events that could not be stored, with the whole reason and the whole body.

    With a broker messages that a listener could not use are among them; the body of one with a secret is not shown.

    Example: upbeat events errors --kind post_log --limit 1
    """
    from upbeat.events.parked import parked_events
    from upbeat.events.status import routes_by_kind
    from upbeat.settings import get_settings

    routes = routes_by_kind() | _listeners()
    found = parked_events(get_settings(), routes, kind=kind, limit=limit)
    if json:
        print_json(found)
        return
    for event in found["events"]:
        typer.echo(
            f"{event['place']}  {event['kind']}  id {event['id']}  key {event['key'] or '-'}  {event['failed_at']}"
        )
        typer.echo(f"  {event['reason']}")
        typer.echo(f"  {event['body']}")
    if not found["events"]:
        typer.echo("nothing is parked")
    if found["problem"]:
        typer.echo(f"the error queues are not shown: {found['problem']}", err=True)


def retry(
    kind: Kind = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Send back at most so many, the oldest first. Default: all.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many would go.")] = False,
    json: Json = False,
) -> None:
    """Send events that could not be stored back on their way, after their cause is mended, and messages to listeners.

    Example: upbeat events retry --kind profile_log --dry-run
    """
    from upbeat.events.parked import send_back
    from upbeat.events.status import routes_by_kind
    from upbeat.settings import get_settings

    routes = routes_by_kind() | _listeners()
    sent = send_back(get_settings(), routes, kind=kind, limit=limit, dry_run=dry_run)
    if json:
        print_json(sent)
        raise typer.Exit(1 if sent["problems"] else 0)
    verb = "would go" if dry_run else "sent"
    outbox, queues = f"{sent['outbox']:,}", f"{sent['queues']:,}"
    if sent["outbox"] or sent["queues"] or not sent["problems"]:
        typer.echo(f"{outbox} events {verb} back to the outbox, {queues} messages to their queues")
    for problem in sent["problems"]:
        typer.echo(f"error: {problem}", err=True)
    if sent["problems"]:
        raise typer.Exit(1)


def declare(json: Json = False) -> None:
    """Make the exchanges and queues of all kinds and listeners in RabbitMQ; what exists stays.

    Relay, sink and listeners do the same when they start; this is for a user with more rights than theirs.

    Example: upbeat events declare
    """
    from upbeat.errors import InputError
    from upbeat.events.relay import NO_BROKER
    from upbeat.events.status import routes_by_kind
    from upbeat.events.topology import declare as declare_routes
    from upbeat.settings import get_settings

    dsn = get_settings().rabbitmq_dsn()
    if dsn is None:
        raise InputError(NO_BROKER)
    routes = [*routes_by_kind().values(), *_listeners().values()]
    differing = declare_routes(dsn, routes)
    queues = [name for one in routes for name in (one.queue, one.error_queue)]
    exchanges = sorted({name for one in routes for name in (one.exchange, one.error_exchange)})
    if json:
        print_json({"exchanges": exchanges, "queues": queues, "differing": differing})
        return
    typer.echo(f"there are {len(queues)} queues on {', '.join(exchanges)}")
    for line in differing:
        typer.echo(line, err=True)


def _listeners() -> dict[str, Route]:
    """The routes of all listeners by name."""
    from upbeat.listeners.configuration import load_listeners
    from upbeat.listeners.intake import route_of

    return {name: route_of(listener) for name, listener in load_listeners().items()}


def _status(error_limit: int) -> EventsStatus:
    from upbeat.events.status import events_status
    from upbeat.settings import get_settings

    return events_status(get_settings(), _listeners(), error_limit=error_limit)


def _watch(seconds: float, error_limit: int) -> None:
    import time

    from rich.live import Live

    def now() -> RenderableType:
        return _shown(_status(error_limit))

    try:
        with Live(now(), auto_refresh=False) as live:
            while True:
                time.sleep(seconds)
                live.update(now(), refresh=True)
    except KeyboardInterrupt:
        return


def _shown(status: EventsStatus) -> RenderableType:
    from rich.console import Console, Group
    from rich.text import Text

    from upbeat.cli.events_tables import status_lines, status_table

    table = status_table(status, Console().width)
    return Group(table, *(Text(line, overflow="fold") for line in status_lines(status)))
