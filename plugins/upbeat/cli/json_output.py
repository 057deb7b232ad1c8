"""How commands print JSON, and the option that asks for it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_LINE_ENDS = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "\x85\u2028\u2029"})
"""What readers take for the end of a line and JSON lets stand in a text as it is."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for scripts.")]


def json_line(value: Any) -> str:
    """JSON on one line, whatever counts as the end of a line where it is read."""
    from upbeat.stores.json_text import encode_json

    return f"{encode_json(value).translate(_LINE_ENDS)}\n"


def print_json(value: Any) -> None:
    """Print any value of ours: dataclasses and times as they are, what JSON has no form for as its text."""
    import orjson

    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())
