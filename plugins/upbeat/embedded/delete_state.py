"""Deletes the state of the embedded stack: the folder in the settings, and what Postgres keeps elsewhere for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from upbeat.embedded import stack
from upbeat.embedded.places import Places, require_own
from upbeat.embedded.postgres_home import fallback_folder
from upbeat.settings import Settings, secrets_file

_MADE_BY_US = ("data", "logs", "run", "airflow", "secrets.env")


def folders_of(settings: Settings) -> list[Path]:
    """The folders that exist and would be deleted.

    Raises:
        InputError: the setting names a folder that is something else.
    """
    require_own(settings.state_dir)
    folders = (settings.state_dir, fallback_folder(Places(settings.state_dir)))
    return [folder for folder in folders if folder.exists()]


def delete(settings: Settings) -> list[Path]:
    """Stop the stack, then delete what it made. What a person put beside it stays, and so does its folder then.

    Returns:
        What was deleted.

    Raises:
        InputError: the setting names a folder that is something else; nothing was done.
    """
    folders = folders_of(settings)
    state = settings.state_dir
    if secrets_file(state).exists():
        stack.stop(settings)
    for folder in folders:
        if folder != state:
            shutil.rmtree(folder)
    for name in _MADE_BY_US:  # the secrets last: they mark the folder as ours until all else is gone
        path = state / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if state.exists() and not any(state.iterdir()):
        state.rmdir()
    return folders
