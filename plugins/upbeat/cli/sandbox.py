"""`upbeat sandbox …`: look into the stand-ins for upstream APIs, change their world, order faults."""

from __future__ import annotations

import typer

from upbeat.cli.json_output import print_json
from upbeat.cli.sandbox_control import sandbox_control

sandbox_app = typer.Typer(
    no_args_is_help=True, help="The stand-ins for upstream APIs: their world, faults and limits."
)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(sandbox_app, name="sandbox")


@sandbox_app.command("show")
def show(handle: str) -> None:
    """Print one account of the sandbox's world as JSON, with the language model's completions about it by kind.

    Example: upbeat sandbox show natgeo
    """
    with sandbox_control() as control:
        print_json(control.creator(handle.lstrip("@").lower()))


@sandbox_app.command("creators")
def creators(limit: int = typer.Option(20, min=1, help="How many, largest first.")) -> None:
    """Print the creators of the world, and the accounts that show special cases, as JSON.

    Example: upbeat sandbox creators --limit 5
    """
    with sandbox_control() as control:
        print_json({"creators": control.creators(limit), "test_accounts": control.test_accounts()})


@sandbox_app.command("campaigns")
def campaigns() -> None:
    """Print the made-up campaigns of the sandbox as of today, as JSON that `upbeat campaigns import` takes.

    Example: upbeat sandbox campaigns | upbeat campaigns import -
    """
    from upbeat.sandbox.campaigns import sandbox_campaigns
    from upbeat.sandbox.world import World

    print_json(sandbox_campaigns(World()))


@sandbox_app.command("set")
def set_facts(
    handle: str,
    followers: int | None = typer.Option(None, min=0),
    following: int | None = typer.Option(None, min=0),
    media_count: int | None = typer.Option(None, min=0),
    private: bool | None = typer.Option(None, "--private/--public"),
    gone: bool | None = typer.Option(None, "--gone/--back", help="The account exists no more."),
) -> None:
    """Change what every stand-in says of an account from now on.

    Example: upbeat sandbox set natgeo --followers 300000000
    """
    facts = {
        "followers": followers,
        "following": following,
        "media_count": media_count,
        "is_private": private,
        "is_gone": gone,
    }
    with sandbox_control() as control:
        print_json(
            control.change_creator(
                handle.lstrip("@").lower(),
                **{name: value for name, value in facts.items() if value is not None},
            )
        )


@sandbox_app.command("channels")
def channels(limit: int = typer.Option(20, min=1, help="How many, largest first.")) -> None:
    """Print the YouTube channels of the world as JSON.

    Example: upbeat sandbox channels --limit 5
    """
    with sandbox_control() as control:
        print_json(control.channels(limit))


@sandbox_app.command("set-channel")
def set_channel(
    handle: str,
    subscribers: int | None = typer.Option(None, min=0),
    video_count: int | None = typer.Option(None, min=0),
    total_views: int | None = typer.Option(None, min=0),
    gone: bool | None = typer.Option(None, "--gone/--back", help="The channel exists no more."),
) -> None:
    """Change what every stand-in says of a YouTube channel from now on.

    Example: upbeat sandbox set-channel tseries --subscribers 300000000
    """
    facts = {
        "subscribers": subscribers,
        "video_count": video_count,
        "total_views": total_views,
        "is_gone": gone,
    }
    told = {name: value for name, value in facts.items() if value is not None}
    with sandbox_control() as control:
        print_json(control.change_channel(handle.lstrip("@").lower(), **told))


@sandbox_app.command("fault")
def fault(
    source: str = typer.Argument(help="Source name, or * for all."),
    kind: str = typer.Argument(help="429, 401, 500, timeout, slow, broken_body, drop_field or wrong_type."),
    probability: float = typer.Option(1.0, min=0.0, max=1.0),
    handle: str | None = typer.Option(None, help="Only for requests about this handle."),
    field: str | None = typer.Option(None, help="The field that drop_field and wrong_type damage."),
    times: int | None = typer.Option(None, min=1, help="Ends by itself after so many."),
    seconds: float | None = typer.Option(None, min=0.0, help="How long timeout and slow take."),
) -> None:
    """Let a stand-in fail. `upbeat sandbox heal` ends it.

    Example: upbeat sandbox fault graphapi 429 --probability 0.3
    """
    with sandbox_control() as control:
        number = control.add_fault(
            source, kind, probability=probability, handle=handle, field=field, times=times, seconds=seconds
        )
        typer.echo(f"fault {number} is in force")


@sandbox_app.command("heal")
def heal(source: str | None = typer.Option(None, help="Only this source's faults.")) -> None:
    """End all faults.

    Example: upbeat sandbox heal
    """
    with sandbox_control() as control:
        typer.echo(f"{control.end_faults(source=source)} faults ended")


@sandbox_app.command("faults")
def faults() -> None:
    """Print the faults in force as JSON.

    Example: upbeat sandbox faults
    """
    with sandbox_control() as control:
        print_json(control.faults())


@sandbox_app.command("requests")
def requests() -> None:
    """Print how many requests came in, by source, status and handle, as JSON.

    Example: upbeat sandbox requests
    """
    with sandbox_control() as control:
        print_json(control.requests())


@sandbox_app.command("limits")
def limits(
    lift: bool = typer.Option(False, "--lift", help="Remove every limit until the sandbox restarts."),
) -> None:
    """Print the rate limits that the stand-ins enforce, as JSON.

    Example: upbeat sandbox limits
    """
    with sandbox_control() as control:
        if lift:
            control.lift_limits()
        print_json(control.limits())


@sandbox_app.command("reset")
def reset() -> None:
    """World, faults, limits, credentials, counts and the language model as at the first start.

    Example: upbeat sandbox reset
    """
    with sandbox_control() as control:
        control.reset()
        typer.echo("the sandbox is as at its first start")


@sandbox_app.command("credentials")
def credentials() -> None:
    """Store every credential that the stand-ins take, so that each source can be asked. They open nothing elsewhere.

    Example: upbeat sandbox credentials
    """
    from collections import Counter

    from upbeat.credentials import store
    from upbeat.sandbox.shipped_credentials import shipped_credentials
    from upbeat.settings import get_settings

    settings = get_settings()
    changes = Counter(
        store.upsert(settings, shipped.source, shipped.secrets, shipped.handle)[1]
        for shipped in shipped_credentials()
    )
    typer.echo(", ".join(f"{count} {change}" for change, count in sorted(changes.items())))
