"""`upbeat up / status / down / env / migrate / delete-state`: the embedded stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbeat.embedded.stack import PartStatus
    from upbeat.settings import Settings

Parts = Annotated[
    list[str] | None, typer.Argument(metavar="[PART]…", help="Only these parts (default: all).")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, status, down, env, migrate):
        app.command()(command)
    app.command("delete-state")(delete_state)


def up(
    parts: Parts = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave this part out; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Start the stack and wait until every part is healthy. What runs already stays as it is.

    Creates what is missing: passwords, databases, buckets, tables, migrations. A part whose URL is set
    (UPBEAT_POSTGRES_URL, …) is not started, only checked.

    Example: upbeat up --without airflow
    """
    from upbeat.cli.stack_progress import shown_progress
    from upbeat.embedded import stack

    settings = settings_with_secrets()
    with shown_progress(quiet=json) as progress:
        found = stack.start(settings, parts or (), progress, without=without or ())
    _print_status(settings, found, json)


def status(parts: Parts = None, json: Json = False) -> None:
    """Show each part: process id, address, health, log. Exit code 1 when one is not healthy.

    Example: upbeat status --json
    """
    from upbeat.embedded import stack
    from upbeat.settings import get_settings

    settings = get_settings()
    found = stack.status(settings, parts or ())
    _print_status(settings, found, json)
    if not all(part.healthy for part in found):
        raise typer.Exit(1)


def down(parts: Parts = None, json: Json = False) -> None:
    """Stop what `upbeat up` started, by its own process ids and nothing else. Data stays.

    Example: upbeat down airflow
    """
    from upbeat.cli.stack_progress import shown_progress
    from upbeat.embedded import stack
    from upbeat.settings import get_settings

    settings = get_settings()
    with shown_progress(quiet=json) as progress:
        stopped = stack.stop(settings, parts or (), progress)
    if json:
        print_json({"stopped": stopped})
    else:
        typer.echo(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def env(json: Json = False) -> None:
    """Print the environment that dbt, airflow, psql, curl and boto3 need to reach the stack. Contains passwords.

    Example: eval "$(upbeat env)"
    """
    import shlex

    from upbeat.embedded.environment import process_environment

    variables = process_environment(settings_with_secrets())
    if json:
        print_json(variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def migrate(json: Json = False) -> None:
    """Bring the schemas of Postgres and the raw tables of ClickHouse to the version of this code.

    Example: UPBEAT_POSTGRES_URL=postgresql://… upbeat migrate
    """
    from upbeat.events.raw_tables import ensure_raw_tables
    from upbeat.stores import migrations
    from upbeat.stores.part_roles import ensure_part_roles
    from upbeat.stores.warehouse_role import ensure_warehouse_role

    settings = settings_with_secrets()
    before, after = migrations.migrate(settings)
    ensure_raw_tables(settings)
    # First: who may not make roles is told so by the other one, and is left with what can be had.
    problem = ensure_part_roles(settings)
    ensure_warehouse_role(settings)
    if json:
        print_json({"before": before, "after": after, "roles_problem": problem})
    else:
        typer.echo(
            f"Postgres is at {after} (was {before or 'empty'}); the raw tables of ClickHouse are there"
        )
        if problem:
            typer.echo(problem)


def delete_state(
    yes: Annotated[
        bool, typer.Option("--yes", help="Really delete; without it the folders are only named.")
    ] = False,
) -> None:
    """Stop the stack and delete its state folder: all data, passwords and logs.

    Example: upbeat delete-state --yes
    """
    from upbeat.embedded.delete_state import delete, folders_of
    from upbeat.settings import get_settings

    settings = get_settings()
    if yes:
        deleted = delete(settings)
        typer.echo(f"deleted: {', '.join(map(str, deleted))}" if deleted else "there is nothing to delete")
        return
    for folder in folders_of(settings):
        typer.echo(f"would delete {folder}; add --yes")


def settings_with_secrets() -> Settings:
    """The settings of this process, after the missing passwords and keys of the stack were generated."""
    from upbeat.embedded.generated_secrets import ensure_secrets
    from upbeat.embedded.places import require_own
    from upbeat.settings import default_state_dir, get_settings

    require_own(default_state_dir())
    ensure_secrets(default_state_dir())
    get_settings.cache_clear()
    return get_settings()


def _print_status(settings: Settings, found: Sequence[PartStatus], json: bool) -> None:
    from dataclasses import asdict

    from upbeat.cli.stack_progress import print_status_table

    if json:
        print_json([asdict(part) for part in found])
        return
    print_status_table(found)
    healthy = {part.name for part in found if part.healthy}
    if "api" in healthy:
        typer.echo(
            f"REST API, console: http://127.0.0.1:{settings.api_port}/console/  `upbeat api-keys create` makes a key"
        )
    if "airflow-api-server" in healthy:
        password = settings.airflow_admin_password.get_secret_value()
        typer.echo(f"Airflow: http://127.0.0.1:{settings.airflow_port}  user admin, password {password}")
