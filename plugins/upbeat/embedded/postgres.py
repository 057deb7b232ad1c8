"""The embedded Postgres: TCP on loopback, password login only, safe after kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

from upbeat.embedded.health import check_postgres
from upbeat.embedded.part import Launch, Part, Progress, StackError
from upbeat.embedded.places import Places
from upbeat.embedded.ports import LOOPBACK
from upbeat.embedded.postgres_home import PostgresHome, find_home, own
from upbeat.settings import Settings

SUPERUSER = "upbeat"
STOP_SIGNAL = signal.SIGINT  # "fast": SIGTERM would wait for every client to leave by itself
OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a path below a deep state folder would be longer than a socket's name may be
    "max_connections": "400",
    # A load of some gigabytes is not held up by a checkpoint every 256 MB.
    "max_wal_size": "1GB",
    # One node without standbys: a table that a transaction makes and fills is written once, to its file, which the commit
    # waits for. As safe after a crash as the log is.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "cluster_name": "upbeat",
}


def postgres_part(settings: Settings, where: Places) -> Part:
    """The part, external when `postgres_url` is set."""
    if settings.postgres_url is not None:
        from upbeat.logs import mask_secrets

        dsn = settings.postgres_dsn()
        return Part(
            name="postgres",
            title="Postgres",
            check=lambda: check_postgres(dsn),
            external=mask_secrets(dsn),
            stop_signal=STOP_SIGNAL,
        )
    return Part(
        name="postgres",
        title="Postgres",
        port=settings.postgres_port,
        port_setting="UPBEAT_POSTGRES_PORT",
        check=lambda: check_postgres(maintenance_dsn(settings)),
        launch=lambda progress: _prepare(settings, where, progress),
        retry_seconds=15,
        stop_signal=STOP_SIGNAL,
    )


def maintenance_dsn(settings: Settings) -> str:
    """URL of the database that every cluster has, for creating the others."""
    return settings.postgres_dsn().rpartition("/")[0] + "/postgres"


def remove_stale_pid_file(data: Path) -> None:
    """Remove `postmaster.pid` unless its process is a Postgres that was started on `data`.

    After a crash the id in that file may belong to any living program, and Postgres would refuse to start for ever.
    A living Postgres needs the file: it keeps a second one off the same data.
    """
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    try:
        # Not its working folder: in a container even root may not read that of another user's process.
        program, *arguments = psutil.Process(pid).cmdline() or [""]
    except psutil.NoSuchProcess:
        program, arguments = "", []
    except psutil.AccessDenied:
        return  # another user's, and Postgres knows that by itself
    started_here = data.resolve() in {Path(argument).resolve() for argument in arguments}
    if "postgres" not in Path(program).name or not started_here:
        file.unlink(missing_ok=True)


def _prepare(settings: Settings, where: Places, progress: Progress) -> Launch:
    home = find_home(where)
    if home.note:
        progress("postgres", home.note)
    if not (home.data / "PG_VERSION").exists():
        progress("postgres", "creating the database cluster")
        _initialise(home, settings)
    remove_stale_pid_file(home.data)
    options = [part for key, value in OPTIONS.items() for part in ("-c", f"{key}={value}")]
    return Launch(
        command=[home.program("postgres"), "-D", str(home.data), "-p", str(settings.postgres_port), *options],
        environment=_environment(),
        folder=home.data,
        account=home.account,
    )


def _initialise(home: PostgresHome, settings: Settings) -> None:
    """Run initdb in a folder beside, then move it into place: a half-made cluster is never started."""
    password = settings.postgres_password.get_secret_value()
    if not password:
        raise StackError("UPBEAT_POSTGRES_PASSWORD is empty: `upbeat up` generates one in secrets.env")
    beside = home.data.with_name(f"{home.data.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    own(beside, home.account)
    done = _initdb(home, beside, password)
    if done.returncode != 0:
        detail = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackError(f"Postgres could not create its cluster in {home.data}: {detail}")
    home.data.rmdir()
    beside.rename(home.data)


def _initdb(home: PostgresHome, folder: Path, password: str) -> subprocess.CompletedProcess[str]:
    account = home.account
    # The password goes through a pipe: it stands in no file and no list of processes.
    reader, writer = os.pipe()
    try:
        if account:
            os.fchown(reader, account.uid, account.gid)
        os.write(writer, f"{password}\n".encode())
        os.close(writer)
        return subprocess.run(
            [
                home.program("initdb"), "-D", str(folder), "-U", SUPERUSER, "-A", "scram-sha-256",
                f"--pwfile=/dev/fd/{reader}", "--encoding=UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            ],
            pass_fds=[reader], env=_environment(), cwd="/", capture_output=True, text=True, check=False,
            user=account.uid if account else None, group=account.gid if account else None,
            extra_groups=[] if account else None,
        )  # fmt: skip
    finally:
        os.close(reader)


def _environment() -> dict[str, str]:
    """No variable of a person's own Postgres (PGDATA, PGPORT, …) may lead the embedded one astray."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "UPBEAT_"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
