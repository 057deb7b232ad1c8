"""The staged file by way of the database host: it fetches the file itself, and Postgres reads it from its disk."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from upbeat.errors import InputError, StoreUnavailableError, VerificationError
from upbeat.settings import Settings
from upbeat.stores import ssh
from upbeat.stores.objects import ObjectStore
from upbeat.sync.copy_binary import FILE_HEADER
from upbeat.sync.staged import StagedFile
from upbeat.sync.transport import copy_statement, named, refuse_missing

FETCH = (Path(__file__).parent / "fetch_staged.sh").read_text(encoding="utf-8")
ADDRESS_SECONDS = 900
LEFT_MINUTES = 24 * 60  # a load that has not come by then does not come, or fetches its file anew
_MISSING_PROGRAM, _OTHER_FILE = 3, 4


class SshTransport:
    """The host fetches the file with `aws` and its own login, or with `curl` and a signed address. S3's secret key
    never leaves this process."""

    def fetch(self, settings: Settings, staged: StagedFile) -> None:
        """See `Transport`. Raises InputError, too, where the host lacks a program, a folder or our key."""
        refuse_missing(settings, staged)
        header = "".join(f"\\{byte:03o}" for byte in FILE_HEADER)
        script = [
            "sh", "-c", FETCH, "fetch_staged", settings.sync_ssh_fetch, place_on_host(settings, staged),
            staged["sha256"], staged["format"], f"s3://{staged['bucket']}/{staged['key']}", settings.s3_endpoint(), header,
        ]  # fmt: skip
        address = ObjectStore(settings, staged["bucket"]).signed_address(staged["key"], ADDRESS_SECONDS)
        with ssh.connected(settings) as client:
            done = ssh.run(client, script, stdin=f'url = "{address}"\n')
        if done.code == 0:
            return
        words = " ".join(done.errors.split())[:300] or f"exit code {done.code}"
        problem = f"{named(staged)} did not get to {settings.sync_ssh_host}: {words}"
        if done.code == _OTHER_FILE:
            raise VerificationError(f"{problem}; export it again")
        if done.code == _MISSING_PROGRAM or "ermission denied" in words or "nonexistent" in words:
            raise InputError(f"{problem}; see UPBEAT_SYNC_SSH_FOLDER and UPBEAT_SYNC_SSH_FETCH")
        raise StoreUnavailableError(problem)

    def copy_into(
        self,
        settings: Settings,
        connection: psycopg.Connection[Any],
        table: sql.Identifier,
        staged: StagedFile,
    ) -> int:
        """See `Transport`. Postgres' user needs the role pg_read_server_files."""
        path = place_on_host(settings, staged)
        cursor = connection.cursor()
        try:
            cursor.execute(copy_statement(table, staged, sql.Literal(path)))
        except psycopg.errors.UndefinedFile as error:
            raise VerificationError(
                f"{named(staged)} is not on the database host ({path}): bring it there first, it is the step before"
            ) from error
        return cursor.rowcount

    def forget(self, settings: Settings, staged: StagedFile) -> None:
        """See `Transport`. Files of the plan that were never loaded (refused, or a process was killed) go a day later."""
        left = [
            "find", settings.sync_ssh_folder, "-maxdepth", "1", "-type", "f", "-name", f"{staged['plan']}-*",
            "-mmin", f"+{LEFT_MINUTES}", "-delete",
        ]  # fmt: skip
        with ssh.connected(settings) as client:
            ssh.run(client, ["rm", "-f", place_on_host(settings, staged)])
            ssh.run(client, left)


def place_on_host(settings: Settings, staged: StagedFile) -> str:
    """The file's path on the database host: one of its own per run."""
    run = hashlib.sha256(f"{staged['run_id']} {staged['sha256']}".encode()).hexdigest()[:16]
    return f"{settings.sync_ssh_folder.rstrip('/')}/{staged['plan']}-{run}"
