"""Writes files that only their owner can read: configurations with passwords."""

from __future__ import annotations

from pathlib import Path


def private_file(path: Path, text: str) -> Path:
    """Write a file that only we can read, in one step."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.touch(mode=0o600)
    temporary.chmod(0o600)
    temporary.write_text(text, encoding="utf-8")
    return temporary.replace(path)
