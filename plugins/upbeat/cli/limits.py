"""`upbeat limits`: how full every rate limit is, and what a source's penalty is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.ratelimit.overview import LimitRow, Overview
    from upbeat.settings import Settings

limits_app = typer.Typer(invoke_without_command=True)
WATCH_SECONDS = 1.0
_CLEAR = "\x1b[H\x1b[2J"
_UNITS = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(limits_app, name="limits")


@limits_app.callback()
def limits(
    context: typer.Context,
    handle: Annotated[
        list[str], typer.Option("--handle", metavar="HANDLE", help="Show this handle's limit too.")
    ] = [],  # noqa: B006 - typer copies it
    watch: Annotated[bool, typer.Option("--watch", help="Show it every second until interrupted.")] = False,
    json: Json = False,
) -> None:
    """Show every limit in force: the global ones, each source's, and those of the handles that are named. Spends nothing.

    Example: `upbeat limits --handle natgeo --watch`
    """
    if context.invoked_subcommand is not None:
        return
    import time

    from upbeat.settings import get_settings

    settings = get_settings()
    while True:
        found = _look(settings, handle)
        if json:
            print_json({"redis": found.away is None, "away": found.away, "limits": found.rows})
        else:
            if watch:
                typer.echo(_CLEAR, nl=False)
            _print(found)
        if not watch:
            return
        time.sleep(WATCH_SECONDS)


@limits_app.command("reset")
def reset(
    source: Annotated[str, typer.Argument(help="The source whose penalty is to end.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would be done.")] = False,
    json: Json = False,
) -> None:
    """End a source's penalty (after a 429 or failures) before its time. What was used stays used.

    Example: `upbeat limits reset lama --yes`
    """
    import asyncio

    from upbeat.crawlers.source_limits import known_sources
    from upbeat.errors import InputError
    from upbeat.ratelimit import source_key
    from upbeat.settings import get_settings

    settings = get_settings()
    sources = known_sources(settings)
    if source not in sources:
        raise InputError(f"source={source}: there is no such source: use one of {', '.join(sources)}")
    key = source_key(source)
    left = asyncio.run(_penalty(settings, source, key, lift=yes))
    if json:
        print_json({"source": source, "penalty_seconds": left, "lifted": yes and left > 0})
    elif left == 0:
        typer.echo(f"{source}: there is no penalty")
    elif yes:
        typer.echo(f"{source}: a penalty of {left:.0f} s more is lifted")
    else:
        typer.echo(f"{source}: would lift a penalty of {left:.0f} s more: --yes does it")


async def _penalty(settings: Settings, source: str, key: str, *, lift: bool) -> float:
    """The seconds that a source's penalty has left, or had when it was lifted."""
    from upbeat.crawlers.source_limits import figures_in_force
    from upbeat.ratelimit import Limit, RedisRateLimiter
    from upbeat.ratelimit.overview import PATIENCE_SECONDS
    from upbeat.stores.redis import async_client

    limiter = RedisRateLimiter(async_client(settings, least_seconds=PATIENCE_SECONDS))
    rate = figures_in_force(settings).of_source(source)
    try:
        if lift:
            return await limiter.lift_penalty(key)
        (state,) = await limiter.peek([Limit(key, rate.amount, rate.per_seconds)])
        return state.penalty
    finally:
        await limiter.close()


def _look(settings: Settings, handles: list[str]) -> Overview:
    import asyncio

    from upbeat.crawlers.limits_in_force import limits_in_force

    return asyncio.run(limits_in_force(settings, handles))


def _print(found: Overview) -> None:
    if found.notice is not None:
        typer.echo(found.notice)
    typer.echo(
        f"{'limit':<34} {'cap':>14} {'used':>9} {'remaining':>10} {'room in':>9} {'penalty':>9}  binds"
    )
    for row in found.rows:
        typer.echo(_line(row))


def _line(row: LimitRow) -> str:
    name = f"{row.level} {row.name}".strip()
    cap = f"{row.amount:,}/{_period(row.per_seconds)}"
    used = "?" if row.used is None else str(row.used)
    remaining = "?" if row.remaining is None else str(row.remaining)
    binds = [
        who for who, bound in (("flows", row.binds_flows), ("interactive", row.binds_interactive)) if bound
    ]
    return (
        f"{name:<34} {cap:>14} {used:>9} {remaining:>10} {_seconds(row.room_in_seconds):>9} "
        f"{_seconds(row.penalty_seconds):>9}  {', '.join(binds) or 'nobody'}"
    )


def _period(seconds: float) -> str:
    unit = next((name for length, name in _UNITS if length == seconds), None)
    return unit or f"{seconds:g} s"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return "-" if seconds == 0 else f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
