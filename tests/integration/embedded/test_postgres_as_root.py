"""As root, Postgres runs as an unprivileged user, wherever the state folder is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from upbeat.embedded import stack
from upbeat.embedded.delete_state import delete, folders_of
from upbeat.embedded.places import Places
from upbeat.embedded.postgres_home import fallback_folder, service_account
from upbeat.settings import Settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run Postgres as another user")


def owner_of(settings: Settings) -> str:
    (status,) = stack.status(settings, ["postgres"])
    assert status.pid is not None
    return psutil.Process(status.pid).username()


def test_postgres_never_runs_as_root(own_settings: Settings) -> None:
    stack.start(own_settings, ["postgres"])
    assert owner_of(own_settings) == service_account().name
    assert not fallback_folder(Places(own_settings.state_dir)).exists()


def test_a_state_folder_that_the_service_user_cannot_reach_is_said_and_works(
    state_dir: Path, make_settings: Callable[[Path], Settings]
) -> None:
    closed = state_dir / "home"
    closed.mkdir(mode=0o700)
    settings = make_settings(closed / "state")
    elsewhere = fallback_folder(Places(settings.state_dir))
    said: list[str] = []
    try:
        stack.start(settings, ["postgres"], lambda part, message: said.append(message))
        assert any(f"data is in {elsewhere}" in message for message in said)
        assert owner_of(settings) == service_account().name
        assert elsewhere.stat().st_mode & 0o077 == 0
        assert elsewhere in folders_of(settings)
    finally:
        delete(settings)
    assert not elsewhere.exists()
    assert closed.exists()
