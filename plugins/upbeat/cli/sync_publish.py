"""What `upbeat sync PLAN …` prints: of one plan its report, of several a line each as it ends, and how many there were."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from upbeat.cli.json_output import print_json

if TYPE_CHECKING:
    from upbeat.settings import Settings
    from upbeat.sync.load import LoadReport
    from upbeat.sync.plan import Plan
    from upbeat.sync.preview import Preview
    from upbeat.sync.publish_plans import Outcome


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person allows a publish to do, and which staged run to load in place of an export."""

    accept_drop: bool
    change_columns: bool
    from_run: str | None


def publish_one(settings: Settings, plan: Plan, wanted: Wanted, *, as_json: bool) -> None:
    """Publish a plan and print its report. Raises as `publish_plan`."""
    report = _publish(settings, plan, run_id(), wanted)
    if as_json:
        print_json(report)
        return
    typer.echo(_published_line(report))
    if report["carried"]:
        typer.echo(f"carried over: {', '.join(report['carried'])}")
    if report["note"]:
        typer.echo(f"staged {report['note']}")


def publish_several(settings: Settings, plans: Sequence[Plan], wanted: Wanted, *, as_json: bool) -> None:
    """Publish plans under one run id and print a line of each as it ends. Exit code 1 when one was not published."""
    from upbeat.sync.publish_plans import publish_plans

    run, started = run_id(), time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in publish_plans(plans, lambda plan: _publish(settings, plan, run, wanted)):
        outcomes.append(outcome)
        if not as_json:
            _print_outcome(outcome, f"{len(outcomes):>{len(str(len(plans)))}}/{len(plans)}")
    unpublished = sorted(outcome.plan for outcome in outcomes if outcome.unpublished)
    if as_json:
        in_order = {outcome.plan: outcome.report or outcome.unpublished for outcome in outcomes}
        print_json([in_order[plan.name] for plan in plans])
    else:
        rows = sum(outcome.report["rows"] for outcome in outcomes if outcome.report)
        typer.echo(
            f"{len(plans) - len(unpublished)} of {len(plans)} tables published, {rows:,} rows, "
            f"in {time.monotonic() - started:.1f} s"
        )
    if unpublished:
        typer.echo(f"error: not published: {', '.join(unpublished)}", err=True)
        raise typer.Exit(1)


def _publish(settings: Settings, plan: Plan, run: str, wanted: Wanted) -> LoadReport:
    from upbeat.sync.publish_plans import publish_plan

    return publish_plan(
        settings,
        plan,
        run,
        from_run=wanted.from_run,
        accept_drop=wanted.accept_drop,
        change_columns=wanted.change_columns,
    )


def run_id() -> str:
    """A name of a run that a person starts."""
    from datetime import UTC, datetime

    return f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


def _print_outcome(outcome: Outcome, count: str) -> None:
    if outcome.unpublished:
        typer.echo(f"{count} {outcome.unpublished['error']}", err=True)
    elif outcome.report:
        typer.echo(f"{count} {_published_line(outcome.report)}")


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


def preview_one(settings: Settings, plan: Plan, wanted: Wanted, *, as_json: bool) -> None:
    """Print what a publish would do. Raises as `preview`."""
    seen = _preview(settings, plan, wanted)
    if as_json:
        print_json(seen)
        return
    last = seen["last_published"]
    standing = (
        f"{last['rows']} rows of run {last['run_id']} ({moment(last['published_at'])})" if last else "nothing"
    )
    typer.echo(f"{seen['mart']}: {seen['source_rows']} rows, newest {moment(seen['source_updated_at'])}")
    typer.echo(f"{seen['table']}: {standing}")
    if seen["note"]:
        typer.echo(f"would be staged {seen['note']}")
    if seen["refused"]:
        typer.echo(f"would be refused: {seen['refused']}")
        return
    typer.echo(f"would be published by {' or '.join(seen['ways'])}: {seen['way_reason']}")
    if seen["carried"]:
        typer.echo(f"a swap would carry over: {', '.join(seen['carried'])}")


def preview_several(settings: Settings, plans: Sequence[Plan], wanted: Wanted, *, as_json: bool) -> None:
    """Print a line on each plan: what a publish would do. Exit code 1 when one cannot be looked at.

    Raises:
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    from upbeat.errors import InputError

    found: list[Any] = []
    for plan in plans:
        try:
            seen = _preview(settings, plan, wanted)
        except InputError as error:
            found.append({"plan": plan.name, "error": str(error)})
        else:
            found.append(seen)
        if not as_json:
            typer.echo(_preview_line(found[-1]), err="error" in found[-1])
    if as_json:
        print_json(found)
    unseen = [one["plan"] for one in found if "error" in one]
    if unseen:
        typer.echo(f"error: not to be published: {', '.join(unseen)}", err=True)
        raise typer.Exit(1)


def _preview(settings: Settings, plan: Plan, wanted: Wanted) -> Preview:
    from upbeat.sync.preview import preview

    return preview(
        settings, plan, "dry-run", accept_drop=wanted.accept_drop, change_columns=wanted.change_columns
    )


def _preview_line(seen: Any) -> str:
    if "error" in seen:
        return str(seen["error"])
    if seen["refused"]:
        return f"{seen['table']}: {seen['source_rows']} rows would be refused: {seen['refused']}"
    last = seen["last_published"]
    standing = f"{last['rows']} rows stand there" if last else "nothing stands there"
    return f"{seen['table']}: {seen['source_rows']} rows would be published by {' or '.join(seen['ways'])}, {standing}"


def moment(text: str | None) -> str:
    """A moment of a report for people: to the second, in UTC."""
    from datetime import UTC, datetime

    if text is None:
        return "unknown"
    read = datetime.fromisoformat(text)
    utc = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC"
