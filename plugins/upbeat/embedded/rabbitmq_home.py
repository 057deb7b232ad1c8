"""Finds the installed RabbitMQ, and keeps what a node needs beside its data: ports of its own, a private cookie."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from upbeat.embedded.part import StackError
from upbeat.embedded.ports import free_ports, port_is_free

# Debian, Red Hat; the official archive and image; Homebrew.
SERVER_FOLDERS = ("/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/opt/homebrew/sbin", "/usr/local/sbin")
EPMD_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/lib/erlang/bin", "/opt/erlang/bin")
INSTALL = "`apt-get install rabbitmq-server`, or set UPBEAT_RABBITMQ_URL to a RabbitMQ of your own"
_WRAPPER = "rabbitmq-script-wrapper"
_PORTS = "erlang_ports.json"


@dataclass(frozen=True, kw_only=True)
class RabbitmqPrograms:
    """Paths of the programs that a node needs."""

    server: Path
    control: Path
    epmd: Path


def find_programs() -> RabbitmqPrograms:
    """The installed RabbitMQ and its Erlang.

    Raises:
        StackError: one of them is not there: says how to get it.
    """
    server = _find("rabbitmq-server", SERVER_FOLDERS)
    if server is None:
        raise StackError(f"RabbitMQ is not installed (no rabbitmq-server): {INSTALL}")
    epmd = _find("epmd", EPMD_FOLDERS)
    if epmd is None:
        raise StackError(f"RabbitMQ's Erlang is not complete (no epmd beside {server}): {INSTALL}")
    return RabbitmqPrograms(server=server, control=server.with_name("rabbitmqctl"), epmd=epmd)


def _find(program: str, folders: tuple[str, ...]) -> Path | None:
    """The known folders first: what Debian has on the path changes to a system user and its folders."""
    for folder in (*folders, *os.environ.get("PATH", os.defpath).split(os.pathsep)):
        found = shutil.which(program, path=folder)
        if found and Path(found).resolve().name != _WRAPPER:
            return Path(found)
    return None


@dataclass(frozen=True)
class ErlangPorts:
    """Loopback ports by which Erlang nodes (and `rabbitmqctl`) find one another and talk."""

    epmd: int
    distribution: int


def erlang_ports(folder: Path) -> ErlangPorts:
    """Ports for a start of the node whose data are in `folder`: those of its last one unless somebody took one."""
    kept = erlang_ports_of_last_start(folder)
    if kept and port_is_free(kept.epmd) and port_is_free(kept.distribution):
        return kept
    fresh = ErlangPorts(*free_ports(2))
    (folder / _PORTS).write_text(json.dumps(asdict(fresh)), encoding="utf-8")
    return fresh


def erlang_ports_of_last_start(folder: Path) -> ErlangPorts | None:
    """None before the first start, and where a crash interrupted it."""
    try:
        return ErlangPorts(**json.loads((folder / _PORTS).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def ensure_cookie(home: Path) -> None:
    """Write Erlang's shared secret where it is missing: whoever knows it may run any code in the node."""
    file = home / ".erlang.cookie"
    if not file.exists():
        temporary = home / ".erlang.cookie.new"
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w", encoding="ascii") as output:
            output.write(secrets.token_hex(20).upper())
        temporary.replace(file)
