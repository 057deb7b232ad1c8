"""Commands on another host over SSH, whose key has to be known: an unknown or another key ends the connection."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from paramiko import PKey, SSHClient

CONNECT_SECONDS = 10
SILENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended: exit code, what it wrote to both outputs."""

    code: int
    output: str
    errors: str


@contextmanager
def connected(settings: Settings) -> Iterator[SSHClient]:
    """A connection to the host of `sync_ssh_host`.

    Raises:
        InputError: a setting is missing, the host's key is not the known one, or it refuses our login.
        StoreUnavailableError: the host does not answer.
    """
    import paramiko

    where = f"{settings.sync_ssh_user}@{settings.sync_ssh_host}:{settings.sync_ssh_port}"
    if not settings.sync_ssh_host or not settings.sync_ssh_user:
        raise InputError("the SSH transport needs UPBEAT_SYNC_SSH_HOST and UPBEAT_SYNC_SSH_USER")
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    _know_host(client, settings)
    try:
        client.connect(
            settings.sync_ssh_host, settings.sync_ssh_port, settings.sync_ssh_user,
            pkey=_private_key(settings), look_for_keys=False, allow_agent=False,
            timeout=CONNECT_SECONDS, banner_timeout=CONNECT_SECONDS, auth_timeout=CONNECT_SECONDS,
        )  # fmt: skip
        yield client
    except paramiko.BadHostKeyException as error:
        raise InputError(
            f"{where} shows another key than the known one: find out why before you change UPBEAT_SYNC_SSH_HOST_KEY"
        ) from error
    except paramiko.AuthenticationException as error:
        raise InputError(f"{where} refuses our key (UPBEAT_SYNC_SSH_KEY_FILE)") from error
    except paramiko.SSHException as error:
        if "known_hosts" in str(error):
            raise InputError(
                f"the key of {where} is not known: set UPBEAT_SYNC_SSH_HOST_KEY to it (ssh-keyscan shows it; compare it "
                "with what the host itself says)"
            ) from error
        raise StoreUnavailableError(f"SSH to {where} failed: {error}") from error
    except OSError as error:
        raise StoreUnavailableError(f"{where} does not answer: {error}") from error
    finally:
        client.close()


def run(client: SSHClient, arguments: Sequence[str], *, stdin: str = "") -> CommandResult:
    """Run a command. What only it may see goes to its standard input: arguments show in the host's list of processes.

    Raises:
        StoreUnavailableError: the connection was lost.
    """
    import paramiko

    try:
        into, out, err = client.exec_command(shlex.join(arguments), timeout=SILENCE_SECONDS)
        into.write(stdin)
        into.channel.shutdown_write()
        output, errors = out.read().decode(errors="replace"), err.read().decode(errors="replace")
        return CommandResult(out.channel.recv_exit_status(), output, errors)
    except (paramiko.SSHException, OSError) as error:
        raise StoreUnavailableError(f"the SSH connection was lost: {error}") from error


def _know_host(client: Any, settings: Settings) -> None:
    import paramiko

    if not settings.sync_ssh_host_key:
        client.load_system_host_keys()
        return
    name = settings.sync_ssh_host
    if settings.sync_ssh_port != 22:
        name = f"[{name}]:{settings.sync_ssh_port}"
    entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {settings.sync_ssh_host_key}")
    if entry is None or entry.key is None:
        raise InputError('UPBEAT_SYNC_SSH_HOST_KEY is no public key: write it as "ssh-ed25519 AAAA…"')
    client.get_host_keys().add(name, entry.key.get_name(), entry.key)


def _private_key(settings: Settings) -> PKey:
    import paramiko

    told = settings.sync_ssh_private_key
    try:
        if told is None:
            if not settings.sync_ssh_key_file:
                raise InputError("the SSH transport needs UPBEAT_SYNC_SSH_KEY_FILE")
            text = settings.sync_ssh_key_file.expanduser().read_text(encoding="ascii")
        else:
            text = told.get_secret_value()
    except (OSError, UnicodeError) as error:
        raise InputError(f"UPBEAT_SYNC_SSH_KEY_FILE cannot be read: {type(error).__name__}") from error
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException as error:
            raise InputError("the private key for SSH asks for a passphrase: use one without") from error
        except (paramiko.SSHException, ValueError):
            continue
    raise InputError("the private key for SSH is of no kind that is known: use Ed25519, ECDSA or RSA")
