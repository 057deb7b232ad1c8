"""`upbeat track …` and `upbeat import history`: which creators are collected, and what was known of them before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.ingestion.history_file import HistoryFile
    from upbeat.ingestion.history_import import ImportReport

track_app = typer.Typer(no_args_is_help=True, help="The creators that are collected.")
import_app = typer.Typer(no_args_is_help=True, help="Bring in what other systems know.")
_SHOWN_REJECTS = 5


def register(app: typer.Typer) -> None:
    """Add the command groups."""
    app.add_typer(track_app, name="track")
    app.add_typer(import_app, name="import")


@track_app.command("add")
def track_add(
    handles: Annotated[
        list[str] | None, typer.Argument(metavar="[HANDLE]…", help="natgeo or @natgeo.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file with one handle per line; `#` begins a comment.")
    ] = None,
    platform: Annotated[str, typer.Option(help="instagram, youtube or shopify.")] = "instagram",
    tier: Annotated[
        str | None, typer.Option(help="How closely: tracked, campaign, leaderboard or long_tail.")
    ] = None,
    json: Json = False,
) -> None:
    """Collect these creators from now on. Adding one twice changes nothing.

    Example: upbeat track add natgeo nasa --tier leaderboard
    """
    from upbeat.errors import InputError
    from upbeat.ingestion.tracking import clean_handles, track
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    whose = platform_named(platform)
    written = [*(handles or ()), *(_read(file).decode("utf-8-sig", "replace").splitlines() if file else ())]
    cleaned = clean_handles(written, whose)
    if not cleaned:
        raise InputError("no handles: name some, or pass a file of them with --file")
    with transaction(get_settings(), application="upbeat:track") as connection:
        added = track(connection, whose, cleaned, tier)
    if json:
        print_json({"handles": len(cleaned), "added": added})
    else:
        typer.echo(f"{added} added or moved, {len(cleaned) - added} tracked already")


@track_app.command("remove")
def track_remove(
    handles: Annotated[list[str], typer.Argument(metavar="HANDLE…", help="natgeo or @natgeo.")],
    platform: Annotated[str, typer.Option(help="instagram, youtube or shopify.")] = "instagram",
    json: Json = False,
) -> None:
    """Collect these creators no more. What was collected of them stays; a running campaign's message adds them again.

    Example: upbeat track remove natgeo
    """
    from upbeat.ingestion.tracking import clean_handles, untrack
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    whose = platform_named(platform)
    cleaned = clean_handles(handles, whose)
    with transaction(get_settings(), application="upbeat:track") as connection:
        removed = untrack(connection, whose, cleaned)
    if json:
        print_json({"handles": len(cleaned), "removed": removed})
    else:
        typer.echo(f"{len(removed)} removed, {len(cleaned) - len(removed)} were not tracked")


@track_app.command("list")
def track_list(
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None, json: Json = False
) -> None:
    """List the creators that are collected, with their last known followers.

    Example: upbeat track list --json
    """
    from upbeat.ingestion.tracking import tracked
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    with transaction(get_settings(), application="upbeat:track") as connection:
        rows = tracked(connection, platform_named(platform) if platform else None)
    if json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("platform", "handle", "tier", "followers", "collected")
    for row in rows:
        seen = f"{row['observed_at']:%Y-%m-%d %H:%M}" if row["observed_at"] else "never"
        followers = "" if row["followers"] is None else f"{row['followers']:,}"
        table.add_row(row["platform"], row["handle"], row["tier"], followers, seen)
    Console().print(table if rows else "no creators are tracked: `upbeat track add natgeo`")


@import_app.command("history")
def history(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV files.")],
    platform: Annotated[
        str | None, typer.Option(help="Whose accounts, where the file does not tell.")
    ] = None,
    observed_on: Annotated[
        str | None, typer.Option(help="Day of the figures (2022-12-31), where the file does not tell.")
    ] = None,
    track: Annotated[bool, typer.Option("--track", help="Collect these creators from now on.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Write the lines that cannot be used to this file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")] = False,
    json: Json = False,
) -> None:
    """Import follower figures from before the first collection. The same file again changes nothing.

    Columns are recognised by name and content; `docs/how-to/import-history.md` says how.

    Example: upbeat import history old_export_dec_2022.csv --track
    """
    from upbeat.ingestion.history_file import read_history
    from upbeat.ingestion.history_import import import_history
    from upbeat.ingestion.history_values import read_date
    from upbeat.settings import get_settings

    day = as_option("observed-on", observed_on, read_date)
    # All files are read before any is stored: one that cannot be used at all leaves nothing half done.
    read = [
        (path, read_history(_read(path), path.name, platform=platform, observed_on=day)) for path in files
    ]
    if rejects:
        _write_rejects(rejects, read)
    reports = []
    for path, found in read:
        with _bar(path.name, quiet=json) as advance:
            report = import_history(
                get_settings(), found, path.name, track_handles=track, dry_run=dry_run, on_progress=advance
            )
        reports.append(report)
        if not json:
            _print_report(report, found)
    if json:
        print_json([_as_json(report, found) for report, (_, found) in zip(reports, read, strict=True)])


def _print_report(report: ImportReport, found: HistoryFile) -> None:
    would = "would be " if report.dry_run else ""
    typer.echo(
        f"{report.file}: {report.rows} rows, {report.added} {would}added, {report.corrected} {would}corrected, "
        f"{report.unchanged} known; {report.attached} attached to {report.creators} creators; "
        f"{report.tracked} newly tracked"
    )
    columns = "; ".join(
        f"{field} from {', '.join(map(repr, names))}" for field, names in found.columns.items()
    )
    typer.echo(f"  columns: {columns}")
    if report.repeated:
        first = found.repeated[0]
        typer.echo(
            f"  {report.repeated} lines repeat a creator and day, the last stands (line {first.line}: {first.reason})"
        )
    if report.rejected:
        typer.echo(f"  {report.rejected} lines cannot be used:")
        for reject in found.rejects[:_SHOWN_REJECTS]:
            typer.echo(f"    line {reject.line}: {reject.reason}")
        if report.rejected > _SHOWN_REJECTS:
            typer.echo(f"    and {report.rejected - _SHOWN_REJECTS} more (--rejects FILE writes all of them)")


def _as_json(report: ImportReport, found: HistoryFile) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(report),
        "unchanged": report.unchanged,
        "columns": found.columns,
        "rejects": found.rejects,
    }


def _write_rejects(path: Path, read: list[tuple[Path, HistoryFile]]) -> None:
    import csv

    from upbeat.errors import InputError

    try:
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("file", "line", "reason", "text"))
            for source, found in read:
                writer.writerows(
                    (source.name, r.line, r.reason, r.text) for r in [*found.rejects, *found.repeated]
                )
    except OSError as error:
        raise InputError(
            f"--rejects {path}: {error.strerror or error}: pass a file that can be written"
        ) from error


def _read(path: Path) -> bytes:
    from upbeat.errors import InputError

    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}: pass a file that can be read") from error


def _bar(name: str, *, quiet: bool) -> Any:
    """A context whose value takes (done, total); draws on stderr when that is a terminal."""
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def shown() -> Any:
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
            bar = progress.add_task(name, total=None)
            yield lambda done, total: progress.update(bar, completed=done, total=total)

    return shown()


def platform_named(name: str) -> Any:
    """The platform that a person names. Raises `InputError`."""
    from upbeat.errors import InputError
    from upbeat.records import Platform

    try:
        return Platform(name.strip().upper())
    except ValueError as error:
        known = ", ".join(platform.lower() for platform in Platform)
        raise InputError(f"platform={name}: is not collected: use one of {known}") from error


def as_option(name: str, text: str | None, read: Any) -> Any:
    """An option's value, read by `read`; None where it is not given. Raises `InputError` that names the option."""
    from upbeat.errors import InputError

    if text is None:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise InputError(f"--{name}: {error}") from error
