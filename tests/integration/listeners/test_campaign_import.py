"""`upbeat campaigns`: the sandbox's campaigns come into the product's tables, once, and a bad entry costs the others nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.sandbox.campaigns import sandbox_campaigns
from upbeat.sandbox.world import World
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction


@pytest.fixture(autouse=True)
def settings_of_the_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)


def run(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["campaigns", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def count(settings: Settings, table: str) -> int:
    with transaction(settings) as connection:
        (row,) = connection.execute(f"SELECT count(*) AS n FROM {table}").fetchall()
    return int(row["n"])


def test_the_sandbox_s_campaigns_are_stored_once(settings: Settings, tmp_path: Path) -> None:
    document = sandbox_campaigns(World())
    file = tmp_path / "campaigns.json"
    file.write_text(json.dumps(document, default=str))

    tried = run("import", str(file), "--dry-run")
    assert (tried["campaigns"], tried["collections"]) == (3, 5)
    assert tried["problems"] == []
    assert count(settings, "coffee.campaign") == 0

    run("import", str(file))
    run("import", str(file))
    listed = run("list")
    assert {row["campaign_id"]: row["profiles"] for row in listed["campaigns"]} == {
        entry["campaign_id"]: len(entry["profiles"]) for entry in document["campaigns"]
    }
    assert {row["collection_id"]: row["members"] for row in listed["collections"]} == {
        entry["collection_id"]: len(entry["members"]) for entry in document["collections"]
    }
    assert count(settings, "beat.tracked_profile") == sum(
        len(entry["profiles"]) for entry in document["campaigns"]
    )


def test_a_bad_entry_is_told_and_the_others_are_stored(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "campaigns.yaml"
    file.write_text(
        "campaigns:\n"
        "  - {campaign_id: good, name: Good, status: DRAFT}\n"
        "  - {campaign_id: bad, name: Bad, status: DRAFT, budget: 12.5}\n"
        "collections:\n"
        "  - {kind: HASHTAGS, collection_id: c, name: C, members: [{platform: INSTAGRAM, hashtag: tea}]}\n"
    )
    told = run("import", str(file), code=2)
    assert (told["campaigns"], told["collections"]) == (1, 1)
    assert [(problem["entry"], problem["name"]) for problem in told["problems"]] == [("campaigns[2]", "bad")]
    assert count(settings, "coffee.campaign") == 1


def test_the_line_of_an_entry_tells_all_its_problems_and_one_is_one(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "campaigns.yaml"
    file.write_text(
        "campaigns:\n"
        "  - {campaign_id: good, name: Good, status: DRAFT}\n"
        "  - {campaign_id: bad, name: Bad, status: NONE, starts_on: soon}\n"
    )
    result = CliRunner().invoke(app, ["campaigns", "import", str(file)], catch_exceptions=False)
    assert "1 campaign and 0 collections stored" in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if "campaigns[2] bad" in line]
    assert "status: " in line
    assert "; starts_on: " in line


def test_an_older_entry_does_not_take_the_place_of_a_newer_one(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "campaigns.yaml"
    for name, at in (("New", "2026-11-20T09:00:00Z"), ("Old", "2026-11-19T09:00:00Z")):
        file.write_text(f"campaigns: [{{campaign_id: k, name: {name}, status: DRAFT, updated_at: '{at}'}}]")
        told = run("import", str(file))
    assert told["outdated"] == 1
    assert [row["name"] for row in run("list")["campaigns"]] == ["New"]
