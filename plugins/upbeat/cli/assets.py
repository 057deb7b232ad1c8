"""`upbeat assets …`: the pictures and films that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json
from upbeat.errors import InputError

if TYPE_CHECKING:
    from upbeat.assets.listing import AssetRow

assets_app = typer.Typer(no_args_is_help=True, help="Pictures and films of profiles and posts.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(assets_app, name="assets")


@assets_app.command("list")
def list_assets(
    status: Annotated[str | None, typer.Option(help="stored, gone or failed.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="profile_picture, post_media, story_media or thumbnail.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
    json: Json = False,
) -> None:
    """Count what is kept, and list the newest assets.

    Example: upbeat assets list --status failed
    """
    from upbeat.assets.listing import count_assets, newest_assets
    from upbeat.settings import get_settings

    settings = get_settings()
    counts, rows = count_assets(settings), newest_assets(settings, status=status, kind=kind, limit=limit)
    if json:
        print_json({"counts": counts, "assets": rows})
        return
    for count in counts:
        typer.echo(
            f"{count.platform} {count.subject_kind}: {count.stored:,} stored ({count.bytes:,} bytes), "
            f"{count.gone:,} gone, {count.failed:,} failed"
        )
    if counts and not rows:
        typer.echo("no such asset")
    elif not rows:
        typer.echo("no asset yet: `upbeat enqueue instagram.instagram_picture USER_ID`, then `upbeat work`")
    for row in rows:
        typer.echo(_line(row))


@assets_app.command("show")
def show(
    subject_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id of the profile, post, story or video.")
    ],
    json: Json = False,
) -> None:
    """Print what is kept of one profile, post, story or video.

    Example: upbeat assets show 787132
    """
    from upbeat.assets.listing import assets_of
    from upbeat.settings import get_settings

    rows = assets_of(get_settings(), subject_id)
    if not rows:
        raise InputError(f"id={subject_id}: nothing is kept of it: `upbeat assets list` shows what is")
    if json:
        print_json({"assets": rows})
        return
    for row in rows:
        for name, value in _fields(row).items():
            typer.echo(f"{name:<18} {value}")
        typer.echo()


@assets_app.command("prune")
def prune(
    days: Annotated[
        int | None,
        typer.Option(min=1, max=3650, help="Unused for so long. Default: UPBEAT_ASSET_RETENTION_DAYS."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete. Without it, only say how many.")] = False,
    json: Json = False,
) -> None:
    """Delete assets that nobody has used for long, and objects that no asset names.

    Example: upbeat assets prune --days 30 --yes
    """
    from datetime import UTC, datetime, timedelta

    from upbeat.assets.retention import prune_assets
    from upbeat.settings import get_settings

    settings = get_settings()
    before = datetime.now(UTC) - timedelta(days=days or settings.asset_retention_days)
    pruned = prune_assets(settings, before, delete=yes)
    if json:
        print_json(pruned)
        return
    told = f"{pruned.assets:,} assets that nobody used since {before:%Y-%m-%d %H:%M} UTC, {pruned.objects:,} objects ({pruned.bytes:,} bytes)"
    typer.echo(f"{told} deleted" if yes else f"{told}; `--yes` deletes them")


def _fields(row: AssetRow) -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value for name, value in asdict(row).items() if value is not None}


def _line(row: AssetRow) -> str:
    what = f"{row.status:<7} {row.subject_kind:<15} {row.platform}:{row.subject_id}"
    if row.status != "stored":
        return f"{what}  {row.error}"
    size = f"{row.width}×{row.height} " if row.width else ""
    return f"{what}  {row.content_type} {size}{row.size_bytes:,} bytes  {row.cdn_url}"
