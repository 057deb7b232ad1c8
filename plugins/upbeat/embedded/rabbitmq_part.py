"""The embedded RabbitMQ: AMQP, Erlang's distribution and its port mapper on loopback, all state in the state folder."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shlex
import sys
from pathlib import Path

from upbeat.embedded.health import check_rabbitmq
from upbeat.embedded.part import Launch, Part
from upbeat.embedded.places import Places
from upbeat.embedded.ports import LOOPBACK
from upbeat.embedded.private_file import private_file
from upbeat.embedded.rabbitmq_home import (
    ErlangPorts,
    RabbitmqPrograms,
    ensure_cookie,
    erlang_ports,
    find_programs,
)
from upbeat.errors import InputError
from upbeat.logs import mask_secrets
from upbeat.settings import Settings

USER = "upbeat"
# Not the machine's name: the data carry the node's, and a machine may be renamed.
NODE = "upbeat@localhost"
_ON_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
# Without +sbwt none idle schedulers spin; +B i: Ctrl-C is no way into Erlang's menu.
_ERLANG_ARGUMENTS = f"{_ON_LOOPBACK} +sbwt none +sbwtdcpu none +sbwtdio none +B i"
_MEMORY_WATERMARK = "1GB"
_LEAST_FREE_DISK = "200MB"
_WRITE_AHEAD_LOG_BYTES = 64 * 2**20  # the default of 512 MiB is held in memory too: half of the watermark


def rabbitmq_part(settings: Settings, where: Places) -> Part:
    """The part, external when `rabbitmq_url` is set. Only wanted when there is a `rabbitmq_dsn`."""
    dsn = settings.rabbitmq_dsn() or ""
    if settings.rabbitmq_url is not None:
        return Part(
            name="rabbitmq", title="RabbitMQ", check=lambda: check_rabbitmq(dsn), external=mask_secrets(dsn)
        )
    return Part(
        name="rabbitmq",
        title="RabbitMQ",
        port=settings.rabbitmq_port,
        port_setting="UPBEAT_RABBITMQ_PORT",
        check=lambda: check_rabbitmq(dsn),
        launch=lambda progress: _launch(settings, where),
        start_seconds=120,
    )


def _launch(settings: Settings, where: Places) -> Launch:
    programs = find_programs()
    folder = where.folder("rabbitmq")
    ensure_cookie(folder)
    ports = erlang_ports(folder)
    definitions = private_file(where.run / "rabbitmq_definitions.json", definitions_text(settings))
    private_file(where.run / "rabbitmq.conf", configuration_text(settings, definitions))
    private_file(where.run / "rabbitmq.plugins", "[].\n")
    private_file(control_script(where), control_text(programs, ports, folder)).chmod(0o700)
    return Launch(
        command=[
            sys.executable, "-m", "upbeat.embedded.rabbitmq_node",
            str(programs.epmd), str(ports.epmd), str(programs.server),
        ],
        environment={**_inherited(), **node_environment(where, ports, folder)},
        folder=folder,
    )  # fmt: skip


def configuration_text(settings: Settings, definitions: Path) -> str:
    """RabbitMQ's configuration file."""
    return "\n".join(
        [
            f"listeners.tcp.1 = {LOOPBACK}:{settings.rabbitmq_port}",
            f"load_definitions = {definitions}",
            f"vm_memory_high_watermark.absolute = {_MEMORY_WATERMARK}",
            f"disk_free_limit.absolute = {_LEAST_FREE_DISK}",
            f"raft.wal_max_size_bytes = {_WRITE_AHEAD_LOG_BYTES}",
            "log.file = false",
            "log.console = true",
            "log.console.level = warning",
            "log.console.use_colors = off",
            "",
        ]
    )


def definitions_text(settings: Settings) -> str:
    """Users and rights, set at every start: the password is that of the settings, also when they have changed.

    Raises:
        InputError: there is no password.
    """
    password = settings.rabbitmq_password.get_secret_value()
    if not password:
        raise InputError("UPBEAT_RABBITMQ_PASSWORD is empty: `upbeat up` generates one in secrets.env")
    user = {
        "name": USER,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "administrator",
    }
    rights = {"user": USER, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
    return json.dumps({"users": [user], "vhosts": [{"name": "/"}], "permissions": [rights]}, indent=1)


def password_hash(password: str, salt: bytes) -> str:
    """As RabbitMQ keeps a password: base64 of the 4 bytes of salt and SHA-256 of salt and password.

    Source: https://www.rabbitmq.com/docs/passwords#computing-password-hash
    """
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def node_environment(where: Places, ports: ErlangPorts, folder: Path) -> dict[str, str]:
    """What leads RabbitMQ's start script, Erlang and the port mapper to our files and to loopback."""
    return {
        **erlang_environment(ports, folder),
        "ERL_CRASH_DUMP_SECONDS": "0",  # a dump of the memory holds passwords
        "RABBITMQ_MNESIA_BASE": str(folder / "nodes"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(where.run / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(where.run / "rabbitmq.advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(where.run / "rabbitmq.plugins"),
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG_ARGUMENTS,
        # The start script then becomes the node instead of staying above it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def erlang_environment(ports: ErlangPorts, folder: Path) -> dict[str, str]:
    """What finds the node whose data are in `folder`, for every Erlang program."""
    return {
        "HOME": str(folder),  # of the cookie
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_FLAGS": "-start_epmd false",  # ours runs; another would be a daemon that nobody ends
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
    }


def control_script(where: Places) -> Path:
    """`rabbitmqctl` for the embedded node, written at its start."""
    return where.run / "rabbitmqctl"


def control_text(programs: RabbitmqPrograms, ports: ErlangPorts, folder: Path) -> str:
    """The script: RabbitMQ's own program with the node's name, ports and cookie."""
    variables = {**erlang_environment(ports, folder), "RABBITMQ_CTL_ERL_ARGS": _ON_LOOPBACK}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(["#!/bin/sh", *lines, f'exec {shlex.quote(str(programs.control))} "$@"', ""])


def _inherited() -> dict[str, str]:
    """Our environment without what a person's own RabbitMQ or Erlang is configured by, and without settings."""
    strange = ("RABBITMQ_", "ERL_", "UPBEAT_", "NOTIFY_SOCKET")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}
