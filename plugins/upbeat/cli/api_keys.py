"""`upbeat api-keys …`: who may use the REST API, and for what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from upbeat.cli.json_output import Json, print_json
from upbeat.errors import InputError

keys_app = typer.Typer(no_args_is_help=True, help="Keys of the REST API: make, list and revoke them.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys_app, name="api-keys")


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who uses it, for people.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="What it may do: read, lookup, scrape, credentials, campaigns, events, operations. Repeat it.",
        ),
    ],
    rate: Annotated[
        str | None, typer.Option(help="Its own rate, like 600/min. Default: UPBEAT_API_KEY_RATE.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: a number of days, or a time like 2027-01-31T00:00:00Z.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="The customer whose campaigns it sees. Default: all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown once, and kept nowhere.

    Example: `upbeat api-keys create dashboard --scope read --scope lookup --rate 600/min --expires 90`
    """
    from upbeat.api import keys
    from upbeat.settings import get_settings

    expires_at = _expiry(expires) if expires else None
    made = keys.create(get_settings(), name, scope, rate=rate, account_id=account, expires_at=expires_at)
    if as_json:
        print_json(
            {"key_id": made.key_id, "key": made.text, "scopes": sorted(set(scope)), "expires_at": expires_at}
        )
        return
    typer.echo(made.text)
    typer.echo("The key is not shown again: send it in the header X-API-Key.", err=True)


def _expiry(text: str) -> datetime:
    now = datetime.now(UTC)
    try:
        found = now + timedelta(days=int(text)) if text.isdigit() else datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"--expires {text!r}: give a number of days, or a time like 2027-01-31T00:00:00Z"
        ) from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found <= now:
        raise InputError(f"--expires {text!r}: it is over already: give a time to come")
    return found


@keys_app.command("list")
def list_(as_json: Json = False) -> None:
    """Show all keys, when they end and when they were used last. Secrets are never shown.

    Example: `upbeat api-keys list --json`
    """
    from upbeat.api import keys
    from upbeat.settings import get_settings

    found = keys.list_keys(get_settings())
    if as_json:
        print_json(found)
        return
    for key in found:
        used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
        typer.echo(
            f"{key.key_id}  {key.state:<8} {key.name:<24} {','.join(key.scopes):<40} {key.rate or 'default':<10} {used}"
        )
    if not found:
        typer.echo("no API keys: `upbeat api-keys create NAME --scope read` makes one")


@keys_app.command("revoke")
def revoke(
    key_id: Annotated[
        str, typer.Argument(metavar="KEY_ID", help="The twelve signs that `list` shows, or a whole key.")
    ],
    as_json: Json = False,
) -> None:
    """End a key for good, within five seconds everywhere. There is no way back: make another one.

    Example: `upbeat api-keys revoke k3n8x0q2v7bd`
    """
    from upbeat.api import keys
    from upbeat.settings import get_settings

    # A key that was found where it should not be is at hand as a whole, and its secret is not to be quoted.
    key_id = (keys.split_key(key_id) or (key_id,))[0]
    is_new = keys.revoke(get_settings(), key_id)
    if as_json:
        print_json({"key_id": key_id, "revoked": True, "was_revoked_before": not is_new})
    else:
        typer.echo(f"API key {key_id} {'revoked' if is_new else 'was revoked before'}")
