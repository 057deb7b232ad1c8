"""`upbeat events produce`: example events of any kind, for trying things out and for load."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated, Literal

import typer

from upbeat.cli.json_output import Json, print_json


def produce(
    kind: Annotated[str, typer.Argument(help="One of the kinds that `upbeat events` shows.")],
    count: Annotated[int, typer.Option(min=1, help="How many events.")] = 1_000,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Events a second; as fast as they are taken unless given.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Least bytes of each body, filled up by a field `padding`."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=1_000_000, help="The same seed gives the same facts.")] = 0,
    to: Annotated[
        Literal["outbox", "broker"],
        typer.Option(help="The outbox, or RabbitMQ as if another system had sent them."),
    ] = "outbox",
    yes: Annotated[bool, typer.Option("--yes", help="Send them also when UPBEAT_UPSTREAM is live.")] = False,
    json: Json = False,
) -> None:
    """Send example events, made from the columns of their kind; their source is `example`, their ids are `example-…`.

    Example: upbeat events produce profile_log --count 10000 --rate 500
    """
    from dataclasses import asdict

    from upbeat.errors import InputError
    from upbeat.events.consumers import load_consumers
    from upbeat.events.examples import examples
    from upbeat.events.produce import paced, refuse_live, to_broker, to_outbox
    from upbeat.settings import get_settings

    settings, consumers = get_settings(), load_consumers()
    if kind not in consumers:
        raise InputError(f"{kind}: is no kind of event; known are {', '.join(sorted(consumers))}")
    refuse_live(settings, sure=yes)
    with ExitStack() as stack:
        send = (
            to_outbox(settings, consumers[kind])
            if to == "outbox"
            else stack.enter_context(to_broker(settings, consumers[kind]))
        )
        produced = paced(examples(consumers[kind], count, seed=seed, size=size), send, rate)
    if json:
        print_json({"kind": kind, "to": to, **asdict(produced)})
        return
    typer.echo(f"{produced.events} events of {kind} sent to the {to} in {produced.seconds:.1f} s")
