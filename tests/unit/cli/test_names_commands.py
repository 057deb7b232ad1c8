"""`upbeat names show`, `upbeat train names`, `upbeat evaluate names`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upbeat.authenticity.names import NameTable
from upbeat.cli import app
from upbeat.errors import InputError

runner = CliRunner()


def test_what_the_table_knows_is_printed_for_people_and_for_scripts() -> None:
    shown = runner.invoke(app, ["names", "show", "Pooja", "shrama", "qqqqqq"]).stdout.splitlines()
    assert shown[0].startswith("Pooja: pooja; ")
    assert "women" in shown[0]
    assert "sharma, one letter away" in shown[1]
    assert shown[2] == "qqqqqq: not in the table"
    answer = json.loads(runner.invoke(app, ["names", "show", "shrama", "qqqqqq", "--json"]).stdout)
    assert answer["names_version"] == NameTable.load().version
    assert (answer["names"][0]["found"]["token"], answer["names"][0]["found"]["distance"]) == ("sharma", 1)
    assert answer["names"][1] == {"asked": "qqqqqq", "found": None}


def test_a_name_in_another_script_is_told_how_to_get_latin_letters_and_an_empty_one_is_named() -> None:
    native, empty = runner.invoke(app, ["names", "show", "पूजा", ""]).stdout.splitlines()
    assert native == (
        "पूजा: not in the table, which has Latin letters: `upbeat transliterate` spells it in those"
    )
    assert empty == "an empty name: not in the table"


@pytest.mark.parametrize("group", ["train", "evaluate"])
def test_a_folder_that_is_not_there_is_named_with_the_way_out(group: str, tmp_path: Path) -> None:
    run = runner.invoke(app, [group, "names", "--data", str(tmp_path / "none")])
    assert isinstance(run.exception, InputError)
    assert "--data names the one" in str(run.exception)


def test_training_writes_a_table_that_can_be_read(shared_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.table"
    run = runner.invoke(
        app, ["train", "names", "--data", str(shared_data), "--no-packages", "--output", str(file), "--json"]
    )
    told = json.loads(run.stdout)
    table = NameTable.load(file)
    assert (told["names"], told["names_version"], told["bytes"]) == (
        len(table),
        table.version,
        file.stat().st_size,
    )
    assert table.exact("pooja") is not None


@pytest.mark.parametrize("command", [("names", "show"), ("train", "names"), ("evaluate", "names")])
def test_the_help_has_an_example(command: tuple[str, ...]) -> None:
    assert "Example:" in runner.invoke(app, [*command, "--help"]).stdout
