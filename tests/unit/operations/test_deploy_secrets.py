"""The files of secrets of a new installation: made once, closed to others, and of one piece."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from cryptography.fernet import Fernet

from upbeat.errors import InputError
from upbeat.operations.deploy_secrets import make_secrets
from upbeat.stores.part_roles import LOGIN_PARTS, role_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "secrets"
    make_secrets(place)
    return place


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").removesuffix("\n")


def test_the_folder_is_closed_and_its_files_can_be_read_through_a_mount(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}


def test_a_file_can_be_read_through_a_mount_under_a_strict_umask_too(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_secrets(tmp_path)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o444}


def test_a_second_run_changes_nothing_and_makes_what_is_missing_to_fit_the_rest(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = make_secrets(folder)
    assert (again.made, again.changed, set(again.kept), again.stale) == ([], [], set(before), [])
    (folder / "redis_url").unlink()
    assert make_secrets(folder).made == ["redis_url"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def rewrite(path: Path, content: str) -> None:
    path.unlink()
    path.write_text(content)


def test_a_login_of_somebodys_own_server_stays_and_one_with_an_old_password_is_named(folder: Path) -> None:
    own = f"redis://:{text(folder, 'redis_password')}@redis.example:6379/3"
    rewrite(folder / "redis_url", own)
    rewrite(folder / "rabbitmq_url", "amqps://product:their%20own@mq.example/%2F")
    (folder / "postgres_owner_password").unlink()
    files = make_secrets(folder)
    assert text(folder, "redis_url") == own
    assert text(folder, "rabbitmq_url").startswith("amqps://product:")
    assert files.made == ["postgres_owner_password"]
    assert files.stale == ["celery_result_backend", "postgres_url_owner"]


def test_a_configuration_follows_its_password_whatever_signs_that_has(folder: Path) -> None:
    rewrite(folder / "postgres_warehouse_password", "<&> and {more}")
    rewrite(folder / "redis_password", "another/@one")
    (folder / "redis_url").unlink()
    files = make_secrets(folder)
    assert files.changed == ["clickhouse_config", "redis_config"]
    assert "celery_broker_url" in files.stale
    collections = ElementTree.fromstring(text(folder, "clickhouse_config"))
    assert collections.findtext("named_collections/upbeat_postgres/password") == "<&> and {more}"
    assert unquote(str(urlsplit(text(folder, "redis_url")).password)) == "another/@one"


def test_a_secret_that_a_program_reads_by_cat_has_no_end_of_line(folder: Path) -> None:
    for path in folder.glob("*_config"):
        assert path.read_text(encoding="utf-8").endswith("\n")
    secrets = [path for path in folder.iterdir() if not path.name.endswith(("_config", "_users"))]
    assert [path.name for path in secrets if "\n" in path.read_text(encoding="utf-8")] == []


def test_the_parts_agree_on_their_passwords(folder: Path) -> None:
    assert urlsplit(text(folder, "redis_url")).password == text(folder, "redis_password")
    assert f"requirepass {text(folder, 'redis_password')}" in text(folder, "redis_config")
    assert urlsplit(text(folder, "rabbitmq_url")).password in text(folder, "rabbitmq_config")
    owner = text(folder, "postgres_owner_password")
    assert urlsplit(text(folder, "postgres_url_owner")).password == owner
    assert urlsplit(text(folder, "celery_result_backend").removeprefix("db+")).password == owner
    for part in LOGIN_PARTS:
        assert urlsplit(text(folder, f"postgres_url_{part}")).username == role_of(part)
    Fernet(text(folder, "credential_key").encode())


def test_no_two_parts_share_a_password(folder: Path) -> None:
    passwords = [text(folder, path.name) for path in folder.glob("*_password")]
    passwords += [str(urlsplit(text(folder, f"postgres_url_{part}")).password) for part in LOGIN_PARTS]
    assert len(passwords) == len(set(passwords)) > 10
    assert min(map(len, passwords)) >= 20


def test_clickhouse_gets_hashes_of_its_users_and_rights_by_part(folder: Path) -> None:
    users = ElementTree.fromstring(text(folder, "clickhouse_users"))
    assert users.find("users/default").attrib == {"remove": "remove"}  # type: ignore[union-attr]
    for name in ("clickhouse_password", "clickhouse_sink_password", "clickhouse_reader_password"):
        assert text(folder, name) not in text(folder, "clickhouse_users")
    grants = {one.text for one in users.findall("users/upbeat_sink/grants/query")}
    assert grants == {"GRANT SELECT, INSERT ON beat_replica.*"}
    assert users.findtext("profiles/upbeat_reader/readonly") == "2"
    ElementTree.fromstring(text(folder, "clickhouse_config"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="folder="):
        make_secrets(tmp_path / "file" / "secrets")
