"""`upbeat enrich …`: what enrichment by a language model has cost, what is left of a day's budget, what is known of a creator.

Other modules add their commands.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.enrichment.cost_report import CostRow, Part

enrich_app = typer.Typer(
    no_args_is_help=True, help="What a language model tells of creators, and what it costs."
)
SANDBOX = "sandbox: no money was spent"


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(enrich_app, name="enrich")


@enrich_app.command("cost")
def cost(
    since: Annotated[
        str | None, typer.Option(help="First day (UTC), 2026-01-31; else from the first call on.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Last day (UTC), included; else until today.")] = None,
    by: Annotated[
        str, typer.Option(help="What to split by: some of kind, model, day, mode.")
    ] = "kind,model,day,mode",
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout, for spreadsheets.")] = False,
    json: Json = False,
) -> None:
    """Show what enrichment has cost, the sum of every call. A lost call (its process was killed) counts with the most it can have cost.

    Example: upbeat enrich cost --since 2026-01-01 --by kind,model
    """
    from upbeat.cli.history import as_option
    from upbeat.enrichment.cost_report import cost_report, summed
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    parts = _parts(by)
    first, last = (
        as_option(name, text, date.fromisoformat) for name, text in (("since", since), ("until", until))
    )
    with transaction(get_settings(), application="upbeat:enrich") as connection:
        rows = cost_report(connection, since=first, until=last, by=parts)
    totals = summed(rows)
    if json:
        print_json(
            {"rows": [_told(row, parts) for row in rows], "totals": [_told(row, ()) for row in totals]}
        )
    elif csv:
        _print_csv([_told(row, parts) for row in rows])
    elif not rows:
        typer.echo("no call was made in these days")
    else:
        _print_costs(rows, totals, parts)


@enrich_app.command("budget")
def budget(json: Json = False) -> None:
    """Show what is left of today's budget (UTC), of real models and of the sandbox.

    Example: upbeat enrich budget --json
    """
    from upbeat.enrichment.budget import SETTING, dollars, in_dollars, in_nanodollars
    from upbeat.enrichment.cost_report import spend_today
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    settings = get_settings()
    most = in_nanodollars(settings.llm_daily_budget_usd)
    with transaction(settings, application="upbeat:enrich") as connection:
        found = spend_today(connection)
    if json:
        print_json(
            [
                {
                    "day": spend.day,
                    "is_sandbox": spend.is_sandbox,
                    "budget_usd": str(in_dollars(most)),
                    "spent_usd": str(in_dollars(spend.spent)),
                    "reserved_usd": str(in_dollars(spend.reserved)),
                    "left_usd": str(in_dollars(spend.left(most))),
                    "calls_under_way": under_way,
                }
                for spend, under_way in found
            ]
        )
        return
    typer.echo(f"budget of a day: {dollars(most)} ({SETTING})")
    for spend, under_way in found:
        whose = f"sandbox ({SANDBOX})" if spend.is_sandbox else "real models"
        typer.echo(
            f"{spend.day} UTC, {whose}: {dollars(spend.spent)} spent, {dollars(spend.reserved)} reserved by "
            f"{under_way} calls under way, {dollars(spend.left(most))} left"
        )


@enrich_app.command("show")
def show(
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="natgeo or @natgeo.")],
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    json: Json = False,
) -> None:
    """Show what a language model said of a creator: each kind with its version, model, confidence and date.

    Example: upbeat enrich show natgeo
    """
    from upbeat.cli.history import platform_named
    from upbeat.enrichment.cost_report import answers_about
    from upbeat.errors import InputError
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    whose = platform_named(platform).value if platform else None
    with transaction(get_settings(), application="upbeat:enrich") as connection:
        rows = answers_about(connection, handle, whose)
    if not rows:
        raise InputError(
            f"{handle}: nothing is known of this creator yet: it is asked about once it was collected "
            "(`upbeat track add`, `upbeat work`)"
        )
    if json:
        print_json(rows)
    else:
        _print_answers(rows)


def _parts(by: str) -> list[Part]:
    from upbeat.enrichment.cost_report import PARTS
    from upbeat.errors import InputError

    named = [part.strip() for part in by.split(",") if part.strip()]
    for part in named:
        if part not in PARTS:
            raise InputError(f"--by {part}: a report is split by some of {', '.join(PARTS)}")
    return [part for part in PARTS if part in named]


def _told(row: CostRow, parts: Any) -> dict[str, Any]:
    """A row for scripts: money in US dollars, exact, as text."""
    from upbeat.enrichment.budget import in_dollars
    from upbeat.enrichment.cost_report import FIGURES

    money = {"paid", "lost_at_most", "reserved"}
    told = {"source": "sandbox" if row.is_sandbox else "real", **{part: getattr(row, part) for part in parts}}
    told |= {name: getattr(row, name) for name in FIGURES if name not in money}
    told |= {
        f"{name}_usd": str(in_dollars(getattr(row, name)))
        for name in ("paid", "lost_at_most", "reserved", "spent")
    }
    return told | {"note": SANDBOX if row.is_sandbox else ""}


def _print_csv(rows: list[dict[str, Any]]) -> None:
    import csv
    import sys

    if rows:
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _print_costs(rows: list[CostRow], totals: list[CostRow], parts: list[Part]) -> None:
    from rich.console import Console
    from rich.table import Table

    from upbeat.enrichment.budget import dollars

    for total in totals:
        title = f"sandbox ({SANDBOX})" if total.is_sandbox else "real models"
        figures = (
            "calls",
            "answered",
            "repairs",
            "failed",
            "lost",
            "tokens in",
            "out",
            "paid",
            "lost, at most",
        )
        table = Table(*parts, title=title, title_justify="left")
        for name in figures:
            table.add_column(name, justify="right")
        for row in [row for row in rows if row.is_sandbox == total.is_sandbox]:
            table.add_row(*(str(getattr(row, part)) for part in parts), *_cells(row))
        if parts:
            table.add_section()
            table.add_row("total", *("" for _ in parts[1:]), *_cells(total))
        Console().print(table)
        if total.lost:
            typer.echo(
                f"{total.lost} calls are lost: of a killed process, or unanswered; they may have cost {dollars(total.lost_at_most)} at most"
            )
        if total.under_way:
            typer.echo(f"{total.under_way} calls are under way, for {dollars(total.reserved)} at most")


def _cells(row: CostRow) -> list[str]:
    from upbeat.enrichment.budget import dollars

    counts = (row.calls, row.answered, row.repairs, row.failed, row.lost, row.input_tokens, row.output_tokens)
    return [f"{count:,}" for count in counts] + [dollars(row.paid), dollars(row.lost_at_most)]


def _print_answers(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from upbeat.stores.json_text import encode_json

    table = Table(
        "kind",
        "version",
        "model",
        "confidence",
        "asked",
        "result",
        title=f"@{rows[0]['handle']}",
        title_justify="left",
    )
    for row in rows:
        model = f"{row['model']} (sandbox)" if row["is_sandbox"] else row["model"]
        confidence = "" if row["confidence"] is None else f"{row['confidence']:.2f}"
        asked = f"{row['observed_at']:%Y-%m-%d}"
        table.add_row(
            row["kind"], row["prompt_version"], model, confidence, asked, encode_json(row["result"])
        )
    Console().print(table)
