"""`upbeat enqueue`: put tasks on the queue, a few by hand or very many from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_origin

import typer

from upbeat.cli.json_output import Json, print_json

if TYPE_CHECKING:
    from upbeat.cli.task_lines import TaskDefaults
    from upbeat.queue.tasks import NewTask


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(enqueue)


def enqueue(
    flow: Annotated[
        str | None, typer.Argument(help="Catalogue name, instagram.profile_by_handle.", show_default=False)
    ] = None,
    subjects: Annotated[
        list[str] | None,
        typer.Argument(metavar="HANDLE…", help="Handles, or the flow's first parameter.", show_default=False),
    ] = None,
    param: Annotated[
        list[str],
        typer.Option("--param", metavar="NAME=VALUE", help="A parameter beside the first; a list as JSON."),
    ] = [],  # noqa: B006 - typer copies it
    file: Annotated[
        str | None,
        typer.Option(
            help='JSON lines, `-` for stdin: {"params": {…}} and, where wanted, "flow", "key", "priority", "account_id", "expires_at".'
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Names this request: the same key twice adds nothing. Default: this minute."),
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(min=-1_000_000, max=1_000_000, help="Higher runs first. Default: the flow's."),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Groups the tasks of one customer.")] = None,
    json: Json = False,
) -> None:
    """Put tasks on the queue.

    Example: upbeat enqueue instagram.profile_by_handle natgeo nasa

    Example: upbeat enqueue youtube.video_comments dQw4w9WgXcQ --param limit=500

    Example: upbeat enqueue --file tasks.jsonl --key backfill-7
    """
    from datetime import UTC, datetime

    from upbeat.cli.task_lines import TaskDefaults
    from upbeat.errors import InputError

    if (flow is None and file is None) or (subjects and file):
        raise InputError("enqueue: name a flow and handles, or give --file: `upbeat flows` lists the flows")
    window = key or f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"
    defaults = TaskDefaults(flow=flow, window=window, priority=priority, account_id=account)
    if file:
        seen, added = _from_file(file, defaults, quiet=json)
    else:
        seen, added = _by_hand(subjects or [], _beside(param), defaults)
    if json:
        print_json({"added": added, "known": seen - added, "window": window})
    else:
        typer.echo(f"{added:,} added, {seen - added:,} on the queue already (window {window})")


def _beside(options: list[str]) -> dict[str, Any]:
    """Parameters beside the first: a list or a number is written as JSON, everything else as it is."""
    import orjson

    from upbeat.errors import InputError

    found: dict[str, Any] = {}
    for option in options:
        name, mark, text = option.partition("=")
        if not mark or not name:
            raise InputError(f"--param {option}: write NAME=VALUE")
        try:
            found[name] = orjson.loads(text) if text[:1] in "[0123456789" else text
        except orjson.JSONDecodeError:
            found[name] = text
    return found


def _by_hand(subjects: list[str], beside: dict[str, Any], defaults: TaskDefaults) -> tuple[int, int]:
    from upbeat.cli.task_lines import new_task
    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import transaction

    flow = flow_named(defaults.flow or "")
    first = next(iter(flow.params_model.model_fields), "")
    given: list[dict[str, Any]] = [{first: subject} for subject in dict.fromkeys(subjects)]
    if not subjects:
        given = [{}]  # a flow that needs nothing said; of any other this names what is missing
    elif first and get_origin(flow.params_model.model_fields[first].annotation) is list:
        given = [{first: subjects}]
    tasks = [new_task({"params": {**named, **beside}}, defaults) for named in given]
    with transaction(get_settings(), application="upbeat:enqueue") as connection:
        return len(tasks), enqueue_now(connection, tasks)


def _from_file(file: str, defaults: TaskDefaults, *, quiet: bool) -> tuple[int, int]:
    from upbeat.cli.task_lines import tasks_of_lines
    from upbeat.errors import InputError
    from upbeat.queue.bulk_enqueue import enqueue_many
    from upbeat.settings import get_settings
    from upbeat.stores.postgres import connect

    read = committed = 0

    def counted(tasks: Iterable[NewTask]) -> Iterator[NewTask]:
        nonlocal read
        for task in tasks:
            read += 1
            yield task

    def progress(seen: int, added: int) -> None:
        nonlocal committed
        committed = seen
        if not quiet:
            typer.echo(f"{seen:,} read, {added:,} added …", err=True)

    try:
        with (
            _lines(file) as lines,
            connect(get_settings(), autocommit=True, application="upbeat:enqueue") as connection,
        ):
            added = enqueue_many(connection, counted(tasks_of_lines(lines, defaults)), on_progress=progress)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}") from error
    except InputError as error:
        raise InputError(
            f"{file}: {error}; the {committed:,} tasks before its batch are on the queue (--key {defaults.window} again adds none twice)"
        ) from error
    return read, added


@contextmanager
def _lines(file: str) -> Iterator[Iterable[str]]:
    if file == "-":
        yield sys.stdin
        return
    with Path(file).open(encoding="utf-8", errors="replace") as lines:
        yield lines
