"""`upbeat deploy …`: what a release will do, the step before it, and the files of secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.operations.deploy_findings import Finding
    from upbeat.settings import Settings

deploy_app = typer.Typer(help="Releases: look before, prepare, and make the secrets of a new installation.")
_SIGNS = {"problem": "✗", "change": "→", "note": "·"}


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(deploy_app, name="deploy")


@deploy_app.callback(invoke_without_command=True)
def deploy(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Say what this release will do; change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Look before a release: pending migrations and what they lock, ClickHouse tables, dbt models, settings and secrets, work under way.

    Exit codes of --check: 0 nothing to do, 1 problems, 2 settings that cannot be read, 3 changes and no problem.

    Example: upbeat deploy --check --json
    """
    if context.invoked_subcommand is not None:
        return
    if not check:
        typer.echo(context.get_help())
        raise typer.Exit(0)
    from upbeat.embedded.environment import process_environment
    from upbeat.operations.deploy_check import as_json, check_release
    from upbeat.operations.deploy_findings import exit_code
    from upbeat.settings import get_settings

    settings = get_settings()
    findings = check_release(settings, process_environment(settings))
    code = exit_code(findings)
    if json:
        print_json(as_json(findings, code))
    else:
        _print(findings)
    raise typer.Exit(code)


@deploy_app.command("prepare")
def prepare(
    logins: Annotated[
        Path | None,
        typer.Option(
            help="Folder with files `postgres_url_<part>`: the roles that may log in, with their passwords."
        ),
    ] = None,
    airflow: Annotated[bool, typer.Option(help="Also Airflow's database and pools.")] = True,
    json: Json = False,
) -> None:
    """The step before a release: schemas, raw tables, roles, buckets, Airflow's database and pools, the parsed dbt project.

    All of it may be repeated, and all of it leaves the release that still runs able to work.

    Example: upbeat deploy prepare --logins /run/secrets
    """
    from upbeat.settings import get_settings

    settings = get_settings()
    done = _prepare_stores(settings, logins)
    if airflow:
        _prepare_airflow(settings, quiet=json)
    _keep_deployed(settings)
    if json:
        print_json(done)
        return
    typer.echo(
        f"Postgres is at {done['after']} (was {done['before'] or 'empty'}); raw tables and buckets are there"
    )
    typer.echo(
        f"roles: {done['roles_problem'] or 'made'}; may log in: {', '.join(done['logins']) or 'none was asked for'}"
    )


@deploy_app.command("secrets")
def make_secret_files(
    folder: Annotated[Path, typer.Argument(help="Folder of the files; made where it is missing.")],
    json: Json = False,
) -> None:
    """Make the files of secrets that docker-compose.yml mounts. Passwords and logins that are there stay as they are.

    Example: upbeat deploy secrets ./secrets
    """
    from upbeat.operations.deploy_secrets import make_secrets

    files = make_secrets(folder)
    if json:
        print_json({"folder": str(folder), **files._asdict()})
        return
    typer.echo(f"{folder}: {len(files.made)} files made, {len(files.kept)} kept")
    if files.changed:
        typer.echo(f"made anew: {', '.join(files.changed)}: start their stores again")
    for name in files.stale:
        typer.echo(f"{name} holds an old password: delete it and run this again, or change it there")
    typer.echo("Keep a copy of credential_key elsewhere: without it the credentials in a backup are lost.")


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        typer.echo(f"{_SIGNS[finding.kind]} {finding.part:<10} {finding.what}")
    counts = {kind: sum(finding.kind == kind for finding in findings) for kind in _SIGNS}
    typer.echo(f"{counts['problem']} problems, {counts['change']} changes, {counts['note']} notes")


def _prepare_stores(settings: Settings, logins: Path | None) -> dict[str, Any]:
    from upbeat.embedded.prepare import create_buckets
    from upbeat.errors import InputError
    from upbeat.events.raw_tables import ensure_raw_tables
    from upbeat.stores import migrations
    from upbeat.stores.part_roles import ensure_part_roles
    from upbeat.stores.warehouse_role import ensure_warehouse_role

    before, after = migrations.migrate(settings)
    problem = ensure_part_roles(settings)
    opened = _open_logins(settings, logins) if logins and problem is None else []
    try:
        ensure_warehouse_role(settings)
    except InputError as error:
        # A named collection of ClickHouse may hold another login, and all else works without.
        problem = "; ".join(filter(None, (problem, str(error))))
    ensure_raw_tables(settings)
    create_buckets(settings)
    return {"before": before, "after": after, "roles_problem": problem, "logins": opened}


def _open_logins(settings: Settings, folder: Path) -> list[str]:
    from upbeat.errors import InputError
    from upbeat.stores.part_roles import LOGIN_PARTS, grant_login

    files = [path for part in LOGIN_PARTS if (path := folder / f"postgres_url_{part}").is_file()]
    if not files:
        raise InputError(
            f"logins={folder}: holds no file postgres_url_<part>: `upbeat deploy secrets` makes them"
        )
    return [grant_login(settings, path.read_text(encoding="utf-8").strip()) for path in files]


def _prepare_airflow(settings: Settings, *, quiet: bool) -> None:
    from upbeat.cli.run_in_environment import prepare_home, whole_environment
    from upbeat.cli.stack_progress import shown_progress
    from upbeat.embedded.airflow_database import prepare_airflow
    from upbeat.embedded.airflow_pools import import_pools
    from upbeat.embedded.places import places

    prepare_home(settings)
    where = places(settings)
    where.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    with shown_progress(quiet=quiet) as progress:
        prepare_airflow(settings, where, progress)
    import_pools(whole_environment(settings))


def _keep_deployed(settings: Settings) -> None:
    """The manifest where dbt tasks find it, and in S3 for the check before the next release."""
    from upbeat.embedded.environment import process_environment
    from upbeat.operations.deploy_models import DBT_PROJECT, keep_manifest, parsed_manifest
    from upbeat.operations.deploy_settings import keep_setting_names

    manifest = parsed_manifest(process_environment(settings), DBT_PROJECT / "target")
    keep_manifest(settings, manifest)
    keep_setting_names(settings)
