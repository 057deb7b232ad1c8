"""`upbeat sync …`: publish a mart to Postgres, look first, take it back."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from upbeat.cli import sync_publish
from upbeat.cli.json_output import print_json
from upbeat.cli.sync_publish import moment, run_id


class PlanGroup(TyperGroup):
    """`upbeat sync leaderboard` is short for `upbeat sync run leaderboard`, and `upbeat sync --all` for `upbeat sync run --all`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is neither a command nor a call for help for what `run` takes."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


sync_app = typer.Typer(
    cls=PlanGroup,
    no_args_is_help=True,
    help="Publish marts to Postgres: `upbeat sync leaderboard`, `upbeat sync --all`, or one of the commands below.",
)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(sync_app, name="sync")


@sync_app.command("run")
def run(
    plans: Annotated[list[str] | None, typer.Argument(help="Names of plans in include/sync.")] = None,
    every: bool = typer.Option(False, "--all", help="All plans."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen; write nothing."),
    accept_drop: bool = typer.Option(False, "--accept-drop", help="Publish although many rows are gone."),
    change_columns: bool = typer.Option(
        False, "--change-columns", help="Publish although columns go or change their type."
    ),
    from_run: str | None = typer.Option(
        None, help="Load the staged files of this earlier run; export nothing."
    ),
    as_json: bool = typer.Option(
        False, "--json", help="Print the report as JSON; of several plans a list of reports."
    ),
) -> None:
    """Export marts to S3, load them into Postgres, verify them, and swap them in.

    A plan that fails keeps none of the others: its table stays as it was, the last line names it, and the exit code is 1.

    Example: upbeat sync leaderboard, upbeat sync --all
    """
    from upbeat.errors import InputError
    from upbeat.settings import get_settings
    from upbeat.sync.plan import load_plan, load_plans

    if bool(plans) == every:
        raise InputError("name plans, or say --all: upbeat sync leaderboard")
    if dry_run and from_run is not None:
        raise InputError("--dry-run looks at marts, --from-run loads what is staged: say one of them")
    # All are read first: a name that is wrong is told before anything is published.
    chosen = load_plans() if every else [load_plan(name) for name in dict.fromkeys(plans or ())]
    wanted = sync_publish.Wanted(accept_drop, change_columns, from_run)
    settings, is_one = get_settings(), len(chosen) == 1 and not every
    if is_one:
        do = sync_publish.preview_one if dry_run else sync_publish.publish_one
        do(settings, chosen[0], wanted, as_json=as_json)
        return
    do_all = sync_publish.preview_several if dry_run else sync_publish.publish_several
    do_all(settings, chosen, wanted, as_json=as_json)


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
    staged = export_to_s3(get_settings(), load_plan(plan), run_id(), file_format=known[file_format])
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
        shown = (str(last["rows"]), moment(last["published_at"])) if last else ("-", "never")
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
