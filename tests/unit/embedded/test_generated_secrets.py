"""Passwords are generated once, and only their owner can read them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.fernet import Fernet

from upbeat.embedded.generated_secrets import ensure_secrets


def read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    assert stat.S_IMODE(ensure_secrets(tmp_path).stat().st_mode) == 0o600


def test_a_second_call_changes_nothing(tmp_path: Path) -> None:
    before = ensure_secrets(tmp_path).read_text()
    assert ensure_secrets(tmp_path).read_text() == before


def test_a_secret_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = ensure_secrets(tmp_path)
    before = read(path)
    path.write_text("".join(f"{k}={v}\n" for k, v in before.items() if k != "UPBEAT_REDIS_PASSWORD"))
    after = read(ensure_secrets(tmp_path))
    assert after.keys() == before.keys()
    assert {k: v for k, v in after.items() if k != "UPBEAT_REDIS_PASSWORD"}.items() <= before.items()


def test_a_file_that_was_edited_and_has_no_last_newline_keeps_its_secrets(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("# mine\nUPBEAT_POSTGRES_PASSWORD=geheim")
    assert read(ensure_secrets(tmp_path))["UPBEAT_POSTGRES_PASSWORD"] == "geheim"


def test_two_stacks_share_no_secret(tmp_path: Path) -> None:
    one, other = read(ensure_secrets(tmp_path / "a")), read(ensure_secrets(tmp_path / "b"))
    assert not set(one.values()) & set(other.values())


def test_the_keys_fit_their_use(tmp_path: Path) -> None:
    secrets = read(ensure_secrets(tmp_path))
    for name in ("UPBEAT_CREDENTIAL_KEY", "UPBEAT_AIRFLOW_FERNET_KEY"):
        Fernet(secrets[name])
    assert len(secrets["UPBEAT_S3_ACCESS_KEY_ID"]) >= 8
    assert secrets["UPBEAT_S3_SECRET_ACCESS_KEY"].isalnum()


def test_commands_that_start_at_once_agree_on_one_set(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda _: ensure_secrets(tmp_path).read_text(), range(32)))
    assert len(texts) == 1
