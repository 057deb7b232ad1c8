from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upbeat.authenticity.transliteration import transliterator
from upbeat.cli import app
from upbeat.errors import InputError

from .made_up import made_up_corpus


def run(*arguments: str, stdin: str | bytes = "") -> str:
    result = CliRunner().invoke(app, arguments, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    rows = [f"{native}\t{latin}" for native, found in made_up_corpus().references.items() for latin in found]
    text = "\n".join(["native\tlatin", *rows, ""])
    (tmp_path / "aksharantar_sampled_hi.tsv").write_text(text, encoding="utf-8")
    return tmp_path


def test_words_are_spelled_one_to_a_line() -> None:
    assert run("transliterate", "--lang", "hi", "राम", "मोहन") == "ram\nmohan\n"


def test_lines_of_stdin_are_answered_line_for_line_empty_ones_too() -> None:
    assert run("transliterate", "--lang", "hi", "-", stdin="राम\n\nमोहन\n") == "ram\n\nmohan\n"


def test_a_line_that_is_not_utf8_does_not_stop_the_others() -> None:
    assert run("transliterate", "--lang", "hi", stdin=b"\xff\n" + "राम\n".encode()) == "\nram\n"


def test_a_file_is_read_and_each_line_goes_by_its_script(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("राम\nமுருகன்\nAnna\n", encoding="utf-8")
    lines = run("transliterate", str(tmp_path / "names.txt"), "--json").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"native": "राम", "language": "hi", "latin": "ram"},
        {"native": "முருகன்", "language": "ta", "latin": "murugan"},
        {"native": "Anna", "language": None, "latin": "anna"},
    ]


def test_training_writes_a_file_that_evaluation_judges(
    lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    monkeypatch.setattr(transliterator, "MODELS", models)
    assert "bytes in hi.model" in run("train", "transliteration", "--lang", "hi", "--data", str(lists))
    found = json.loads(run("evaluate", "transliteration", "--lang", "hi", "--data", str(lists), "--json"))
    by_speller = {row["speller"]: row for row in found}
    assert set(by_speller) >= {"model", "rules"}
    assert by_speller["model"]["exact"] > by_speller["rules"]["exact"]
    assert "model" in run("evaluate", "transliteration", "--lang", "hi", "--data", str(lists))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("transliterate", "--lang", "xx", "a"), "language xx"),
        (("train", "transliteration", "--lang", "xx", "--data", "."), "--lang xx"),
        (("evaluate", "transliteration", "--data", "/nowhere/at/all"), "/nowhere/at/all"),
    ],
)
def test_what_cannot_be_used_is_named(arguments: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_name_of_no_file_is_a_word_and_that_is_told() -> None:
    result = CliRunner().invoke(app, ["transliterate", "nofile.txt"])
    assert (result.exit_code, result.stdout) == (0, "nofile.txt\n")
    assert "no such file, so it is taken as a word" in result.stderr


def test_a_language_of_another_script_is_told_once() -> None:
    result = CliRunner().invoke(app, ["transliterate", "--lang", "ta", "राम", "मोहन"])
    assert result.stderr.count("is not that of --lang ta: use --lang hi, or auto") == 1
    assert CliRunner().invoke(app, ["transliterate", "--lang", "hi", "राम"]).stderr == ""
