"""The engine reads and writes S3 with the login of its environment: no key stands in SQL."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.embedded.conftest import Face

KEY, SECRET = "face-access-key", "face-secret-key"


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[str]:
    """Address of an empty bucket of an S3 server with one login."""
    (tmp_path / "s3" / "bucket").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rclone = str(Path(sys.executable).with_name("rclone"))
    arguments = [
        "serve",
        "s3",
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        f"{KEY},{SECRET}",
        str(tmp_path / "s3"),
    ]
    with subprocess.Popen([rclone, *arguments], stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/bucket"
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    give_up = time.monotonic() + 240
    while time.monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the S3 server does not listen")


def test_an_export_is_replaced_and_read_back_without_keys_in_sql(own_face: Face, bucket: str) -> None:
    own_face.start(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    target = f"s3('{bucket}/run/rows.tsv', 'TSV')"
    for rows in (1000, 20):
        sql = f"INSERT INTO FUNCTION {target} SELECT number, 'h' FROM numbers({rows})"
        own_face.ask(f"{sql} SETTINGS s3_truncate_on_insert = 1")
    structure = "'id Int64, handle String'"
    assert (
        own_face.ask(f"SELECT count(), max(id) FROM s3('{bucket}/run/rows.tsv', 'TSV', {structure})")
        == "20\t19"
    )
    assert own_face.ask(f"SELECT count() FROM s3('{bucket}/run/*.tsv', 'TSV', {structure})") == "20"


def test_a_wrong_s3_login_is_an_error(own_face: Face, bucket: str) -> None:
    own_face.start(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY="another-secret")
    answer = own_face.post(f"INSERT INTO FUNCTION s3('{bucket}/x.tsv', 'TSV') SELECT 1")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "499"
    assert "another-secret" not in answer.text
