"""`upbeat queue / task`: what is on the queue, what failed, what may go, and what may run at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from upbeat.queue.status import QueueStatus

_WATCH_SECONDS = 2.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=queue.__doc__, invoke_without_command=True, rich_markup_mode=None)
    group.callback()(queue)
    group.command()(prune)
    group.command()(wake)
    app.add_typer(group, name="queue")
    app.command()(task)


def queue(
    context: typer.Context,
    failed: Annotated[
        bool, typer.Option("--failed", help="List the tasks that failed within the last hour.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many failures to list.")] = 20,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every two seconds.")] = False,
    alert: Annotated[
        bool, typer.Option("--alert", help="Only the failure rate; exit code 1 when it is too high.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what is on the queue, how old it is, and what ended within the last hour.

    Example: upbeat queue --failed
    """
    if context.invoked_subcommand is not None:
        return
    from upbeat.queue.status import queue_status
    from upbeat.settings import get_settings

    if alert:
        _alert(json)
        return
    failures = limit if failed or json else 0
    if watch:
        _watch(failures)
        return
    status = queue_status(get_settings(), failures=failures)
    if json:
        print_json(status)
        return
    from rich.console import Console

    Console().print(_table(status))
    for line in _lines(status):
        typer.echo(line)


def prune(
    days: Annotated[
        int | None, typer.Option(min=1, help="Age in days. Default: UPBEAT_TASK_RETENTION_DAYS.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete. Without it, only say how many.")] = False,
    archive: Annotated[
        bool, typer.Option("--archive/--no-archive", help="Keep what is deleted as JSON lines in S3.")
    ] = True,
    json: Json = False,
) -> None:
    """Archive in S3 and delete tasks that ended long ago. Open tasks stay.

    Example: upbeat queue prune --days 60 --yes
    """
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta

    from upbeat.queue.retention import prune as prune_tasks
    from upbeat.settings import get_settings
    from upbeat.stores.objects import ObjectStore
    from upbeat.stores.postgres import connect

    settings = get_settings()
    before = datetime.now(UTC) - timedelta(days=days or settings.task_retention_days)
    store = ObjectStore(settings, settings.s3_operations_bucket)
    if yes and archive:
        store.create_bucket()
    with connect(settings, autocommit=True, application="upbeat:prune") as connection:
        pruned = prune_tasks(
            connection,
            before,
            delete=yes,
            archive=store.put if archive else None,
            on_progress=lambda tasks: None if json else typer.echo(f"{tasks:,} …", err=True),
        )
    if json:
        print_json(asdict(pruned))
    elif yes:
        typer.echo(f"{pruned.tasks:,} tasks that ended before {before:%Y-%m-%d %H:%M} UTC deleted")
    else:
        typer.echo(f"{pruned.tasks:,} tasks ended before {before:%Y-%m-%d %H:%M} UTC; `--yes` deletes them")


def wake(
    flow: Annotated[
        list[str], typer.Argument(metavar="FLOW...", help="Flows, `instagram.base_*`.", show_default=False)
    ],
    json: Json = False,
) -> None:
    """Let tasks that wait for a later time run now: when the budget of the day was raised, or a quota was filled up.

    A task whose reason to wait still holds is put back again; no attempt is lost by that but by one that waits after an error.

    Example: upbeat queue wake 'instagram.base_*'
    """
    import asyncio

    from upbeat.flows.patterns import flows_like
    from upbeat.queue.upkeep import wake as wake_tasks
    from upbeat.settings import get_settings

    woken = asyncio.run(
        wake_tasks(get_settings(), [(found.platform, found.name) for found in flows_like(flow)])
    )
    if json:
        print_json({"woken": woken})
    elif woken:
        typer.echo(f"{woken:,} waiting tasks may run now: `upbeat work --flow '{flow[0]}' --until-idle`")
    else:
        typer.echo("no task of these flows waits")


def task(task_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Print everything about one task as JSON: state, result or error, where its raw answers lie.

    Example: upbeat task 17
    """
    from upbeat.queue.status import task_details
    from upbeat.settings import get_settings

    print_json(task_details(get_settings(), task_id))


def _alert(json: bool) -> None:
    from dataclasses import asdict

    from upbeat.queue.status import failure_rate
    from upbeat.settings import get_settings

    rate = failure_rate(get_settings())
    if json:
        print_json({**asdict(rate), "share": rate.share, "alerts": rate.alerts})
    else:
        typer.echo(
            str(rate) + (": `upbeat queue --failed` lists them with their reasons" if rate.alerts else "")
        )
    if rate.alerts:
        raise typer.Exit(1)


def _watch(failures: int) -> None:
    import time

    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from upbeat.queue.status import queue_status
    from upbeat.settings import get_settings

    settings = get_settings()

    def now() -> Group:
        status = queue_status(settings, failures=failures)
        lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in _lines(status)]
        return Group(_table(status), *lines)

    with Live(now(), auto_refresh=False) as live:
        while True:
            time.sleep(_WATCH_SECONDS)
            live.update(now(), refresh=True)


def _table(status: QueueStatus) -> Table:
    from rich.table import Table

    table = Table("platform")
    longest = max((len(row["flow"]) for row in status["flows"]), default=0)
    table.add_column("flow", no_wrap=True, min_width=longest)
    for name in ("state", "tasks", "of them waiting", "oldest (s)"):
        table.add_column(name)
    for row in status["flows"]:
        waiting = str(row["waiting"]) if row["waiting"] else ""
        cells = (row["platform"], row["flow"], row["status"], f"{row['tasks']:,}", waiting)
        table.add_row(*cells, f"{row['oldest_seconds']:.0f}")
    return table


def _lines(status: QueueStatus) -> list[str]:
    ended, share = status["ended"], status["failed_share"]
    return [f"failed within the last hour: {share:.1%} of {ended:,} ended tasks"] + [
        f"task {row['id']} {row['flow']} {row['params']}: {row['reason']}" for row in status["failures"]
    ]
