"""`upbeat replay`: parse what was collected anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.flows import Flow
    from upbeat.ingestion.replay import ReplayReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


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

    from upbeat.flows.patterns import flows_like
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
    read = ", ".join(f"{count} × {word}" for word, count in sorted(report.records.items())) or "nothing"
    typer.echo(
        f"{report.objects} objects, {report.payloads} answers, {report.parsed} parsed: {read}; "
        f"{report.added} log entries and facts {would}added, {report.corrected} {would}corrected"
    )
    for reason, count in sorted(report.problems.items(), key=lambda item: -item[1])[:10]:
        typer.echo(f"  {count} × {reason}")
    for difference in report.differences:
        typer.echo(
            f"  {difference.table} {difference.id} at {difference.observed_at:%Y-%m-%dT%H:%M:%SZ} from "
            f"{difference.source}: {difference.before or 'nothing'} → {difference.after}"
        )
