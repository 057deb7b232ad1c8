"""`upbeat credentials …`: what the upstream sources want to see. Secrets come from stdin or the environment, never argv."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.errors import InputError

if TYPE_CHECKING:
    from upbeat.credentials.records import CredentialSummary

NOT_SECRET = frozenset({"user_id"})
"""The only fields that may stand on the command line, which other users of the machine can read."""

credentials_app = typer.Typer(no_args_is_help=True, help="Credentials of upstream sources.")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")]
IdArgument = Annotated[
    int, typer.Argument(metavar="ID", help="The number that `upbeat credentials list` shows.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(credentials_app, name="credentials")


@credentials_app.command("add")
def add(
    source: Annotated[str, typer.Argument(help="The source, like `graphapi`.")],
    field: Annotated[
        list[str], typer.Option("--field", metavar="NAME=VALUE", help="A field that is no secret: `user_id`.")
    ] = [],  # noqa: B006 - typer copies it
    env: Annotated[
        list[str],
        typer.Option("--env", metavar="NAME=VARIABLE", help="A field read from an environment variable."),
    ] = [],  # noqa: B006
    handle: Annotated[str | None, typer.Option(help="Whose credential it is, for people.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Store a credential, or replace the secrets of one that is known. What is not given by an option is read from stdin.

    Stdin holds the one secret field that is missing, or a JSON object of fields. A connected YouTube channel has a `token` and a
    `user_id` (`UC…`) in place of the `key`, and its handle by --handle: its insights are asked for with them.

    Example: `upbeat credentials add graphapi --field user_id=17841400000000001 < token.txt`
    """
    from upbeat.crawlers.registry import crawler_class
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    crawler = crawler_class(source)
    if not crawler.credential_fields:
        raise InputError(f"source={source}: it needs no credential")
    given = _pairs(field, "--field") | _from_environment(_pairs(env, "--env"))
    for name in _pairs(field, "--field"):
        if name not in NOT_SECRET:
            raise InputError(
                f"--field {name}: secrets stay off the command line: use stdin or --env {name}=VARIABLE"
            )
    given = _complete(source, crawler.credential_fields, crawler.own_credential_fields, given)
    identity, change = store.upsert(get_settings(), source, given, handle)
    if as_json:
        typer.echo(json.dumps({"id": identity, "source": source, "change": change}))
    else:
        typer.echo(f"{source}: credential {identity} {change}")


def _pairs(options: list[str], name: str) -> dict[str, str]:
    pairs = {}
    for option in options:
        left, mark, right = option.partition("=")
        if not mark or not left or not right:
            raise InputError(f"{name}: every value is written NAME=VALUE")
        pairs[left] = right
    return pairs


def _from_environment(variables: dict[str, str]) -> dict[str, str]:
    # The one place besides settings that reads the environment: a person names the variable.
    for name, variable in variables.items():
        if not os.environ.get(variable):
            raise InputError(f"--env {name}={variable}: the variable {variable} is not set")
    return {name: os.environ[variable].strip() for name, variable in variables.items()}


def _complete(
    source: str, usual: tuple[str, ...], own: tuple[str, ...], given: dict[str, str]
) -> dict[str, str]:
    """All fields of a credential: of the `usual` one, or of a connected account's `own` when one of its fields is given."""
    fields = own if set(given) & (set(own) - set(usual)) else usual
    missing = [name for name in fields if name not in given]
    if missing:
        given = given | _from_stdin(source, missing)
        fields = own if set(given) & (set(own) - set(usual)) else usual
    for name in given:
        if name not in fields:
            raise InputError(
                f"{source}: a credential has no field {name!r}: its fields are {', '.join(fields)}"
            )
    for name in fields:
        if not given.get(name):
            raise InputError(f"{source}: the field {name!r} is missing: give it by stdin, --env or --field")
    return given


def _from_stdin(source: str, missing: list[str]) -> dict[str, str]:
    if sys.stdin.isatty():
        return {name: typer.prompt(f"{source} {name}", hide_input=name not in NOT_SECRET) for name in missing}
    text = sys.stdin.read().strip()
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InputError("stdin: begins like JSON and is none: send an object of fields") from error
        if not all(isinstance(value, str | int) for value in document.values()):
            raise InputError("stdin: every field of the JSON object must be a text")
        return {name: str(value).strip() for name, value in document.items()}
    if len(missing) > 1:
        raise InputError(f"{source}: {', '.join(missing)} are missing: give all but one by --field or --env")
    return {missing[0]: text}


