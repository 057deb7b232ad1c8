"""`upbeat enrich batch …`: questions in batches by hand; what the DAG `enrich_creators` does each night, a step at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.enrich import enrich_app
from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.operations.enrichment_batches.store import Batches

batch_app = typer.Typer(
    no_args_is_help=True,
    help="Ask a language model in batches, at half the price: plan, submit, status, collect.",
)
enrich_app.add_typer(batch_app, name="batch")


@batch_app.command("plan")
def plan(
    platform: Annotated[
        list[str] | None, typer.Option(help="instagram or youtube; may be repeated. Default: both.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="base_gender …; may be repeated. Default: all.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most questions.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many questions, and for at most what price.")
    ] = False,
    json: Json = False,
) -> None:
    """Write down what is to be asked, and reserve the most that it can cost. Nothing is sent before `submit`.

    Example: upbeat enrich batch plan --kind base_gender --dry-run
    """
    from dataclasses import asdict

    from upbeat.enrichment.budget import dollars
    from upbeat.operations.enrichment_batches.plan import plan as plan_batches
    from upbeat.operations.enrichment_batches.wanted import wanted_of

    wanted = wanted_of(platform or [], kind or [], limit)
    planned = _step(lambda batches: plan_batches(batches, wanted, dry_run=dry_run))
    if json:
        print_json(asdict(planned))
        return
    typer.echo(planned.summary)
    for name, count in planned.questions.items():
        typer.echo(f"  {name}: {count:,}")
    if planned.note:
        typer.echo(planned.note)
        typer.echo(f"all of them: at most {dollars(planned.most_of_all)}")


@batch_app.command("submit")
def submit(json: Json = False) -> None:
    """Send what is planned. What was sent before is found again at the provider and is not sent twice.

    Example: upbeat enrich batch submit
    """
    from dataclasses import asdict

    from upbeat.operations.enrichment_batches.submit import submit as submit_batches

    sent = _step(submit_batches)
    if json:
        print_json(asdict(sent))
        return
    if not (sent.sent or sent.refused or sent.elsewhere):
        typer.echo("nothing is planned: `upbeat enrich batch plan`")
    for keys, what in (
        (sent.sent, "sent"),
        (sent.refused, "given up, to be planned anew: `upbeat enrich batch status` says why"),
        (sent.elsewhere, "in the hands of another process"),
    ):
        for key in keys:
            typer.echo(f"{key}: {what}")


@batch_app.command("status")
def status(
    count: Annotated[int, typer.Option(min=1, help="How many of the newest batches.")] = 10,
    json: Json = False,
) -> None:
    """Ask the provider how far it is, and show the newest batches with what they have cost.

    Example: upbeat enrich batch status --count 3
    """
    from upbeat.operations.enrichment_batches.look import look

    async def do(batches: Batches) -> tuple[Any, Any]:
        return await look(batches), await batches.recent(count)

    progress, recent = _step(do)
    if json:
        print_json({"under_way": progress, "batches": recent})
    elif not recent:
        typer.echo("no batches yet: `upbeat enrich batch plan`")
    else:
        _print_batches(recent, {one.batch_key: f"{one.done:,} of {one.total:,}" for one in progress})


@batch_app.command("collect")
def collect(json: Json = False) -> None:
    """Read the answers of batches that have ended into what is known of creators. A second time changes nothing.

    Example: upbeat enrich batch collect
    """
    from upbeat.enrichment.budget import dollars
    from upbeat.operations.enrichment_batches.collect import collect as collect_batches
    from upbeat.operations.enrichment_batches.collected import verdict
    from upbeat.operations.enrichment_batches.look import look

    async def do(batches: Batches) -> tuple[Any, Any]:
        return await collect_after(batches), await batches.open()

    async def collect_after(batches: Batches) -> Any:
        await look(batches)
        return await collect_batches(batches)

    found, still_open = _step(do)
    if json:
        print_json(found.told() | {"still_open": [batch.batch_key for batch in still_open]})
        return
    if found.batches:
        told = f"{len(found.batches)} batches: {found.answered:,} answers ({found.repaired:,} repaired), {found.facts:,} told of creators"
        typer.echo(f"{told}, {dollars(found.cost_nanodollars)}; {verdict(found.told(), 1.0)[1]}")
    else:
        typer.echo("nothing to collect")
    for problem in found.problems:
        typer.echo(f"  {problem}")
    if still_open:
        typer.echo(f"{len(still_open)} batches have not ended: `upbeat enrich batch status`")


def _step(do: Callable[[Batches], Awaitable[Any]]) -> Any:
    import asyncio

    from upbeat.logs import configure_logging
    from upbeat.operations.enrichment_batches.store import open_batches
    from upbeat.settings import get_settings

    settings = get_settings()
    configure_logging(settings.log_level)

    async def run() -> Any:
        async with open_batches(settings) as batches:
            return await do(batches)

    return asyncio.run(run())


def _print_batches(recent: list[dict[str, Any]], progress: dict[str, str]) -> None:
    """A few lines each: keys and problems are long, and a terminal is narrow."""
    from upbeat.enrichment.budget import dollars

    for row in recent:
        model = f"{row['model']} (sandbox: no money was spent)" if row["is_sandbox"] else row["model"]
        done = progress.get(row["batch_key"]) or f"{row['answered']:,} of {row['requests']:,}"
        typer.echo(
            f"{row['batch_key']}: {row['status']}, planned {row['created_at']:%Y-%m-%d %H:%M} UTC, {model}"
        )
        typer.echo(
            f"  {done} done, {row['without_answer']:,} without an answer, {dollars(row['cost_nanodollars'])}"
        )
        if row["problem"]:
            typer.echo(f"  {row['problem']}")
