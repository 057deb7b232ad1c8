"""A real sshd on loopback for one test module: keys of its own, no password, ended by its process id."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from upbeat.embedded.ports import free_ports
from upbeat.settings import Settings

NO_SSHD = "needs an SSH server, which is not installed"
FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"


@dataclass(frozen=True)
class SshServer:
    """Where it listens, what it is known by, and how to log in."""

    port: int
    host_key: str
    key_file: Path
    log: Path

    def settings(self, base: Settings, folder: Path) -> Settings:
        """Settings whose transport goes over it, into this folder."""
        return base.model_copy(
            update={
                "sync_transport": "ssh",
                "sync_ssh_host": "127.0.0.1",
                "sync_ssh_port": self.port,
                "sync_ssh_user": getpass.getuser(),
                "sync_ssh_key_file": self.key_file,
                "sync_ssh_host_key": self.host_key,
                "sync_ssh_folder": str(folder),
            }
        )


def require_sshd() -> str:
    """The program; skips the test, with the way to run it, where there is none (fails it in CI)."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:{FOLDERS}")
    if program is None:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail("no sshd is installed (CI is set: a missing server is a failure)", pytrace=False)
        pytest.skip(f"{NO_SSHD}: `apt-get install openssh-server` runs it")
    return program


@contextmanager
def running_sshd(folder: Path, path: str) -> Iterator[SshServer]:
    """An sshd whose sessions have this PATH."""
    program, (port,) = require_sshd(), free_ports(1)
    for name in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "user_key.pub", folder / "authorized")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    log = folder / "sshd.log"
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        # Whatever the start files of the user's shell do to it.
        f'ForceCommand /usr/bin/env -i PATH={path} /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    process = subprocess.Popen([program, "-D", "-f", folder / "sshd_config", "-E", log])
    try:
        _wait(port, process, log)
        public = (folder / "host_key.pub").read_text().split()
        yield SshServer(port, f"{public[0]} {public[1]}", folder / "user_key", log)
    finally:
        process.terminate()
        process.wait(timeout=240)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
