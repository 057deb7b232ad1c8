"""What `upbeat score-queue send` says of input that it cannot use, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.errors import InputError


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """The command sends logs to the stderr that the runner gave it, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "name a FILE or a --creator"),
        (["FILE", "--creator", "natgeo"], "one of them"),
        (["FILE", "--platform", "myspace"], "--platform myspace: is not known"),
        (["FILE", "--relation", "fan"], "--relation fan: is not known"),
        (["FILE", "--at", "today"], "--at: is no time in ISO 8601"),
        (["FILE", "--at", "2025-11-26T08:00"], "--at: has no offset from UTC"),
        (["FILE", "--at", "2999-01-01T00:00:00Z"], "--at: lies in the future"),
        (["FILE", "--sample", "x" * 257], "--sample: is longer than 256"),
        (["FILE"], "pass --profile-id"),
        (["missing.csv"], "missing.csv: No such file"),
    ],
)
def test_input_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], problem: str
) -> None:
    file = tmp_path / "followers.csv"
    file.write_text("handle\nanna\n", encoding="utf-8")
    given = [str(file) if one == "FILE" else one for one in arguments]
    result = CliRunner().invoke(app, ["score-queue", "send", "--dry-run", *given])
    assert isinstance(result.exception, InputError)
    assert problem in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_dry_run_needs_no_aws_and_counts_what_would_be_sent(tmp_path: Path) -> None:
    file = tmp_path / "followers.csv"
    file.write_text("id,handle\n1,anna\n2,bert\n", encoding="utf-8")
    result = CliRunner().invoke(
        app, ["score-queue", "send", str(file), "--profile-id", "17", "--batch", "1", "--dry-run"]
    )
    assert result.exit_code == 0, result.output
    assert "2 accounts would be sent in 2 messages" in result.output
