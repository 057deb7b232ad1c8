"""`upbeat flows`: what can be collected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.flows import Flow
    from upbeat.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(flows)


def flows(
    pattern: Annotated[
        str,
        typer.Argument(
            metavar="PATTERN", help="Flows to show, `instagram.*`; the name alone shows all of it."
        ),
    ] = "*",
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/flows.md.")] = False,
) -> None:
    """List the flows: parameters, sources, workers, limits, freshness, tables; and whether they are live.

    Example: upbeat flows 'youtube.*'
    """
    from fnmatch import fnmatch

    from upbeat.errors import InputError
    from upbeat.flows import FLOWS, flow_named
    from upbeat.settings import get_settings

    settings = get_settings()
    if markdown:
        typer.echo(markdown_page(), nl=False)
        return
    if pattern in FLOWS and not json:
        _print_one(describe(flow_named(pattern), settings))
        return
    found = [flow for flow in FLOWS.values() if fnmatch(flow.key, pattern)]
    if not found:
        raise InputError(f"flow {pattern}: no flow has such a name: `upbeat flows` lists them all")
    described = [describe(flow, settings) for flow in found]
    if json:
        print_json(described)
    else:
        _print_table(described)


def describe(flow: Flow, settings: Settings) -> dict[str, Any]:
    """A flow as plain values, with the settings in force. Times in seconds."""
    from upbeat.flows import chain_of
    from upbeat.flows.sync_requests import dags_of_flow

    schema = flow.params_model.model_json_schema()
    required = schema.get("required", [])
    return {
        "flow": flow.key,
        "state": "live" if flow.live else f"comes with the {flow.part} part",
        "parameters": {
            name: {
                "required": name in required,
                "default": field.get("default"),
                "description": field.get("description", ""),
            }
            for name, field in schema.get("properties", {}).items()
        },
        "part": flow.part,
        "sources": list(chain_of(flow, settings)),
        "processes": flow.processes,
        "concurrency": flow.concurrency,
        "limit_levels": list(settings.limit_levels_flows if flow.limit_levels is None else flow.limit_levels),
        "priority": flow.priority,
        "freshness_seconds": flow.freshness.total_seconds(),
        "deadline_seconds": flow.deadline.total_seconds(),
        "own_account": flow.own_account,
        "writes": list(flow.writes),
        "dags": list(dags_of_flow(flow.key)),
    }


def markdown_page() -> str:
    """The page of the documentation: the catalogue with its defaults, whatever the settings here are."""
    from upbeat.flows import FLOWS
    from upbeat.flows.sync_requests import dags_of_flow

    lines = [
        "# The flows",
        "",
        "What can be collected: one line per flow, made from the catalogue by `upbeat flows --markdown`. Parameters in brackets have a default;",
        "workers are processes × tasks at once. `upbeat flows NAME` shows one in full. A flow that no DAG asks for is enqueued by",
        "`upbeat enqueue`, or by other services ([how](how-to/send-messages-to-upbeat.md)).",
        "",
        "| flow | parameters | sources | workers | fresh for | deadline | writes | asked for by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for flow in FLOWS.values():
        fields = flow.params_model.model_fields
        parameters = ", ".join(name if field.is_required() else f"[{name}]" for name, field in fields.items())
        sources = _asked(flow.chain, flow.part) if flow.live else f"*comes with the {flow.part} part*"
        lines.append(
            f"| `{flow.key}` | {parameters} | {sources} | {flow.processes} × {flow.concurrency} "
            f"| {_duration(flow.freshness.total_seconds())} | {_duration(flow.deadline.total_seconds())} "
            f"| {', '.join(name.removeprefix('beat.') for name in flow.writes)} | {', '.join(dags_of_flow(flow.key))} |"
        )
    return "\n".join(lines) + "\n"


def _print_table(described: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    table.add_column("flow", no_wrap=True, min_width=max(len(flow["flow"]) for flow in described))
    for name in ("parameters", "sources", "workers", "fresh for", "writes"):
        table.add_column(name)
    for flow in described:
        live = flow["state"] == "live"
        table.add_row(
            flow["flow"],
            ", ".join(
                name if told["required"] else f"[{name}]" for name, told in flow["parameters"].items()
            ).replace("[", r"\["),
            _asked(flow["sources"], flow["part"]) if live else flow["state"],
            f"{flow['processes']} × {flow['concurrency']}",
            _duration(flow["freshness_seconds"]) if live else "",
            ", ".join(name.removeprefix("beat.") for name in flow["writes"]),
            style=None if live else "dim",
        )
    Console().print(table)
    live = sum(flow["state"] == "live" for flow in described)
    typer.echo(
        f"{len(described)} flows, {live} live; `upbeat flows NAME` shows one, `upbeat enqueue NAME …` runs it"
    )


def _print_one(flow: dict[str, Any]) -> None:
    typer.echo(f"{flow['flow']} ({flow['state']})")
    for name, told in flow["parameters"].items():
        default = "required" if told["required"] else f"default {told['default']}"
        typer.echo(f"  {name}: {default}. {told['description']}".rstrip())
    typer.echo(f"  sources     {_asked(flow['sources'], flow['part'])}")
    typer.echo(
        f"  workers     {flow['processes']} processes × {flow['concurrency']} tasks, priority {flow['priority']}"
    )
    typer.echo(f"  limits      {', '.join(flow['limit_levels']) or 'none'}")
    fresh, deadline = _duration(flow["freshness_seconds"]), _duration(flow["deadline_seconds"])
    typer.echo(f"  fresh for   {fresh}, deadline {deadline}")
    if flow["own_account"]:
        typer.echo("  credential  that of the account itself: `upbeat credentials add SOURCE --handle …`")
    typer.echo(f"  writes      {', '.join(flow['writes'])}")
    asked = ", ".join(flow["dags"]) or "no DAG: `upbeat enqueue`, or other services"
    typer.echo(f"  asked by    {asked}")


def _asked(sources: Sequence[str], part: str) -> str:
    if part == "enrichment":
        return "none: a language model reads what was collected"
    if part == "assets":
        return "none: an address that was collected, or a new one by the profile's or post's flow"
    return " → ".join(sources) or "none: worked out from what was collected"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:g} s"
