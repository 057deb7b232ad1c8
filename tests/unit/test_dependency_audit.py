"""Known weaknesses of pinned packages: what is refused, what may be accepted, and that silence is no clean bill."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from upbeat.settings import REPOSITORY

TODAY = date(2026, 11, 26)
REPORT = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "private", "skip_reason": "Dependency not found on PyPI"},
        {
            "name": "weak",
            "version": "2.0",
            "vulns": [
                {"id": "PYSEC-2026-7", "aliases": ["CVE-2026-7", "GHSA-x"], "fix_versions": ["2.1"]},
                {"id": "PYSEC-2026-8", "aliases": [], "fix_versions": []},
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def audit() -> Any:
    name = "audit_dependencies"
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "include" / "make" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entry(audit: Any, advisory: str, until: date = date(2027, 1, 1)) -> Any:
    return audit.Accepted(advisory, "weak", "it is not reached", until)


def test_each_weakness_is_told_with_the_way_out(audit: Any) -> None:
    assert audit.problems(audit.weaknesses(REPORT), [], TODAY) == [
        "weak 2.0: PYSEC-2026-7: take 2.1",
        "weak 2.0: PYSEC-2026-8: no version without it: see SECURITY of the package",
    ]
    assert audit.skipped(REPORT) == ["private"]


def test_what_is_accepted_by_any_of_its_names_is_let_pass_until_its_day(audit: Any) -> None:
    both = [entry(audit, "CVE-2026-7"), entry(audit, "PYSEC-2026-8")]
    assert audit.problems(audit.weaknesses(REPORT), both, TODAY) == []

    late = [both[0], entry(audit, "PYSEC-2026-8", date(2026, 11, 25)), entry(audit, "PYSEC-2026-9")]
    assert audit.problems(audit.weaknesses(REPORT), late, TODAY) == [
        "weak: PYSEC-2026-8: was accepted until 2026-11-25: look again",
        "weak: PYSEC-2026-9: is accepted, and no pinned package has it: take it out",
    ]


def test_the_same_weakness_in_two_locks_is_one_line(audit: Any) -> None:
    twice = {"dependencies": REPORT["dependencies"] * 2}
    assert len(audit.problems(audit.weaknesses(twice), [], TODAY)) == 2


@pytest.mark.parametrize("answer", ["away", "knows nothing"])
def test_where_nobody_answers_it_says_that_it_was_not_run_and_asks_no_further(
    audit: Any, answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def ask(arguments: list[str], told: str = "") -> Any:
        asked.append(arguments)
        if answer == "away":
            raise audit.NotAnsweredError("connection refused")
        return {"dependencies": [{"name": "urllib3", "skip_reason": "not found"}]}

    monkeypatch.setattr(audit, "ask", ask)

    assert audit.main([]) == 0
    assert capsys.readouterr().out.startswith("not run: ")
    assert len(asked) == 1
    assert audit.main(["--required"]) == 1, "whoever needs an answer is not told that all is well"


def test_a_report_that_breaks_off_says_how_and_one_of_weaknesses_fails(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(audit.NotAnsweredError, match="no/such"):
        audit.ask(["--requirement", "/no/such"])
    monkeypatch.setattr(audit, "ask", lambda *_: REPORT)
    assert audit.main([]) == 1
    assert "weak 2.0: PYSEC-2026-7: take 2.1" in capsys.readouterr().out


def test_every_lock_is_asked_about(audit: Any) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*requirements*.txt"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert set(audit.LOCKS) == set(listed.stdout.split())


def test_what_is_accepted_here_has_a_reason_and_a_day(audit: Any) -> None:
    for one in audit.read_accepted(audit.ACCEPTED.read_text(encoding="utf-8")):
        assert one.reason.strip()
        assert isinstance(one.until, date)
    text = "- {advisory: A-1, package: weak, reason: r, until: 2027-01-31}"
    assert audit.read_accepted(text) == [audit.Accepted("A-1", "weak", "r", date(2027, 1, 31))]
