"""`upbeat enqueue / work / queue / task / replay`: collect, see how it goes, and parse what was collected anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.flows import Flow
    from upbeat.ingestion.replay import ReplayReport


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (enqueue, work, queue, task, replay):
        app.command()(command)


def enqueue(
    flow: Annotated[str, typer.Argument(help="Catalogue name, instagram.profile_by_handle.")],
    subjects: Annotated[
        list[str], typer.Argument(metavar="HANDLE…", help="Handles, or the flow's first parameter.")
    ],
    key: Annotated[
        str | None,
        typer.Option(help="Names this request: the same key twice adds nothing. Default: this minute."),
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(min=-1_000_000, max=1_000_000, help="Higher runs first. Default: the flow's."),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Groups the tasks of one customer.")] = None,
    json: Json = False,
) -> None:
    """Put tasks on the queue.

    Example: upbeat enqueue instagram.profile_by_handle natgeo nasa
    """
    from datetime import UTC, datetime

    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.queue.tasks import NewTask
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    chosen = flow_named(flow)
    window = key or f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"
    first = next(iter(chosen.params_model.model_fields))
    params = [chosen.validate({first: subject}) for subject in dict.fromkeys(subjects)]
    tasks = [
        NewTask(
            idempotency_key=f"{chosen.platform.lower()}:{chosen.name}:{given[first]}:{window}",
            platform=chosen.platform,
            flow=chosen.name,
            params=given,
            priority=chosen.priority if priority is None else priority,
            account_id=account,
        )
        for given in params
    ]
    with transaction(get_settings(), application="upbeat:enqueue") as connection:
        added = enqueue_now(connection, tasks)
    if json:
        print_json({"added": added, "known": len(tasks) - added, "window": window})
    else:
        typer.echo(f"{added} added, {len(tasks) - added} on the queue already (window {window})")


def work(
    flow: Annotated[
        list[str] | None, typer.Option(help="Flows to work, `instagram.*`; may be repeated. Default: all.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes. Default: what each flow states.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Tasks at once in each process.")] = None,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when no task is left.")] = False,
    time_budget: Annotated[
        float | None, typer.Option(min=0.1, help="Claim nothing after this many seconds.")
    ] = None,
    json: Json = False,
) -> None:
    """Run tasks until stopped. SIGTERM and Ctrl-C drain: running tasks end or go back to the queue.

    Example: upbeat work --flow 'instagram.*' --processes 2 --until-idle
    """
    from dataclasses import asdict

    from upbeat.logs import configure_logging
    from upbeat.settings import get_settings
    from upbeat.workers.pool import run_workers

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
    if summary.crashed:
        raise typer.Exit(1)


def queue(
    failed: Annotated[
        bool, typer.Option("--failed", help="List the tasks that failed within the last hour.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many failures to list.")] = 20,
    json: Json = False,
) -> None:
    """Show what is on the queue, how old it is, and what ended within the last hour.

    Example: upbeat queue --failed
    """
    from upbeat.queue.status import queue_status
    from upbeat.settings import get_settings

    status = queue_status(get_settings(), failures=limit if failed or json else 0)
    if json:
        print_json(status)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("platform", "flow", "state", "tasks", "of them waiting", "oldest (s)")
    for row in status["flows"]:
        waiting = str(row["waiting"]) if row["waiting"] else ""
        cells = (row["platform"], row["flow"], row["status"], f"{row['tasks']:,}", waiting)
        table.add_row(*cells, f"{row['oldest_seconds']:.0f}")
    Console().print(table)
    typer.echo(
        f"failed within the last hour: {status['failed_share']:.1%} of {status['ended']:,} ended tasks"
    )
    for row in status["failures"]:
        typer.echo(f"task {row['id']} {row['flow']} {row['params']}: {row['reason']}")


def task(task_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Print everything about one task as JSON: state, result or error, where its raw answers lie.

    Example: upbeat task 17
    """
    from upbeat.queue.status import task_details
    from upbeat.settings import get_settings

    print_json(task_details(get_settings(), task_id))


def replay(
    flow: Annotated[
        list[str] | None, typer.Option(help="Flows, `instagram.*`; may be repeated. Default: all.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From this time on: 2026-11-22, 36h, 7d.")] = None,
    task: Annotated[int | None, typer.Option(help="Only what this task heard.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    json: Json = False,
) -> None:
    """Parse archived raw answers again, with the parsers of today, and store what they give. No request goes out.

    Example: upbeat replay --flow instagram.profile_by_handle --since 7d --dry-run
    """
    import asyncio
    from dataclasses import asdict
    from datetime import UTC, datetime

    from upbeat.ingestion.replay import since_of
    from upbeat.settings import get_settings

    start = since_of(since, datetime.now(UTC)) if since else None
    report = asyncio.run(_replay(get_settings(), flows_like(flow or ["*"]), start, task, dry_run, quiet=json))
    if json:
        print_json(asdict(report))
    else:
        _print_replay(report)


async def _replay(
    settings: Any, flows: list[Flow], since: Any, task_id: int | None, dry_run: bool, *, quiet: bool
) -> ReplayReport:
    import psycopg

    from upbeat.errors import StoreUnavailableError
    from upbeat.ingestion.replay import replay

    def progress(report: ReplayReport) -> None:
        if not quiet and report.objects % 20 == 0:
            typer.echo(f"{report.objects} objects, {report.payloads} answers", err=True)

    try:
        connection = await psycopg.AsyncConnection.connect(
            settings.postgres_dsn(), autocommit=True, connect_timeout=10, options="-c timezone=UTC"
        )
        async with connection:
            return await replay(
                settings,
                connection,
                flows=flows,
                since=since,
                task_id=task_id,
                dry_run=dry_run,
                on_progress=progress,
            )
    except psycopg.OperationalError as error:
        raise StoreUnavailableError(f"Postgres does not answer: {str(error).splitlines()[0]}") from error


def _print_replay(report: ReplayReport) -> None:
    would = "would be " if report.dry_run else ""
    typer.echo(
        f"{report.objects} objects, {report.payloads} answers, {report.parsed} parsed: {report.profiles} profiles, "
        f"{report.posts} posts; {report.added} log entries {would}added, {report.corrected} {would}corrected"
    )
    for reason, count in sorted(report.problems.items(), key=lambda item: -item[1])[:10]:
        typer.echo(f"  {count} × {reason}")
    for difference in report.differences:
        typer.echo(
            f"  {difference.table} {difference.id} at {difference.observed_at:%Y-%m-%dT%H:%M:%SZ} from "
            f"{difference.source}: {difference.before or 'nothing'} → {difference.after}"
        )


def flows_like(patterns: list[str]) -> list[Flow]:
    """The live flows whose names match one of these patterns (`*`, `?`). Raises `InputError`."""
    from fnmatch import fnmatchcase

    from upbeat.errors import InputError
    from upbeat.flows import FLOWS

    found = [flow for key, flow in FLOWS.items() if flow.live and any(fnmatchcase(key, p) for p in patterns)]
    if not found:
        raise InputError(f"flow={', '.join(patterns)}: matches none; there is {', '.join(FLOWS)}")
    return found
