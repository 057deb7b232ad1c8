"""`upbeat campaigns …`: campaigns and collections from a file, and which there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.listeners.campaign_file import Imported

campaigns_app = typer.Typer(
    no_args_is_help=True, help="The product's campaigns, and the collections that measure them."
)
_SHOWN_PROBLEMS = 10


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(campaigns_app, name="campaigns")


@campaigns_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON; `-` is stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be stored.")] = False,
    json: Json = False,
) -> None:
    """Store campaigns and collections as the product's messages would; their creators are collected from then on.

    An entry that cannot be used is told and costs the others nothing; then the exit code is 2.

    Example: upbeat campaigns import campaigns.yaml --dry-run
    """
    from datetime import UTC, datetime

    from upbeat.listeners.campaign_file import import_changes, parse_file, read_changes
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    changes, problems = read_changes(parse_file(_text(file), str(file)), datetime.now(UTC))
    with transaction(get_settings(), application="upbeat:campaigns") as connection:
        imported = import_changes(connection, changes, problems, dry_run=dry_run)
    _print_imported(imported, file, dry_run=dry_run, as_json=json)
    if imported.problems:
        raise typer.Exit(2)


@campaigns_app.command("list")
def list_all(json: Json = False) -> None:
    """List the campaigns with their creators and costs, and the collections.

    Example: upbeat campaigns list --json
    """
    from upbeat.listeners.campaign_file import list_campaigns, list_collections
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    with transaction(get_settings(), application="upbeat:campaigns") as connection:
        campaigns, collections = list_campaigns(connection), list_collections(connection)
    if json:
        print_json({"campaigns": campaigns, "collections": collections})
    elif not campaigns and not collections:
        typer.echo("no campaigns and no collections: `upbeat campaigns import FILE`")
    else:
        _print_tables(campaigns, collections)


def _text(file: Path) -> str:
    import sys

    from upbeat.errors import InputError

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}: pass a file that can be read") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is no UTF-8 text: save it as UTF-8") from error


def _print_imported(imported: Imported, file: Path, *, dry_run: bool, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json({**asdict(imported), "dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    typer.echo(
        f"{file}: {_count(imported.campaigns, 'campaign')} and {_count(imported.collections, 'collection')} {would}stored, "
        f"{imported.outdated} older than what is known"
    )
    if imported.problems:
        typer.echo(f"  {len(imported.problems)} cannot be used:")
    for problem in imported.problems[:_SHOWN_PROBLEMS]:
        typer.echo(f"    {problem.entry} {problem.name or ''}: {problem.reason}")
    if len(imported.problems) > _SHOWN_PROBLEMS:
        typer.echo(f"    and {len(imported.problems) - _SHOWN_PROBLEMS} more (--json tells all)")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print_tables(campaigns: list[dict[str, Any]], collections: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    # The ids are what other commands and the API ask for: cut, they tell nothing.
    table = Table(Column("campaign", no_wrap=True, min_width=_longest(campaigns, "campaign_id")))
    for name in ("status", "goal", "from", "until", "creators", "cost", "budget"):
        table.add_column(name)
    for row in campaigns:
        days = [str(row[name] or "") for name in ("starts_on", "ends_on")]
        money = [_money(row[name], row["currency"]) for name in ("cost", "budget")]
        table.add_row(row["campaign_id"], row["status"], row["goal"], *days, str(row["profiles"]), *money)
    console.print(table)
    table = Table(Column("collection", no_wrap=True, min_width=_longest(collections, "collection_id")))
    for name in ("kind", "members", "campaign"):
        table.add_column(name)
    for row in collections:
        table.add_row(row["collection_id"], row["kind"], str(row["members"]), row["campaign_id"] or "")
    console.print(table)


def _longest(rows: list[dict[str, Any]], name: str) -> int:
    return max((len(row[name]) for row in rows), default=0)


def _money(amount: Any, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency or ''}".strip()
