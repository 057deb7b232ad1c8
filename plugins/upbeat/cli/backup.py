"""`upbeat backup …`: Postgres in S3, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.settings import Settings

backup_app = typer.Typer(no_args_is_help=True, help="Backups of Postgres in S3.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(backup_app, name="backup")


@backup_app.command("create")
def create(
    keep: Annotated[
        int | None, typer.Option(min=1, help="Then delete all but so many, the newest. Default: none.")
    ] = None,
    json: Json = False,
) -> None:
    """Dump the database to S3. Credentials stay encrypted in it.

    Example: upbeat backup create --keep 14
    """
    from dataclasses import asdict

    from upbeat.operations.backup import create_backup, forget_old
    from upbeat.settings import get_settings

    settings = get_settings()
    made = create_backup(settings)
    forgotten = forget_old(settings, keep) if keep else []
    if json:
        print_json({**asdict(made), "forgotten": forgotten})
        return
    typer.echo(f"{made.name}: {made.bytes:,} bytes, schema {made.schema_version}, {_rows(made.rows)}")
    if forgotten:
        typer.echo(f"{len(forgotten)} older ones deleted: {', '.join(forgotten)}")


@backup_app.command("list")
def list_(json: Json = False) -> None:
    """Show the complete backups, the newest first.

    Example: upbeat backup list --json
    """
    from dataclasses import asdict

    from upbeat.operations.backup import list_backups
    from upbeat.settings import get_settings

    found = list_backups(get_settings())
    if json:
        print_json([asdict(backup) for backup in found])
        return
    for backup in found:
        typer.echo(
            f"{backup.name}  {backup.bytes:>14,} bytes  schema {backup.schema_version}  {_rows(backup.rows)}"
        )
    if not found:
        typer.echo("no backups: `upbeat backup create` makes one")


@backup_app.command("restore")
def restore(
    database: Annotated[
        str, typer.Option(help="Database of the same server to restore into; made where it is missing.")
    ],
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="As `upbeat backup list` shows it. Default: the newest."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """Bring a backup into an empty database. The database that is in use stays as it is: point UPBEAT_POSTGRES_URL at the new one.

    Example: upbeat backup restore --database upbeat_restored --yes
    """
    from upbeat.operations.backup import backup_named, restore_backup
    from upbeat.settings import get_settings

    settings = get_settings()
    chosen = backup_named(settings, name)
    if not yes:
        told = {"backup": chosen.name, "database": database, "restored": False}
        print_json(told) if json else typer.echo(
            f"would restore {chosen.name} ({_rows(chosen.rows)}) into database {database}: --yes does it"
        )
        return
    rows = restore_backup(settings, chosen, _database(settings, database))
    if json:
        print_json({"backup": chosen.name, "database": database, "restored": True, "rows": rows})
    else:
        typer.echo(f"{chosen.name} restored into database {database}: {_rows(rows)}")


def _database(settings: Settings, name: str) -> str:
    """URL of a database of the settings' server; it is made where it is missing."""
    from urllib.parse import quote, urlsplit

    from psycopg import sql

    from upbeat.stores.postgres import connect

    with connect(settings, autocommit=True, application="upbeat:restore") as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlsplit(settings.postgres_dsn())._replace(path=f"/{quote(name, safe='')}").geturl()


def _rows(rows: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {table}" for table, count in rows.items())
