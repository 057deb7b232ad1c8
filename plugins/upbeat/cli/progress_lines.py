"""A line on stderr now and then while something long is done."""

from __future__ import annotations

import time

import typer

SECONDS = 5.0
"""From one line to the next."""


class ProgressLines:
    """Tells how far it is; nothing in a command that prints JSON, nothing more often than every few seconds."""

    def __init__(self, *, json: bool) -> None:
        self._is_silent = json
        self._told_at = time.monotonic()

    def tell(self, text: str) -> None:
        """Print the line, if it is time."""
        now = time.monotonic()
        if self._is_silent or now - self._told_at < SECONDS:
            return
        self._told_at = now
        typer.echo(f"{text} …", err=True)
