"""`upbeat listen` without a broker: schemas, examples, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.errors import InputError
from upbeat.listeners.configuration import load_listeners


@pytest.fixture(autouse=True)
def logging_of_the_command() -> Iterator[None]:
    """The command sends logs to the runner's stderr, which is closed when it ends."""
    yield
    structlog.reset_defaults()


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["listen", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_schema_of_every_version_of_every_listener_is_printed() -> None:
    schemas = json.loads(printed("--schemas"))
    assert list(schemas) == list(load_listeners())
    assert schemas["credential_updates"]["exchange"] == "identity.dx"
    task = schemas["scrape_requests"]["versions"]["1"]
    assert task["additionalProperties"] is False
    assert set(task["required"]) == {"version", "flow", "params"}
    assert json.loads(printed("--schemas", "scrape_requests")).keys() == {"scrape_requests"}


@pytest.mark.parametrize("name", load_listeners())
def test_the_example_of_a_listener_is_a_json_object(name: str) -> None:
    assert json.loads(printed("--example", name))["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--example"], "--example: name one listener: credential_updates"),
        (["nothing"], "listener=nothing: there is no such listener"),
        ([], "no RabbitMQ is set"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upbeat.settings import Settings

    monkeypatch.setattr("upbeat.settings.get_settings", Settings)
    with pytest.raises(InputError, match=problem) as caught:
        CliRunner().invoke(app, ["listen", *arguments], catch_exceptions=False)
    assert "\n" not in str(caught.value)
