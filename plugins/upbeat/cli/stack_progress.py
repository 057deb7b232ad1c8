"""How the stack's commands look: live lines on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from upbeat.embedded.part import Progress
    from upbeat.embedded.stack import PartStatus

# What replaces a part's line; any other message is worth keeping and gets a line of its own.
_ENDED = ("ready", "is there", "stopped", "done")
_UNDER_WAY = ("starting", "stopping", "creating")
_COLOURS = {"healthy": "green", "external": "green", "stopped": "dim"}


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[Progress]:
    """A `Progress` that a person can follow, on stderr; silent with `quiet`."""
    if quiet:
        from upbeat.embedded.part import silent

        yield silent
    elif sys.stderr.isatty():
        with _live() as progress:
            yield progress
    else:
        yield _plain()


def _plain() -> Progress:
    began, lock = time.monotonic(), threading.Lock()

    def say(part: str, message: str) -> None:
        with lock:
            typer.echo(f"{time.monotonic() - began:6.1f} s  {part}: {message}", err=True)

    return say


@contextmanager
def _live() -> Iterator[Progress]:
    """One line per part, with a spinner until it is ready."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(finished_text="•"),
        TextColumn("{task.fields[part]:<22}"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, object] = {}
        lock = threading.Lock()

        def say(part: str, message: str) -> None:
            with lock:
                if part not in tasks:
                    tasks[part] = bars.add_task("", total=None, part=part)
                task = tasks[part]
                if not message.startswith((*_ENDED, *_UNDER_WAY)):
                    bars.console.print(f"{part}: {message}", highlight=False, markup=False, soft_wrap=True)
                    return
                ended = message.startswith(_ENDED)
                bars.update(task, description=message)  # type: ignore[arg-type]
                if ended:
                    bars.update(task, total=1, completed=1)  # type: ignore[arg-type]

        yield say


def print_status_table(parts: Sequence[PartStatus]) -> None:
    """A table of the parts; below it, what is wrong with those that are not well."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("part", "state", "pid", "address", "log"):
        table.add_column(name, no_wrap=True, justify="right" if name == "pid" else "left")
    for part in parts:
        state = f"[{_COLOURS.get(part.state, 'bold red')}]{part.state}[/]"
        table.add_row(part.name, state, str(part.pid or "–"), part.address or "–", part.log or "–")
    width = None if sys.stdout.isatty() else 200
    console = Console(width=width, highlight=False, soft_wrap=True)
    console.print(table)
    for part in parts:
        if part.detail and part.state != "stopped":
            console.print(f"{part.name}: {part.detail}", markup=False)