@credentials_app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Show all credentials and whether they are usable. Secrets are never shown.

    Example: `upbeat credentials list --json`
    """
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    found = store.list_credentials(get_settings())
    if as_json:
        typer.echo(json.dumps([_row(summary) for summary in found], indent=2))
        return
    for summary in found:
        rest = f" for {summary.cooling_seconds:.0f} s" if summary.state == "cooling" else ""
        typer.echo(
            f"{summary.id:>5}  {summary.source:<20} {summary.state + rest:<22} {summary.handle or '-':<24} "
            f"{summary.idempotency_key}{f'  ({summary.validation_reason})' if summary.validation_reason else ''}"
        )
    if not found:
        typer.echo("no credentials: `upbeat credentials add SOURCE` stores one")


def _row(summary: CredentialSummary) -> dict[str, Any]:
    return {
        "id": summary.id,
        "source": summary.source,
        "key": summary.idempotency_key,
        "handle": summary.handle,
        "state": summary.state,
        "enabled": summary.enabled,
        "data_access_expired": summary.data_access_expired,
        "cooling_seconds": round(summary.cooling_seconds, 1),
        "needs_validation": summary.needs_validation,
        "validated_at": summary.validated_at.isoformat() if summary.validated_at else None,
        "validation_reason": summary.validation_reason,
        "disabled_till": summary.disabled_till.isoformat() if summary.disabled_till else None,
        "created_at": summary.created_at.isoformat(),
        "updated_at": summary.updated_at.isoformat(),
    }


@credentials_app.command("disable")
def disable(credential: IdArgument, as_json: JsonOption = False) -> None:
    """Switch a credential off until it is enabled again.

    Example: `upbeat credentials disable 3`
    """
    _switch(credential, False, as_json)


@credentials_app.command("enable")
def enable(credential: IdArgument, as_json: JsonOption = False) -> None:
    """Switch a credential on again. A cool-down goes on until it ends by itself.

    Example: `upbeat credentials enable 3`
    """
    _switch(credential, True, as_json)


def _switch(credential: int, enabled: bool, as_json: bool) -> None:
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    store.set_enabled(get_settings(), credential, enabled)
    state = "enabled" if enabled else "disabled"
    typer.echo(
        json.dumps({"id": credential, "enabled": enabled}) if as_json else f"credential {credential} {state}"
    )


@credentials_app.command("validate")
def validate(
    credential: Annotated[int | None, typer.Argument(metavar="[ID]", help="One credential.")] = None,
    source: Annotated[str | None, typer.Option(help="Those of a source.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the sources whether credentials are valid, now. Exit code 1 when one is not.

    Example: `upbeat credentials validate --source graphapi`
    """
    import asyncio

    from upbeat.crawlers.credential_validation import validate_stored
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    if sum((credential is not None, source is not None, all_)) != 1:
        raise InputError("validate: name one of ID, --source SOURCE and --all")
    settings = get_settings()
    if credential is not None:
        store.find(settings, credential)
    reports = asyncio.run(validate_stored(settings, credential_id=credential, source=source))
    rows = [
        {
            "id": report.id,
            "source": report.source,
            "handle": report.handle,
            "validity": report.verdict.validity if report.verdict else None,
            "reason": report.reason or None,
        }
        for report in reports
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            typer.echo(
                f"{row['id']:>5}  {row['source']:<20} {row['validity'] or 'not asked':<20} {row['reason'] or ''}"
            )
        if not rows:
            typer.echo("no such credentials: see `upbeat credentials list`")
    if any(report.verdict and not report.verdict.usable for report in reports):
        raise typer.Exit(1)


@credentials_app.command("remove")
def remove(
    credential: IdArgument,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a credential for good. Without `--yes` it only says which.

    Example: `upbeat credentials remove 3 --yes`
    """
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    found = store.find(get_settings(), credential)
    if yes:
        store.remove(get_settings(), credential)
    if as_json:
        typer.echo(json.dumps({**_row(found), "removed": yes}))
    else:
        what = f"credential {credential} ({found.idempotency_key})"
        typer.echo(f"{what} removed" if yes else f"would remove {what}: --yes does it")


@credentials_app.command("rotate-keys")
def rotate_keys(yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Encrypt all credentials under the newest (first) key of UPBEAT_CREDENTIAL_KEY. Without `--yes` it only counts.

    Exit code 1 when a credential is under a key that is not there: it is left as it is.

    Example: `upbeat credentials rotate-keys --yes`
    """
    from upbeat.credentials import store
    from upbeat.settings import get_settings

    found = store.rotate_keys(get_settings(), apply=yes)
    if as_json:
        told = {"newest": found.newest, "older": found.older, "unknown": found.unknown, "rotated": yes}
        typer.echo(json.dumps(told))
    else:
        done = "encrypted anew" if yes else "under an older key: --yes encrypts them anew"
        typer.echo(f"{len(found.newest)} under the newest key, {len(found.older)} {done}")
        if found.unknown:
            ids = ", ".join(map(str, found.unknown))
            typer.echo(
                f"{len(found.unknown)} left as they are, under a key that UPBEAT_CREDENTIAL_KEY does not hold: {ids}"
            )
    if found.unknown:
        raise typer.Exit(1)


@credentials_app.command("prune")
def prune(
    days: Annotated[
        int | None, typer.Option(min=1, help="Age in days. Default: UPBEAT_CREDENTIAL_EVENT_RETENTION_DAYS.")
    ] = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Delete what happened to credentials long ago (`beat.credential_event`). Credentials themselves stay.

    Example: `upbeat credentials prune --days 90 --yes`
    """
    from datetime import UTC, datetime, timedelta

    from upbeat.credentials.event_retention import prune_credential_events
    from upbeat.settings import get_settings

    settings = get_settings()
    before = datetime.now(UTC) - timedelta(days=days or settings.credential_event_retention_days)
    pruned = prune_credential_events(settings, before, delete=yes)
    if as_json:
        told = {"before": before.isoformat(), "events": pruned.events, "deleted": pruned.deleted}
        typer.echo(json.dumps(told))
    else:
        done = "deleted" if yes else "would be deleted: --yes does it"
        typer.echo(f"{pruned.events:,} events from before {before:%Y-%m-%d %H:%M} UTC {done}")
