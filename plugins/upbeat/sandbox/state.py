"""What a person changed in the sandbox, kept in one small JSON file so that a restart keeps it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from upbeat.errors import InputError


@dataclass(slots=True)
class State:
    """Changes by handle (accounts, YouTube channels), made-up accounts and settings. Faults and limits are not kept: they end with the process."""

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    channel_changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    made_up: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)


def load_state(path: Path | None) -> State:
    """The kept state; empty when there is no file. Raises `InputError` when the file is not ours."""
    if path is None or not path.exists():
        return State()
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path}: not a state file of the sandbox ({error}): remove it to begin anew"
        ) from error


def save_state(path: Path | None, state: State) -> None:
    """Write the state so that a crash leaves the old or the new file, never a part."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(path)
