"""SQL files of named statements: `-- name: claim_tasks` starts one; the lines of comment below it say its intent."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^--\s*name:\s*(\w+)\s*$", re.M)


@cache
def load_statements(path: Path) -> dict[str, str]:
    """Read a file of named statements.

    Returns:
        The text of each statement by its name, without a trailing semicolon.

    Raises:
        ValueError: a name stands twice, or the file has none.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names, bodies = parts[1::2], parts[2::2]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{path.name}: every statement needs a unique `-- name:` line")
    return {name: body.strip().rstrip(";") for name, body in zip(names, bodies, strict=True)}
