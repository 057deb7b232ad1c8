"""Where the embedded stack keeps its files: one folder, whose parts only their owner can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from upbeat.errors import InputError
from upbeat.settings import Settings, secrets_file

# What may be in a folder that is going to be one of ours: a first start under way, a fresh volume.
_NOBODYS = {"secrets.tmp", "lost+found", ".DS_Store"}


@dataclass(frozen=True)
class Places:
    """The folders below the setting `state_dir`."""

    state: Path

    @property
    def data(self) -> Path:
        """Data of the parts, a folder each."""
        return self.state / "data"

    @property
    def logs(self) -> Path:
        """Logs of the parts."""
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Records of what runs."""
        return self.state / "run"

    @property
    def airflow_home(self) -> Path:
        """Airflow's home: its configuration, logs and password file."""
        return self.state / "airflow"

    def log(self, part: str) -> Path:
        """Log file of a part."""
        return self.logs / f"{part}.log"

    def record(self, part: str) -> Path:
        """File that remembers the running process of a part."""
        return self.run / f"{part}.json"

    def folder(self, part: str) -> Path:
        """Data folder of a part, created for its owner only."""
        folder = self.data / part
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def require_own(state_dir: Path) -> None:
    """Check that the state folder, where it exists, is this user's and was made for this: its mode is going to be
    changed, and it can be deleted.

    Raises:
        InputError: it belongs to somebody else (as root one would take the data away from them, else nothing is
            writable), or it holds something else (`/var`, a home).
    """
    if not state_dir.exists():
        return
    if state_dir.stat().st_uid != os.geteuid():
        raise InputError(
            f"UPBEAT_STATE_DIR={state_dir} belongs to another user: run as that user, or set it to another folder"
        )
    if not secrets_file(state_dir).exists() and {entry.name for entry in state_dir.iterdir()} - _NOBODYS:
        raise InputError(
            f"UPBEAT_STATE_DIR={state_dir} holds other files and is no state folder of Upbeat (those have a file "
            "secrets.env): set it to a folder that is empty or does not exist"
        )


def places(settings: Settings) -> Places:
    """The folders of these settings, created where they are missing.

    Raises:
        InputError: see `require_own`.
    """
    found = Places(settings.state_dir)
    require_own(found.state)
    found.state.mkdir(parents=True, exist_ok=True)
    # As root, Postgres runs as another user and has to pass through here; what is inside stays closed to others.
    found.state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    found.data.mkdir(exist_ok=True, mode=0o711)
    for folder in (found.logs, found.run, found.airflow_home):
        folder.mkdir(exist_ok=True, mode=0o700)
    return found


@contextmanager
def exclusive(where: Places) -> Iterator[None]:
    """Hold the stack's lock: two commands that start or stop things wait for one another. Ends with the process."""
    import fcntl

    with (where.run / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
