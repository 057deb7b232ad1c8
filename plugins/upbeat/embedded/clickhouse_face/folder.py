"""The data folder: one process at a time, its layout, and the engine's configuration file.

DIR/face.lock     locked while a process owns the folder; holds its process id
DIR/engine.xml    written at every start, readable by the owner only
DIR/engine.d/     any *.xml here is merged in by the engine (named collections, say)
DIR/data/         the engine's files
DIR/spool/        bodies that must be complete before they are used; emptied at start
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from upbeat.errors import InputError


class DataFolder:
    """A locked data folder. The lock lasts until `close` or the end of the process, however it ends."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.data = self.root / "data"
        self.spool = self.root / "spool"
        self.config = self.root / "engine.xml"
        self._lock = self._take()
        shutil.rmtree(self.spool, ignore_errors=True)
        for folder in (self.data, self.spool, self.root / "engine.d"):
            folder.mkdir(parents=True, exist_ok=True)

    def _take(self) -> IO[str]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = (self.root / "face.lock").open("a+")
        except OSError as error:
            raise InputError(
                f"--path {self.root}: cannot be used as a data folder ({error.strerror})"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise InputError(
                f"--path {self.root}: process {owner} has this data folder open; stop it first, or use another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

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

    def close(self) -> None:
        self._lock.close()
