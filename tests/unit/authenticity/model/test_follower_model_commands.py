"""`upbeat train follower-model` and `upbeat evaluate follower-model` on a file of made-up accounts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.unit.authenticity.model.made_accounts import made_accounts
from typer.testing import CliRunner

from upbeat.authenticity.model.parameters import read_parameters
from upbeat.cli import app
from upbeat.errors import InputError

RUN = CliRunner()


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    accounts, _ = made_accounts(120, 60)
    path = tmp_path_factory.mktemp("labelled") / "labelled.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["handle", "label", "followers", "following", "posts", "has_picture"])
        for follower, fake in zip(accounts.followers, accounts.fake, strict=True):
            label = "fake" if fake else "genuine"
            writer.writerow(
                [follower.handle, label, follower.followers, follower.following, follower.posts,
                 str(follower.has_picture).lower()]
            )  # fmt: skip
        writer.writerow(["secretive", "perhaps", 1, 1, 1, "true"])
    return path


def test_training_writes_a_model_and_tells_of_lines_left_out(labelled: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.json"
    ran = RUN.invoke(
        app,
        ["train", "follower-model", "--data", str(labelled), "--output", str(output),
         "--licence", "ours", "--repeats", "1", "--json"],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    assert said["left_out"] == 1
    assert said["models"][0]["auc"] > 0.8
    parameters = read_parameters(output)
    assert (parameters.version, parameters.licence) == (said["version"], "ours")
    assert "line 182: label is none of" in ran.stderr
    assert "secretive" not in ran.output


def test_training_on_labels_of_ones_own_needs_their_licence(labelled: Path, tmp_path: Path) -> None:
    ran = RUN.invoke(
        app, ["train", "follower-model", "--data", str(labelled), "--output", str(tmp_path / "m.json")]
    )
    assert isinstance(ran.exception, InputError)
    assert "--licence" in str(ran.exception)


def test_evaluation_prints_a_table_and_json(labelled: Path) -> None:
    arguments = ["evaluate", "follower-model", "--data", str(labelled), "--repeats", "1"]
    table = RUN.invoke(app, arguments)
    assert table.exit_code == 0, table.output
    assert "always genuine" in table.stdout
    assert "secretive" not in table.output
    assert "corrected_fake_share" in table.stdout
    found = json.loads(RUN.invoke(app, [*arguments, "--json"]).stdout)
    assert (found["accounts"], found["fakes"]) == (180, 60)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = RUN.invoke(app, ["train", "follower-model", "--data", str(tmp_path / "none.csv")])
    assert isinstance(ran.exception, InputError)
    assert "none.csv" in str(ran.exception)
