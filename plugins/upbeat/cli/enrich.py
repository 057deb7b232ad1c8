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
            f"{handle}: nothing is known of this creator yet: collect it (`upbeat enqueue instagram.profile_by_handle {handle}`), "
            f"then ask (`upbeat enqueue instagram.base_gender {handle}`), each with `upbeat work --until-idle`"
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
    from upbeat.enrichment.budget import dollars

    for total in totals:
        typer.echo(f"sandbox ({SANDBOX})" if total.is_sandbox else "real models")
        of_it = [row for row in rows if row.is_sandbox == total.is_sandbox]
        for line in _cost_lines(of_it, total, parts):
            typer.echo(line)
        if total.lost:
            typer.echo(
                f"{total.lost} calls are lost: of a killed process, or unanswered; they may have cost {dollars(total.lost_at_most)} at most"
            )
        if total.under_way:
            typer.echo(f"{total.under_way} calls are under way, for {dollars(total.reserved)} at most")


def _cost_lines(rows: list[CostRow], total: CostRow, parts: list[Part]) -> list[str]:
    """Aligned, and never cut to the width of a terminal: a figure that lacks its end is none. Columns of zeros are left out."""
    figures = _figures(total)
    shown = [name for name in figures if name in _ALWAYS or getattr(total, _RARE[name])]
    table = [[*parts, *shown]]
    for row in rows if parts else []:
        table.append([*(str(getattr(row, part)) for part in parts), *(_figures(row)[name] for name in shown)])
    table.append(
        [*("total" if n == 0 else "" for n, _ in enumerate(parts)), *(figures[name] for name in shown)]
    )
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    sides = [str.ljust] * len(parts) + [str.rjust] * len(shown)
    return [
        "  ".join(side(cell, width) for side, cell, width in zip(sides, line, widths, strict=True)).rstrip()
        for line in table
    ]


_RARE = {"repairs": "repairs", "failed": "failed", "lost": "lost", "lost, at most": "lost_at_most"}
_ALWAYS = ("calls", "answered", "tokens in", "out", "paid")


def _figures(row: CostRow) -> dict[str, str]:
    from upbeat.enrichment.budget import dollars

    return {
        "calls": f"{row.calls:,}",
        "answered": f"{row.answered:,}",
        "repairs": f"{row.repairs:,}",
        "failed": f"{row.failed:,}",
        "lost": f"{row.lost:,}",
        "tokens in": f"{row.input_tokens:,}",
        "out": f"{row.output_tokens:,}",
        "paid": dollars(row.paid),
        "lost, at most": dollars(row.lost_at_most),
    }


def _print_answers(rows: list[dict[str, Any]]) -> None:
    """Two lines each: what a model told does not fit into a column."""
    from upbeat.stores.json_text import encode_json

    whose = None
    for row in rows:
        if whose != (whose := (row["platform"], row["profile_id"])):
            typer.echo(f"@{row['handle']} ({str(row['platform']).lower()} {row['profile_id']})")
        model = f"{row['model']} (sandbox)" if row["is_sandbox"] else row["model"]
        confidence = "–" if row["confidence"] is None else f"{row['confidence']:.2f}"
        asked = f"{row['observed_at']:%Y-%m-%d}"
        typer.echo(f"{row['kind']:19}  {row['prompt_version']}  confidence {confidence}  {asked}  {model}")
        typer.echo(f"  {encode_json(row['result'])}")
