"""The scan of what git keeps finds a secret that was planted, and leaves in peace what was looked at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.settings import REPOSITORY

TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3  # in pieces, so that the scan of this repository does not stop here
API_KEY = "upb_" + "q1w2e3r4t5y6_" + "0f1e2d3c" * 8
PRIVATE = "-----BEGIN RSA " + "PRIVATE KEY-----"


@pytest.fixture
def scanner(tmp_path: Path) -> Path:
    """The script with a baseline of its own, and a repository to scan beside it."""
    shutil.copy(REPOSITORY / "include" / "make" / "scan_secrets.py", tmp_path)
    (tmp_path / "secrets_baseline.json").write_text("{}")
    folder = tmp_path / "repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return tmp_path / "scan_secrets.py"


def run(scanner: Path, *options: str) -> tuple[int, str]:
    folder = scanner.parent / "repository"
    done = subprocess.run(
        [sys.executable, str(scanner), "--folder", str(folder), *options], capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_planted_secrets_are_found_named_without_their_text_and_may_be_accepted(scanner: Path) -> None:
    folder = scanner.parent / "repository"
    (folder / "good.py").write_text('NAME = "leaderboard"\n')
    (folder / ".gitignore").write_text("kept_out.env\n")
    (folder / "kept_out.env").write_text(f"KEY={API_KEY}\n")
    assert run(scanner) == (0, "")

    planted = {
        "client.py": f'"""A client."""\n\nTOKEN = "{TOKEN}"\n',
        "notes.md": f"Call it with {API_KEY}.\n",
        "id_rsa": f"{PRIVATE}\nabc\n",
        "deploy.yaml": "url: postgresql://upbeat:tr0ub4dor@db/upbeat\n",
    }
    for name, text in planted.items():
        (folder / name).write_text(text)
    code, told = run(scanner)
    assert code == 1
    assert {line.partition(":")[0] for line in told.splitlines()} == set(planted)
    assert "client.py:3: looks like a secret (GitHub Token)" in told
    assert "notes.md:1: looks like a secret (Upbeat API Key)" in told
    assert not any(secret in told for secret in (TOKEN, API_KEY, "tr0ub4dor"))

    assert run(scanner, "--accept") == (0, "")
    assert TOKEN not in (scanner.parent / "secrets_baseline.json").read_text()
    (folder / "notes.md").write_text("A line more.\n" + planted["notes.md"])
    assert run(scanner) == (0, "")
    (folder / "other.md").write_text(planted["notes.md"])
    assert run(scanner)[0] == 1, "what is accepted in one file is not in another"


def test_what_is_accepted_here_stands_for_files_that_exist() -> None:
    known = json.loads((REPOSITORY / "include" / "make" / "secrets_baseline.json").read_text())

    assert [name for name in known if not (REPOSITORY / name).exists()] == []
