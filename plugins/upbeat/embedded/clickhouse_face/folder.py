"""The data folder: one process at a time, its layout, and the engine's configuration file.

DIR/face.lock     locked while a keeper or its engine runs; holds the keeper's process id
DIR/engine.xml    written at every start, readable by the owner only
DIR/engine.d/     any *.xml here is merged in by the engine (named collections, say)
DIR/data/         the engine's files
DIR/spool/        bodies that must be complete before they are used; emptied at start
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import IO

import psutil

from upbeat.errors import InputError

ENDING_SECONDS = 10.0


def lock_folder(root: Path) -> IO[str]:
    """Lock a data folder, made when missing. The lock lasts until every process that has the file open has closed it or ended.

    Raises:
        InputError: a process has it open: names its id; or the folder cannot be used.
    """
    root = root.resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "face.lock").open("a+")
    except OSError as error:
        raise InputError(f"--path {root}: cannot be used as a data folder ({error.strerror})") from error
    give_up = time.monotonic() + ENDING_SECONDS
    while not _locked(lock):
        lock.seek(0)
        owner = lock.read().strip()
        # Where its keeper was killed, an engine may still be on its way out.
        if time.monotonic() > give_up or (owner.isdigit() and _runs(int(owner))):
            lock.close()
            raise InputError(
                f"--path {root}: process {owner or 'unknown'} has this data folder open; stop it first, or use another folder"
            )
        time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class DataFolder:
    """The folders of a data folder that the keeper has locked; what an earlier engine spooled is deleted."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.data = self.root / "data"
        self.spool = self.root / "spool"
        self.config = self.root / "engine.xml"
        shutil.rmtree(self.spool, ignore_errors=True)
        for folder in (self.data, self.spool, self.root / "engine.d"):
            folder.mkdir(parents=True, exist_ok=True)

    def write_config(self, *, max_server_memory: int | None) -> None:
        """Write the engine's configuration. `max_server_memory`: bytes for all queries together."""
        memory = (
            f"<max_server_memory_usage>{max_server_memory}</max_server_memory_usage>"
            if max_server_memory
            else ""
        )
        text = f"""<clickhouse>
  {memory}
  <s3><any><endpoint>http</endpoint><use_environment_credentials>1</use_environment_credentials></any></s3>
</clickhouse>
"""
        descriptor = os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
