"""The staged file goes to the database host over a real sshd, and Postgres reads it from its disk."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.ssh_server import SshServer, running_sshd

from upbeat.errors import InputError, StoreUnavailableError, VerificationError
from upbeat.stores import ssh
from upbeat.stores.objects import ObjectStore
from upbeat.sync.download import download_from_s3
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.ssh_transport import place_on_host

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

# Stands in for the AWS CLI, which is no part of the project: the same arguments, the login of its environment.
AWS = """#!{python}
import sys, os
from pathlib import Path
place = Path(__file__).parent
(place / "aws.arguments").write_text(" ".join(sys.argv[1:]))
import boto3
from botocore.config import Config
key, secret = (place / "aws.login").read_text().split()
assert sys.argv[1:4] == ["s3", "cp", "--only-show-errors"]
endpoint, source, target = sys.argv[5:8]
bucket, _, name = source.removeprefix("s3://").partition("/")
client = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
    region_name="us-east-1", config=Config(s3={{"addressing_style": "path"}}))
client.download_file(bucket, name, target)
"""


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    """What is on the database host's PATH: nothing but this."""
    folder = Path(tempfile.mkdtemp(prefix="upbeat-host-", dir="/tmp"))
    for name in ("sh", "curl", "zstd", "sha256sum", "mv", "rm", "find", "tee", "env"):
        (folder / name).symlink_to(str(shutil.which(name)))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with running_sshd(tmp_path_factory.mktemp("sshd"), str(programs)) as running:
        yield running


@pytest.fixture
def over_ssh(board: Board, server: SshServer) -> Iterator[Board]:
    """The board, whose files go over SSH into a folder that Postgres reads."""
    folder = Path(tempfile.mkdtemp(prefix="upbeat-staged-", dir="/tmp"))
    folder.chmod(0o755)
    board.settings = server.settings(board.settings, folder)
    yield board
    shutil.rmtree(folder)


@pytest.mark.parametrize("file_format", ["binary", "text"])
def test_a_file_is_fetched_by_the_host_loaded_from_its_disk_and_forgotten(
    over_ssh: Board, file_format: str
) -> None:
    board = over_ssh
    board.plan = board.plan.model_copy(update={"format": file_format})
    staged = export_to_s3(board.settings, board.plan, "one")
    fetched = download_from_s3(board.settings, staged)
    on_host = Path(place_on_host(board.settings, staged))
    assert on_host.exists()
    assert [path.name for path in on_host.parent.iterdir()] == [on_host.name], "and nothing else"
    report = load_to_postgres(board.settings, board.plan, fetched)
    assert (report["rows"], report["format"]) == (100, file_format)
    assert board.published() == (100, 1000)
    assert not on_host.exists()
    assert ObjectStore(board.settings, staged["bucket"]).size(staged["key"]) == staged["bytes"], "S3 keeps it"


def test_what_was_fetched_and_never_loaded_goes_a_day_later_with_the_next_publish_of_its_plan(
    over_ssh: Board,
) -> None:
    board = over_ssh
    folder = Path(board.settings.sync_ssh_folder)
    left, young = (
        Path(place_on_host(board.settings, export_to_s3(board.settings, board.plan, run))) for run in "ab"
    )
    others = [folder / "leaderboard_weekly-0123456789abcdef", folder / "leaderboard.sql"]
    cut_off = left.with_name(f"{left.name}.part")
    for file in (left, cut_off, young, *others):
        file.touch()
    for file in (left, cut_off, *others):
        os.utime(file, (time.time() - 25 * 3600,) * 2)
    board.publish()
    assert sorted(folder.iterdir()) == sorted([young, *others])


