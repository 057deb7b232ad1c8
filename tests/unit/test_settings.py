"""Where a setting's value comes from, and what a person reads when it cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.cli.settings_table import README_BEGIN, README_END, markdown_table
from upbeat.settings import REPOSITORY, Settings, secrets_file


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
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


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_readme_shows_the_table_that_the_class_makes() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = readme.partition(README_BEGIN)[2].partition(README_END)[0].strip()
    assert table == markdown_table(), "run `upbeat settings --markdown` and paste it between the markers"
