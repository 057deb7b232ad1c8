"""Where the embedded Postgres lives and as whom it runs: Postgres refuses to run as root.

As an ordinary user everything is in the state folder. As root it runs as an existing unprivileged user; when that
user cannot reach the state folder or the wheel (under a home with mode 0700), data and a copy of the programs go to
a folder of its own below /var.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from upbeat.embedded.part import Account, StackError
from upbeat.embedded.places import Places
from upbeat.embedded.wheels import postgres_folder

SERVICE_USERS = ("postgres", "_postgres", "nobody")
FALLBACK_PARENTS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 (a folder with an owner and mode of its own)


@dataclass(frozen=True)
class PostgresHome:
    """Programs, data folder and user of the embedded Postgres; `note` is for the person when it is elsewhere."""

    programs: Path
    data: Path
    account: Account | None
    note: str = ""

    def program(self, name: str) -> str:
        """Path of one of the programs."""
        return str(self.programs / "bin" / name)


def find_home(where: Places) -> PostgresHome:
    """Say where everything is, and create what is missing (not the database cluster itself).

    Raises:
        StackError: we are root and there is no user to run as.
    """
    if os.geteuid() != 0:
        return PostgresHome(postgres_folder(), where.folder("postgres"), None)
    account = service_account()
    programs, data, notes = postgres_folder(), where.data / "postgres", []
    elsewhere = fallback_folder(where)
    # What once began elsewhere stays there; a copy of the programs alone does not move the data.
    if (elsewhere / "data").exists() or not can_enter(account, where.data):
        own(elsewhere, account)
        data = elsewhere / "data"
        notes.append(f"data is in {data}, because user {account.name} cannot reach {where.data}")
    if not can_run(account, programs / "bin" / "postgres"):
        own(elsewhere, account)
        programs = _copy_programs(programs, elsewhere / "programs")
        notes.append(f"programs were copied to {programs}")
    own(data, account)
    return PostgresHome(programs, data, account, "; ".join(notes))


def fallback_folder(where: Places) -> Path:
    """The folder outside the state folder that belongs to it (it may not exist)."""
    mark = hashlib.sha256(str(where.state.resolve()).encode()).hexdigest()[:12]
    parents = [parent for parent in FALLBACK_PARENTS if parent.is_dir() and os.access(parent, os.W_OK)]
    return (parents or [FALLBACK_PARENTS[-1]])[0] / f"upbeat-{mark}"


def service_account() -> Account:
    """The first user of `SERVICE_USERS` that this machine has."""
    for name in SERVICE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StackError(
        f"Postgres does not run as root, and none of the users {', '.join(SERVICE_USERS)} exists: "
        "create one, or run as an ordinary user"
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Whether `account` can go into `folder`: tried, because mode bits are not the whole truth."""
    return _tried(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])


def can_run(account: Account, program: Path) -> bool:
    """Whether `account` can run `program`."""
    return _tried(account, [str(program), "--version"])


def _tried(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def own(folder: Path, account: Account | None) -> None:
    """Create the folder where it is missing, for `account` (None: for us) only."""
    folder.mkdir(exist_ok=True, mode=0o700)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def _copy_programs(source: Path, target: Path) -> Path:
    """Copy the programs and their libraries; once per version of the wheel, and a half copy is never used.

    The libraries stand in folders beside, which the programs find by relative path, so those paths are kept.
    Readable by all: the folder above is closed.
    """
    package = source.parent
    mark = target / ".copied-from"
    stamp = f"{source}\n{source.stat().st_mtime_ns}\n"
    if not (mark.exists() and mark.read_text(encoding="utf-8") == stamp):
        shutil.rmtree(target, ignore_errors=True)
        for folder in (source, package / ".dylibs", package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, target / folder.relative_to(package.parent), symlinks=True)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        mark.write_text(stamp, encoding="utf-8")
    return target / source.relative_to(package.parent)
