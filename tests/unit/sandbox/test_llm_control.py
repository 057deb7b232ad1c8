"""The control of the language model's stand-in: over HTTP, by the client, on the command line, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openai  # noqa: TID253 - it is what users ask with
import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.errors import InputError
from upbeat.sandbox.control import SandboxControl

from .llm_calls import AZURE, OPENAI, SYSTEM, question

runner = CliRunner()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "upbeat.sandbox"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(240)


@pytest.fixture
def control(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxControl]:
    monkeypatch.setenv("UPBEAT_SANDBOX_PORT", url.rpartition(":")[2])
    with SandboxControl(url, timeout=240) as client:
        client.reset_llm()
        yield client


def ask(url: str, handle: str = "natgeo") -> str:
    with openai.OpenAI(api_key="any", base_url=f"{url}{OPENAI}", max_retries=0) as client:
        return client.chat.completions.create(**question(handle)).choices[0].message.content or ""


def test_the_plain_clients_of_both_apis_need_another_base_url_only(url: str, control: SandboxControl) -> None:
    with openai.AzureOpenAI(
        api_key="any", azure_endpoint=f"{url}{AZURE}", api_version="2024-10-21", max_retries=0
    ) as client:
        azure = client.chat.completions.create(**question("natgeo", model="enrich"))
    assert azure.choices[0].message.content == ask(url)
    counts = control.completions(handle="natgeo", kind="base_gender")
    assert counts["total"] == 2
    assert {row["source"] for row in counts["completions"]} == {"openai", "azure_openai"}
    assert control.creator("natgeo")["completions"] == {"base_gender": 2}
    assert counts["tokens"]["output"] > 0
    control.reset_completions()
    assert control.completions()["total"] == 0


def test_accuracy_is_set_for_a_prompt_by_what_it_says_or_by_its_fingerprint(
    url: str, control: SandboxControl
) -> None:
    truth = {handle: control.truth(handle)["gender"] for handle in ("natgeo", "nasa", "nike", "cristiano")}
    control.set_llm(accuracy=1.0)
    control.add_accuracy(0.0, kind="base_gender", prompt_contains="public profiles")
    assert all(json.loads(ask(url, handle))["gender"] != gender for handle, gender in truth.items())
    fingerprint = next(iter(control.llm()["prompts"]))
    control.add_accuracy(1.0, prompt_contains=fingerprint)
    assert all(json.loads(ask(url, handle))["gender"] == gender for handle, gender in truth.items())
    assert control.llm()["prompts"][fingerprint] == SYSTEM[:80]
    control.end_accuracies()
    assert control.llm()["behaviour"]["accuracy_rules"] == []


@pytest.mark.parametrize(
    "values",
    [
        {"nonsense": 1},
        {"accuracy": 1.5},
        {"malformed_share": "much"},
        {"latency_seconds": -1},
        {"requests_per_minute": 0},
        {"is_quota_used_up": 1},
        {"batch_fate": "lost"},
        {"seed": 5},
        {"accuracy_rules": [{"kind": "shoe_size", "accuracy": 1}]},
        {"accuracy_rules": [{"kind": "base_gender"}]},
        {"deployments": ["a"]},
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(
    control: SandboxControl, values: dict[str, object]
) -> None:
    before = control.llm()["behaviour"]
    with pytest.raises(InputError, match=f"{next(iter(values))}|kind=shoe_size"):
        control.set_llm(malformed_repairs_share=0.5, **values)
    assert control.llm()["behaviour"] == before


def test_the_commands_set_and_show_what_the_control_api_does(url: str, control: SandboxControl) -> None:
    sandbox = ["sandbox", "llm"]
    told = runner.invoke(
        app, [*sandbox, "set", "malformed_share=0.02", "seed=7", "batch_fate=expired", "--json"]
    )
    assert told.exit_code == 0, told.exception
    behaviour = json.loads(told.stdout)["behaviour"]
    assert (behaviour["malformed_share"], behaviour["seed"], behaviour["batch_fate"]) == (
        0.02,
        "7",
        "expired",
    )
    assert runner.invoke(app, [*sandbox, "accuracy", "0.8", "--kind", "base_gender"]).exit_code == 0
    assert runner.invoke(app, [*sandbox, "accuracy", "0.95"]).exit_code == 0
    shown = runner.invoke(app, [*sandbox, "show"]).stdout
    assert "0.95" in shown
    assert "'base_gender'" in shown
    ask(url)
    assert "1 in all" in runner.invoke(app, [*sandbox, "completions", "--handle", "natgeo"]).stdout
    assert json.loads(runner.invoke(app, [*sandbox, "completions", "--json"]).stdout)["total"] == 1
    assert "gender" in json.loads(runner.invoke(app, [*sandbox, "truth", "natgeo"]).stdout)
    wrong = runner.invoke(app, [*sandbox, "set", "accuracy"])
    assert isinstance(wrong.exception, InputError)
    assert runner.invoke(app, [*sandbox, "reset"]).exit_code == 0
    assert control.llm()["completions"] == 0


def test_labels_are_written_to_a_file_or_to_the_screen(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    run = runner.invoke(
        app, ["sandbox", "labels", "base_location", "--count", "3", "-o", str(file), "--json"]
    )
    assert json.loads(run.stdout) == {"kind": "base_location", "rows": 3, "file": str(file)}
    printed = runner.invoke(app, ["sandbox", "labels", "base_location", "--count", "3"]).stdout
    assert printed == file.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in printed.splitlines()]
    assert all(set(row) == {"platform", "handle", "biography", "captions", "labels"} for row in rows)
    assert all(set(row["labels"]) == {"country", "city"} for row in rows)
    assert isinstance(runner.invoke(app, ["sandbox", "labels", "shoe_size"]).exception, InputError)
    nowhere = runner.invoke(app, ["sandbox", "labels", "base_gender", "-o", str(tmp_path / "no" / "x")])
    assert isinstance(nowhere.exception, InputError)


@pytest.mark.parametrize(
    "command", ["llm show", "llm set", "llm accuracy", "llm reset", "llm completions", "llm truth", "labels"]
)
def test_every_command_has_an_example(command: str) -> None:
    assert "Example:" in runner.invoke(app, ["sandbox", *command.split(), "--help"]).stdout
