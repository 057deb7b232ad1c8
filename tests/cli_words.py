"""What a container is started with is a command of ours, with options that it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer.main

from upbeat.cli import app


def assert_is_command(words: Sequence[str]) -> None:
    """Raises AssertionError for a command, an option or a number of arguments that `upbeat` does not know."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    is_group = hasattr(command, "commands") and not command.invoke_without_command
    assert not is_group, f"{' '.join(words)}: is no command"
    command.make_context(command.name, rest)