def test_no_secret_is_in_the_arguments_of_a_program_on_the_host(
    over_ssh: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    run = ssh.run

    def watched(client: object, arguments: list[str], **options: str) -> ssh.CommandResult:
        seen.append(" ".join(arguments))
        return run(client, arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ssh, "run", watched)
    over_ssh.publish()
    told = " ".join(seen)
    assert "s3://sync-" in told
    assert over_ssh.settings.s3_secret_access_key.get_secret_value() not in told
    assert over_ssh.settings.s3_access_key_id.get_secret_value() not in told
    assert "X-Amz-Signature" not in told


def test_aws_is_taken_where_the_host_has_it_with_the_hosts_own_login(over_ssh: Board, programs: Path) -> None:
    settings = over_ssh.settings
    secret = settings.s3_secret_access_key.get_secret_value()
    aws = programs / "aws"
    aws.write_text(AWS.format(python=sys.executable))
    aws.chmod(0o755)
    (programs / "aws.login").write_text(f"{settings.s3_access_key_id.get_secret_value()} {secret}")
    try:
        over_ssh.publish()
        arguments = (programs / "aws.arguments").read_text()
    finally:
        aws.unlink()
    assert arguments.startswith(
        f"s3 cp --only-show-errors --endpoint-url {settings.s3_endpoint()} s3://sync-"
    )
    assert secret not in arguments
    assert over_ssh.published() == (100, 1000)


def test_a_host_with_another_key_or_an_unknown_one_is_not_talked_to(
    over_ssh: Board, server: SshServer
) -> None:
    over_ssh.publish("one")
    staged = export_to_s3(over_ssh.settings, over_ssh.plan, "two")
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8L3wBfeLoV4D5xWmcbl8qUJDbHRRgGJZSeOhnPdgjP"
    for key, problem in (
        (other, "another key than the known one"),
        ("", "is not known"),
        ("x", "no public key"),
    ):
        settings = over_ssh.settings.model_copy(update={"sync_ssh_host_key": key})
        with pytest.raises(InputError, match=problem) as caught:
            download_from_s3(settings, staged)
        assert "\n" not in str(caught.value)
    assert over_ssh.published() == (100, 1000)


def test_what_is_wrong_on_the_way_to_the_host_is_said_in_one_line(over_ssh: Board, programs: Path) -> None:
    staged = export_to_s3(over_ssh.settings, over_ssh.plan, "one")

    def fails(problem: str, kind: type[Exception], **changes: object) -> None:
        with pytest.raises(kind, match=problem) as caught:
            download_from_s3(over_ssh.settings.model_copy(update=changes), staged)
        assert "\n" not in str(caught.value)

    fails("does not answer|Unable to connect", StoreUnavailableError, sync_ssh_port=1)
    fails("refuses our key", InputError, sync_ssh_user="nobody-we-know")
    fails("cannot be read", InputError, sync_ssh_key_file=Path("/nowhere/key"))
    fails("UPBEAT_SYNC_SSH_HOST and", InputError, sync_ssh_host="")
    fails("did not get to 127.0.0.1", (InputError, StoreUnavailableError), sync_ssh_folder="/nowhere")  # type: ignore[arg-type]
    fails("neither aws nor curl", InputError, sync_ssh_fetch="aws")
    (programs / "zstd").rename(programs / "not-zstd")
    try:
        fails("zstd is not installed", InputError)
    finally:
        (programs / "not-zstd").rename(programs / "zstd")


def test_a_file_that_was_changed_in_s3_is_refused_by_the_host(over_ssh: Board) -> None:
    staged = export_to_s3(over_ssh.settings, over_ssh.plan, "one")
    store = ObjectStore(over_ssh.settings, staged["bucket"])
    body = store.get(staged["key"])
    store.put(staged["key"], body[:-8] + bytes(8))
    with pytest.raises(VerificationError, match="is not what its manifest says"):
        download_from_s3(over_ssh.settings, staged)
    assert not Path(place_on_host(over_ssh.settings, staged)).exists()


def test_a_file_that_is_not_on_the_host_or_that_our_user_may_not_read_is_said(over_ssh: Board) -> None:
    staged = export_to_s3(over_ssh.settings, over_ssh.plan, "one")
    with pytest.raises(VerificationError, match="is not on the database host"):
        load_to_postgres(over_ssh.settings, over_ssh.plan, staged)
    download_from_s3(over_ssh.settings, staged)
    Path(place_on_host(over_ssh.settings, staged)).parent.chmod(0o700)
    with pytest.raises(InputError, match="may not do what is needed"):
        load_to_postgres(over_ssh.settings, over_ssh.plan, staged)
