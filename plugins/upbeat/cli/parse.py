"""`upbeat parse`: what a parser makes of a body in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from upbeat.cli.json_output import json_line
from upbeat.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parse")(parse)


def parse(
    source: Annotated[str, typer.Argument(help="The source that sent the body, like `lama`.")],
    kind: Annotated[
        str,
        typer.Argument(
            help="What it holds: `profile`, `posts`, `comments`, `insights`, …; an unknown one lists them all."
        ),
    ],
    file: Annotated[Path, typer.Argument(help="The body; `-` reads stdin.")],
    param: Annotated[
        list[str],
        typer.Option(
            "--param", metavar="NAME=VALUE", help="What was asked for, where the body does not say it."
        ),
    ] = [],  # noqa: B006 - typer copies it
    observed_at: Annotated[
        str | None, typer.Option(help="When the source was asked, ISO 8601; now when not given.")
    ] = None,
) -> None:
    """Print the records that a body holds as JSON lines (`type` is profile, post, comment, …, problem or cursor).

    Without any `--param` an owner whom the body does not name is empty, with a problem. Exit code 2 and one line for a body that the source's parser refuses.

    Example: `upbeat parse lama posts page.json --param handle=natgeo`
    """
    from upbeat.crawlers.registry import crawler_class
    from upbeat.errors import DropError, SourceError
    from upbeat.records import PayloadKind

    crawler = crawler_class(source)
    kinds = [known.value for known in PayloadKind]
    if kind not in kinds:
        raise InputError(f"kind={kind}: no such kind of body: use one of {', '.join(kinds)}")
    try:
        parsed = crawler.parse(
            PayloadKind(kind), _read(file), observed_at=_instant(observed_at), params=_params(param)
        )
    except (SourceError, DropError) as error:
        # What an upstream says may have line breaks.
        message = " ".join(str(error).split())
        raise InputError(f"{file}: {message} (read as a {kind} body of {source})") from error
    for line in parsed.lines():
        sys.stdout.write(json_line(line))


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error


def _instant(text: str | None) -> Any:
    from datetime import UTC, datetime

    if text is None:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--observed-at {text}: write ISO 8601, like 2026-01-31T12:00:00Z") from error
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _params(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for name, mark, _ in pairs:
        if not mark or not name:
            raise InputError("--param: every value is written NAME=VALUE")
    return {name: value for name, _, value in pairs}
