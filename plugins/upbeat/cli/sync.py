"""`upbeat sync …`: publish a mart to Postgres, look first, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from upbeat.cli.json_output import print_json

if TYPE_CHECKING:
    from upbeat.settings import Settings
    from upbeat.sync.load import LoadReport
    from upbeat.sync.plan import Plan


class PlanGroup(TyperGroup):
    """`upbeat sync leaderboard` is short for `upbeat sync run leaderboard`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Take what is no command for the name of a plan."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)


sync_app = typer.Typer(
    cls=PlanGroup,
    no_args_is_help=True,
    help="Publish marts to Postgres: `upbeat sync leaderboard`, or one of the commands below.",
)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(sync_app, name="sync")


@sync_app.command("run")
def run(
    plan: str = typer.Argument(..., help="Name of a plan in include/sync."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen; write nothing."),
    accept_drop: bool = typer.Option(False, "--accept-drop", help="Publish although many rows are gone."),
    change_columns: bool = typer.Option(
        False, "--change-columns", help="Publish although columns go or change their type."
    ),
    from_run: str | None = typer.Option(
        None, help="Load the staged file of this earlier run; export nothing."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
) -> None:
    """Export a mart to S3, load it into Postgres, verify it, and swap it in.

    Example: upbeat sync leaderboard
    """
    from upbeat.settings import get_settings
    from upbeat.sync.plan import load_plan

    settings, chosen = get_settings(), load_plan(plan)
    if dry_run:
        _show_preview(settings, chosen, as_json, accept_drop=accept_drop, change_columns=change_columns)
        return
    report = _publish(settings, chosen, from_run, accept_drop=accept_drop, change_columns=change_columns)
    if as_json:
        print_json(report)
        return
    typer.echo(_published_line(report))
    if report["carried"]:
        typer.echo(f"carried over: {', '.join(report['carried'])}")
    if report["note"]:
        typer.echo(f"staged {report['note']}")


def _published_line(report: LoadReport) -> str:
    done = f"published by {report['way']}" if report["status"] == "published" else report["status"]
    line = f"{report['table']}: {report['rows']} rows {done} in {report['seconds']:.1f} s"
    if report["way"] == "merge" and report["status"] == "published":
        return f"{line}, {report['changed_rows']} of them written in place"
    return (
        f"{line}, readers waited {report['lock_milliseconds']:.0f} ms at most"
        if report["swap_attempts"]
        else line
    )


def _publish(
    settings: Settings, plan: Plan, from_run: str | None, *, accept_drop: bool, change_columns: bool
) -> LoadReport:
    from upbeat.sync.download import download_from_s3
    from upbeat.sync.export import export_to_s3
    from upbeat.sync.load import load_to_postgres
    from upbeat.sync.staged import StagedPlace, read_manifest

    if from_run is None:
        staged = export_to_s3(settings, plan, _run_id())
    else:
        staged = read_manifest(settings, StagedPlace.of(settings, plan, from_run), plan.name)
    fetched = download_from_s3(settings, staged)
    return load_to_postgres(settings, plan, fetched, accept_drop=accept_drop, change_columns=change_columns)


def _run_id() -> str:
    from datetime import UTC, datetime

    return f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


def _show_preview(
    settings: Settings, plan: Plan, as_json: bool, *, accept_drop: bool, change_columns: bool
) -> None:
    from upbeat.sync.preview import preview

    seen = preview(settings, plan, "dry-run", accept_drop=accept_drop, change_columns=change_columns)
    if as_json:
        print_json(seen)
        return
    last = seen["last_published"]
    standing = (
        f"{last['rows']} rows of run {last['run_id']} ({_moment(last['published_at'])})"
        if last
        else "nothing"
    )
    typer.echo(f"{seen['mart']}: {seen['source_rows']} rows, newest {_moment(seen['source_updated_at'])}")
    typer.echo(f"{seen['table']}: {standing}")
    if seen["note"]:
        typer.echo(f"would be staged {seen['note']}")
    if seen["refused"]:
        typer.echo(f"would be refused: {seen['refused']}")
        return
    typer.echo(f"would be published by {' or '.join(seen['ways'])}: {seen['way_reason']}")
    if seen["carried"]:
        typer.echo(f"a swap would carry over: {', '.join(seen['carried'])}")


def _moment(text: str | None) -> str:
    """A moment of a report for people: to the second, in UTC."""
    from datetime import UTC, datetime

    if text is None:
        return "unknown"
    moment = datetime.fromisoformat(text)
    utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC"


@sync_app.command("rollback")
def rollback(
    plan: str = typer.Argument(..., help="Name of a plan in include/sync."),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
) -> None:
    """Put the version before back in place.

    After a swap that is the old table, and the withdrawn one stays in schema app_next to be looked at; after a publish
    in place it is the staged file of the run before, merged again.

    Example: upbeat sync rollback leaderboard
    """
    from upbeat.settings import get_settings
    from upbeat.sync.load import roll_back
    from upbeat.sync.plan import load_plan

    report = roll_back(get_settings(), load_plan(plan))
    if as_json:
        print_json(report)
    else:
        typer.echo(f"{report['table']}: took back {report['taken_back']}, now {report['now_published']}")


@sync_app.command("stage")
def stage(
    plan: str = typer.Argument(..., help="Name of a plan in include/sync."),
    file_format: str = typer.Option("json", "--format", help="json or text to read, binary to load."),
    as_json: bool = typer.Option(False, "--json", help="Print the manifest as JSON."),
) -> None:
    """Export a mart to S3 and stop there, for people to look at the rows. Nothing is published.

    Example: upbeat sync stage leaderboard --format json
    """
    from upbeat.errors import InputError
    from upbeat.settings import get_settings
    from upbeat.sync.export import export_to_s3
    from upbeat.sync.plan import load_plan
    from upbeat.sync.staged import FILE_FORMATS

    known = {str(name): name for name in FILE_FORMATS}
    if file_format not in known:
        raise InputError(f"there is no format {file_format!r}: use one of {', '.join(known)}")
    staged = export_to_s3(get_settings(), load_plan(plan), _run_id(), file_format=known[file_format])
    if as_json:
        print_json(staged)
        return
    typer.echo(
        f"s3://{staged['bucket']}/{staged['key']}: {staged['rows']} rows, {staged['bytes']} bytes, {staged['format']}"
    )


@sync_app.command("verify")
def verify(
    plan: str | None = typer.Argument(None, help="Name of a plan in include/sync."),
    every: bool = typer.Option(False, "--all", help="All plans."),
    as_json: bool = typer.Option(False, "--json", help="Print what was found as JSON."),
) -> None:
    """Hold published tables against their marts: counts, and a checksum of all rows by key. Exit code 1 when one differs.

    Example: upbeat sync verify leaderboard
    """
    from upbeat.errors import InputError
    from upbeat.settings import get_settings
    from upbeat.sync.plan import load_plan, load_plans
    from upbeat.sync.verify_published import FAULTS, verify_all

    if (plan is None) != every:
        raise InputError("name one plan, or say --all: upbeat sync verify leaderboard")
    plans = load_plans() if plan is None else [load_plan(plan)]
    seen = list(verify_all(get_settings(), plans))
    if as_json:
        print_json(seen)
    for table in [] if as_json else seen:
        counts = f" ({table['rows_published']} rows, mart {table['rows_mart']})"
        typer.echo(f"{table['table']}: {table['status']}{'' if table['rows_mart'] is None else counts}")
        for example in table["examples"]:
            typer.echo(f"  {example}")
        if table["not_compared"]:
            typer.echo(f"  compared by presence alone: {', '.join(table['not_compared'])}")
    if any(table["status"] in FAULTS for table in seen):
        raise typer.Exit(1)


@sync_app.command("list")
def list_plans(as_json: bool = typer.Option(False, "--json", help="Print the plans as JSON.")) -> None:
    """Show all plans and what of each is published.

    Example: upbeat sync list --json
    """
    from upbeat.settings import get_settings
    from upbeat.sync.preview import plan_states

    states = plan_states(get_settings())
    if as_json:
        print_json(states)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    table.add_column("plan", no_wrap=True)  # nine begin with `collection_`: cut, no one could tell them apart
    for name in ("to", "rows", "published", "rollback"):
        table.add_column(name)
    for state in states:
        last = state["last_published"]
        shown = (str(last["rows"]), _moment(last["published_at"])) if last else ("-", "never")
        back = "yes" if state["can_roll_back"] else "no"
        table.add_row(state["plan"], state["table"], *shown, back)
    Console().print(table)


@sync_app.command("prune")
def prune(
    days: int | None = typer.Option(
        None, min=1, help="Age in days. Default: UPBEAT_STAGED_FILE_RETENTION_DAYS."
    ),
    yes: bool = typer.Option(False, "--yes", help="Delete. Without it, only say how many."),
    as_json: bool = typer.Option(False, "--json", help="Print the counts as JSON."),
) -> None:
    """Delete files that were staged long ago. Those of the two newest published runs of each plan stay: a rollback may need them.

    Example: upbeat sync prune --days 30 --yes
    """
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta

    from upbeat.settings import get_settings
    from upbeat.sync.staged_retention import prune_staged

    settings = get_settings()
    before = datetime.now(UTC) - timedelta(days=days or settings.staged_file_retention_days)
    pruned = prune_staged(settings, before, delete=yes)
    if as_json:
        print_json(asdict(pruned))
        return
    done = "deleted" if yes else "would be deleted: --yes does it"
    typer.echo(
        f"files of {pruned.runs:,} runs from before {before:%Y-%m-%d %H:%M} UTC, {pruned.bytes:,} bytes, {done}"
    )
