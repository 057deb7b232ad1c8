"""Where a setting's value comes from, and what a person reads when it cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.cli.settings_table import README_BEGIN, README_END, markdown_table
from upbeat.settings import REPOSITORY, Settings, default_state_dir, dotenv_file, secrets_file


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
    variables = {"UPBEAT_DOTENV": "", **variables}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_the_environment_wins_over_the_generated_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBEAT_STATE_DIR", str(tmp_path))
    secrets_file(tmp_path).write_text("UPBEAT_REDIS_PORT=1111\nUPBEAT_S3_PORT=2222\n")
    monkeypatch.setenv("UPBEAT_REDIS_PORT", "3333")
    settings = Settings()
    assert (settings.redis_port, settings.s3_port) == (3333, 2222)


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBEAT_POSTGRES_URL", "")
    monkeypatch.setenv("UPBEAT_REDIS_PORT", "")
    settings = Settings()
    assert settings.postgres_url is None
    assert settings.redis_port == Settings.model_fields["redis_port"].default


def test_a_password_with_any_sign_survives_in_the_urls() -> None:
    settings = Settings.model_validate({"postgres_password": "p@s/s:w%d", "redis_password": "p@s/s:w%d"})
    assert "upbeat:p%40s%2Fs%3Aw%25d@127.0.0.1" in settings.postgres_dsn()
    assert ":p%40s%2Fs%3Aw%25d@127.0.0.1" in settings.redis_dsn()


def test_upstream_requests_go_to_the_sandbox_unless_live_is_set() -> None:
    real = "https://graph.facebook.com/v15.0"
    sandbox = Settings.model_validate({"sandbox_port": 6000, "source_urls": {"lama": "http://127.0.0.1:1/"}})
    assert sandbox.source_base_url("graphapi", real) == "http://127.0.0.1:6000/graph.facebook.com/v15.0"
    assert sandbox.source_base_url("lama", real) == "http://127.0.0.1:1"
    assert Settings(upstream="live").source_base_url("graphapi", real) == real


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("UPBEAT_POSTGRES_PORT", "geheim", "UPBEAT_POSTGRES_PORT: Input should be a valid integer"),
        (
            "UPBEAT_POSTGRES_PORT",
            "70000",
            "UPBEAT_POSTGRES_PORT: Input should be less than or equal to 65535",
        ),
        ("UPBEAT_SOURCE_URLS", "geheim", 'field "source_urls"'),
        ("UPBEAT_UPSTREAM", "geheim", "UPBEAT_UPSTREAM: Input should be 'sandbox' or 'live'"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line_without_the_value(
    tmp_path: Path, variable: str, value: str, named: str
) -> None:
    done = run("settings", UPBEAT_STATE_DIR=str(tmp_path), **{variable: value})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert named in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "way_out"),
    [
        ("UPBEAT_POSTGRES_URL", "postgresql://me:ge%heim@db.example/product", "%25"),
        ("UPBEAT_POSTGRES_URL", "postgresql://me:pw@geheim@db.example/product", "%40"),
        ("UPBEAT_POSTGRES_URL", "host=db.example password=geheim", "postgresql://"),
        ("UPBEAT_REDIS_URL", "redis://:geheim/pw@redis.example/0", "%2F"),
        ("UPBEAT_REDIS_URL", "geheim@redis.example", "redis://"),
        ("UPBEAT_CLICKHOUSE_URL", "https://me:geheim@warehouse.example", "UPBEAT_CLICKHOUSE_PASSWORD"),
        ("UPBEAT_S3_ENDPOINT_URL", "https://key:geheim@s3.example", "UPBEAT_S3_SECRET_ACCESS_KEY"),
        ("UPBEAT_S3_ENDPOINT_URL", "geheim", "http://"),
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_its_password(
    tmp_path: Path, variable: str, value: str, way_out: str
) -> None:
    for command in ("settings", "status"):
        done = run(command, UPBEAT_STATE_DIR=str(tmp_path), **{variable: value})
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: settings: {variable}: ")
        assert way_out in done.stderr
        assert "geheim" not in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_names_of_the_postgres_scheme_work(scheme: str) -> None:
    settings = Settings.model_validate(
        {"postgres_url": f"{scheme}://me:p%40w@db.example:6432/x?sslmode=require"}
    )
    assert settings.postgres_dsn() == "postgresql://me:p%40w@db.example:6432/x?sslmode=require"


def test_the_state_folder_is_the_same_from_every_folder_and_for_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for written, meant in (("state", tmp_path / "state"), ("~/state", tmp_path / "home" / "state")):
        monkeypatch.setenv("UPBEAT_STATE_DIR", written)
        assert Settings().state_dir == meant == default_state_dir()


def test_another_file_than_dotenv_can_be_named_and_an_empty_name_means_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "staging.env"
    file.write_text("UPBEAT_REDIS_PORT=6000\nUPBEAT_STATE_DIR=/var/tmp/elsewhere\n")
    monkeypatch.setenv("UPBEAT_DOTENV", str(file))
    monkeypatch.delenv("UPBEAT_STATE_DIR", raising=False)  # the session's stack sets it
    assert (Settings().redis_port, Settings().state_dir) == (6000, Path("/var/tmp/elsewhere"))
    monkeypatch.setenv("UPBEAT_REDIS_PORT", "6001")
    assert Settings().redis_port == 6001, "the environment wins"
    monkeypatch.delenv("UPBEAT_REDIS_PORT")
    monkeypatch.setenv("UPBEAT_DOTENV", "")
    assert dotenv_file() == Path("/dev/null")
    assert Settings().redis_port == Settings.model_fields["redis_port"].default


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_readme_shows_the_table_that_the_class_makes() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = readme.partition(README_BEGIN)[2].partition(README_END)[0].strip()
    assert table == markdown_table(), "run `upbeat settings --markdown` and paste it between the markers"
