"""`upbeat score` and `upbeat evaluate match`, as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLLOWERS = b"handle,full_name,bio\nasha.rao,Asha Rao,b\neleni,\xce\x95\xce\xbb\xce\xad\xce\xbd\xce\xb7,b\n"


def upbeat(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("upbeat")), *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={"PATH": os.environ["PATH"]}, timeout=240
    )


def test_rows_go_to_stdout_and_the_summary_to_stderr() -> None:
    run = upbeat("score", "-", "--format", "csv", "--no-model", stdin=FOLLOWERS)
    assert run.returncode == 0
    header, first, second = run.stdout.decode().splitlines()
    assert header.startswith("handle,full_name,score,decided_by,lang_flag,digits")
    assert first.startswith("asha.rao,Asha Rao,0.0,none,false,0,")
    assert second.startswith("eleni,Ελένη,1.0,lang_flag,true,")
    told = run.stderr.decode()
    assert "2 rows: 2 scored" in told
    assert "ignored: 'bio'" in told


def test_the_model_adds_a_probability_and_reasons(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    full = {"username": "asha.rao", "full_name": "Asha Rao", "followers": 300, "following": 200, "posts": 40}
    file.write_text(json.dumps({**full, "has_picture": True, "is_private": False}), encoding="utf-8")
    run = upbeat("score", str(file))
    (row,) = map(json.loads, run.stdout.splitlines())
    assert 0 < row["model_probability"] < 1
    assert {"feature", "log_odds"} == set(row["model_reasons"][0])


def test_json_prints_a_summary_that_a_script_can_read(tmp_path: Path) -> None:
    file, output, rejects = tmp_path / "in.csv", tmp_path / "out.parquet", tmp_path / "rejects.csv"
    file.write_bytes(FOLLOWERS + b",Nobody,b\n")
    run = upbeat("score", str(file), "-o", str(output), "--rejects", str(rejects), "--json", "--no-model")
    assert run.returncode == 2, "a row was broken"
    summary = json.loads(run.stdout)
    assert (summary["rows"], summary["scored"], summary["broken"]) == (3, 2, 1)
    assert summary["shares"] == {"fake": 0.5, "weak_sign": 0.0, "likely_real": 0.5}
    assert summary["first_broken"] == [{"line": 4, "reason": "handle: is empty"}]
    assert "threshold 80" in summary["versions"]["rules"]
    assert run.stderr == b""
    assert rejects.read_text(encoding="utf-8").splitlines()[1] == '4,handle: is empty,",Nobody,b"'


def test_what_is_told_of_broken_rows_names_nobody(tmp_path: Path) -> None:
    run = upbeat("score", "-", "--format", "csv", stdin=b"handle,followers\ngeheim,geheim\n")
    assert run.returncode == 2
    assert b"line 2: followers: is no count" in run.stderr
    assert b"geheim" not in run.stderr + run.stdout


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("score", "-"), FOLLOWERS, "stdin: no suffix tells its form"),
        (("score", "-", "--format", "xml"), FOLLOWERS, "--format xml: is not known"),
        (("score", "-", "--format", "csv"), b"", "stdin: the file is empty"),
        (("score", "-", "--format", "parquet"), b"PAR1", "stdin: is no whole Parquet file"),
        (("score", "-", "--format", "csv"), b"a,b\n1,2\n", "no column of handles"),
        (
            ("score", "-", "--format", "csv", "--encoding", "ascii85"),
            FOLLOWERS,
            "--encoding ascii85: is not known",
        ),
        (("score", "/does/not/exist.csv"), b"", "pass a file that can be read"),
        (
            ("score", "-", "--format", "csv", "-o", "/does/not/exist.csv"),
            FOLLOWERS,
            "pass a file that can be written",
        ),
        (("score", "x.csv", "-o", "x.csv"), b"", "is FILE already"),
        (("evaluate", "match", "--data", "/does/not/exist"), b"", "pass a file that can be read"),
        (("evaluate", "match", "--split", "half"), b"", "use dev, test or all"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], stdin: bytes, message: str
) -> None:
    run = upbeat(*arguments, stdin=stdin)
    assert run.returncode == 2
    assert message in run.stderr.decode()
    assert run.stderr.count(b"\n") == 1
    assert run.stdout == b""


def test_the_match_is_judged_without_naming_anybody(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    names = ["Asha Rao", "Virat Kohli", "Meera Nair", "Ravi Shastri", "Gurpreet Singh"]
    rows = [f"{name.replace(' ', '_').lower()},{name}" for name in names] + ["geheim,Qqxx Zzyy"]
    file.write_text("handle,full_name\n" + "\n".join(rows), encoding="utf-8")
    run = upbeat("evaluate", "match", "--data", str(file), "--split", "all", "--json")
    judged = json.loads(run.stdout)
    assert judged["pairs"] == 6
    loose = judged["measures"][-1]
    assert loose["thresholds"][1]["genuine_matched"] == pytest.approx(5 / 6)
    assert loose["thresholds"][1]["errors"] == {"nothing in common": 1}
    assert (
        b"geheim"
        not in run.stdout + upbeat("evaluate", "match", "--data", str(file), "--split", "all").stdout
    )
    assert b"geheim" in upbeat("evaluate", "match", "--data", str(file), "--split", "all", "--show").stdout


def test_one_row_is_told_as_one_and_few_a_second_with_a_digit() -> None:
    from upbeat.cli.score import _rate

    assert [_rate(speed) for speed in (0.04, 0.28, 12_345.6)] == ["under 0.1", "0.3", "12,346"]
    run = upbeat("score", "-", "--format", "csv", "--no-model", stdin=b"handle\nasha\n")
    assert "1 row: 1 scored" in run.stderr.decode()


def test_a_folder_is_told_as_one(tmp_path: Path) -> None:
    assert f"{tmp_path}: is a folder: pass one file in it" in upbeat("score", str(tmp_path)).stderr.decode()
