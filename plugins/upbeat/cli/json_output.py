"""How commands print JSON, and the option that asks for it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for scripts.")]


def print_json(value: Any) -> None:
    """Print any value of ours: dataclasses and times as they are, what JSON has no form for as its text."""
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())
