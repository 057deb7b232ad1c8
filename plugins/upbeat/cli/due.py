"""`upbeat due`: what the sync DAGs would put on the queue now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import psycopg

    from upbeat.flows.sync_dag import SyncDag


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(due)


def due(
    pattern: Annotated[
        str, typer.Argument(metavar="DAG_ID", help="A sync DAG, or several: `ig_*`.", show_default=False)
    ] = "*",
    json: Json = False,
) -> None:
    """Say how many tasks each sync DAG would put on the queue now. Nothing is added.

    What has a task in this window already is not due again: directly after a run of the DAG there is nothing.

    Example: upbeat due ig_profiles_tracked

    Example: upbeat due 'yt_*' --json
    """
    from datetime import UTC, datetime
    from fnmatch import fnmatch

    from upbeat.errors import InputError
    from upbeat.flows.sync_requests import SYNC_DAGS
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    chosen = [dag for dag in SYNC_DAGS.values() if fnmatch(dag.dag_id, pattern)]
    if not chosen:
        raise InputError(f"dag {pattern}: no sync DAG has such a name: `upbeat due` lists them all")
    now = datetime.now(UTC)
    with transaction(get_settings(), application="upbeat:due") as connection:
        found = [line for dag in chosen for line in _due(connection, dag, now)]
    if json:
        print_json(found)
    else:
        _print_table(found)


def _due(connection: psycopg.Connection[Any], dag: SyncDag, now: datetime) -> Iterator[dict[str, Any]]:
    from upbeat.flows.stale import find_due

    for request in dag.requests:
        found = find_due(connection, request, now)
        yield {
            "dag_id": dag.dag_id,
            "schedule": dag.schedule,
            "flow": request.flow,
            "window_seconds": request.every.total_seconds(),
            "limit": request.limit,
            "due": len(found.tasks),
            "refused": found.refused,
            "first": found.tasks[0]["params"] if found.tasks else None,
        }


def _print_table(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("DAG", "schedule (UTC)", "flow", "due")
    table.columns[3].justify = "right"
    last = ""
    for line in found:
        repeated = line["dag_id"] == last
        last = line["dag_id"]
        table.add_row(
            "" if repeated else last,
            "" if repeated else line["schedule"],
            line["flow"],
            f"{line['due']:,}{' (limit)' if line['due'] + len(line['refused']) >= line['limit'] else ''}",
            style=None if line["due"] else "dim",
        )
    Console().print(table)
    for line in found:
        if line["refused"]:
            typer.echo(f"{line['dag_id']}: {len(line['refused'])} left out: {line['refused'][0]}", err=True)
    typer.echo(f"{sum(line['due'] for line in found):,} tasks; nothing was added: the DAGs do that")
