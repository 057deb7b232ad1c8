"""The file of the model: written whole, read back the same, refused in one line when it is not one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from upbeat.authenticity.model.parameters import MODEL_FILE, read_parameters, with_version, write_parameters
from upbeat.errors import InputError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    parameters = read_parameters()
    write_parameters(parameters, tmp_path / "deep" / "model.json")
    assert read_parameters(tmp_path / "deep" / "model.json") == parameters


def test_the_version_follows_from_the_content() -> None:
    parameters = read_parameters()
    assert with_version(parameters) == parameters
    other = msgspec.structs.replace(parameters, accounts=parameters.accounts + 1)
    assert with_version(other).version != parameters.version


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"format": 1', '"format": 9', "format 9"),
        ('"feature": "log_followers"', '"feature": "luck"', "not those of its features"),
        ('"intercept"', '"interception"', "intercept"),
        ('"at": [\n      0.0,', '"at": [\n      90.0,', "the curve of log_followers is broken"),
        ("{", "[", "no follower model"),
        ('"fakes_flagged": ', '"fakes_flagged": 99', "more flagged than there are"),
    ],
)
def test_a_file_that_is_no_model_is_refused_with_a_way_out(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = tmp_path / "model.json"
    path.write_text(MODEL_FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=problem) as caught:
        read_parameters(path)
    assert "upbeat train follower-model" in str(caught.value)


def test_a_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="upbeat train follower-model"):
        read_parameters(tmp_path / "none.json")
