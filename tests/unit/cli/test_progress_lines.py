"""Long work says how far it is, now and then, on stderr."""

from __future__ import annotations

import pytest

from upbeat.cli import progress_lines
from upbeat.cli.progress_lines import SECONDS, ProgressLines


def lines(json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of a line each second."""
    now = 0.0
    monkeypatch.setattr(progress_lines.time, "monotonic", lambda: now)
    told = ProgressLines(json=json)
    for second in range(1, int(2 * SECONDS) + 2):
        now = float(second)
        told.tell(f"{second} done")
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_line_comes_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lines(False, monkeypatch, capsys) == "5 done …\n10 done …\n"


def test_a_command_that_prints_json_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lines(True, monkeypatch, capsys) == ""
