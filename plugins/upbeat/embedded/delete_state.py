"""Deletes the state of the embedded stack: the folder in the settings, and what Postgres keeps elsewhere for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from upbeat.embedded import stack
from upbeat.embedded.places import Places
from upbeat.embedded.postgres_home import fallback_folder
from upbeat.errors import InputError
from upbeat.settings import Settings

# A state folder has at least one of these: a mistyped setting never deletes a folder that is something else.
_MARKS = ("run", "secrets.env")


def folders_of(settings: Settings) -> list[Path]:
    """The folders that exist and would be deleted."""
    folders = (settings.state_dir, fallback_folder(Places(settings.state_dir)))
    return [folder for folder in folders if folder.exists()]


def delete(settings: Settings) -> None:
    """Stop the stack, then delete its folders.

    Raises:
        InputError: the setting names a folder that was not made by `upbeat up`.
    """
    state = settings.state_dir
    if state.exists() and not any((state / mark).exists() for mark in _MARKS):
        raise InputError(f"UPBEAT_STATE_DIR={state} is not a state folder of Upbeat: nothing was deleted")
    if state.exists():
        stack.stop(settings)
    for folder in folders_of(settings):
        shutil.rmtree(folder)
