"""The documents are true where a machine can tell: settings, links, commands, DAGs, names of files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import typer.main
from tests.unit.dags.catalogue_of_dags import CATEGORIES, DAGS

from upbeat.api.request_metrics import RequestMetrics
from upbeat.cli import app
from upbeat.cli.flows import markdown_page
from upbeat.events.metrics import StageMetrics

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
ADR = REPOSITORY / "docs" / "adr"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_upbeat_command_that_is_written_down_exists(page: Path) -> None:
    lines = re.findall(r"(?:^|`|\$ |bin/)upbeat ([a-z][a-z0-9 -]*)", page.read_text(encoding="utf-8"), re.M)
    assert [line for line in lines if not _is_command(line.split())] == []


def _is_command(words: list[str]) -> bool:
    root = typer.main.get_command(app)
    command = root.commands.get(words[0])
    subcommands = getattr(command, "commands", None)  # typer brings its own group class
    if subcommands is None:
        return command is not None
    takes_a_name = words[0] == "sync"  # `upbeat sync PLAN` beside `upbeat sync rollback PLAN`
    return takes_a_name or len(words) == 1 or words[1].startswith("-") or words[1] in subcommands


def test_the_settings_table_of_the_readme_is_that_of_the_class() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UPBEAT_")}
    made = subprocess.run(
        [sys.executable, "-c", "from upbeat.cli import main; main()", "settings", "--markdown"],
        env=environment, capture_output=True, text=True, check=True, timeout=240,
    ).stdout.strip()  # fmt: skip
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- settings:begin -->")[2].partition("<!-- settings:end -->")[0].strip()
    assert shown == made, "put the output of `upbeat settings --markdown` between the markers in README.md"


def test_the_categories_of_dags_in_the_readme_are_those_of_the_catalogue() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| category | DAGs | what |")[2].partition("\n\n")[0]
    counts = [int(count) for count in re.findall(r"^\| [^|]+ \| (\d+) \|", table, re.M)]
    assert counts == [size for size, _ in CATEGORIES.values()]
    assert f"There are {sum(counts)}, [all of them](docs/dags.md)" in readme


def test_the_numbers_of_models_in_the_readme_are_those_of_the_project() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    models = REPOSITORY / "dbt_project" / "models"
    staging, marts = (len(list((models / part).rglob("*.sql"))) for part in ("staging", "marts"))
    assert re.findall(r"(\d+) models", readme) == [str(staging + marts)] * 2
    assert f"{staging} of staging, {marts} marts of" in readme
    areas = readme.partition(f"{marts} marts of")[2].partition(". `dbt ls")[0]
    assert set(re.findall(r"`(\w+)`", areas)) == {path.name for path in (models / "marts").iterdir()}


def test_the_page_of_dags_lists_the_catalogue() -> None:
    text = (REPOSITORY / "docs" / "dags.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == set(DAGS)


def _alerts() -> str:
    operations = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    return operations.partition("\n## Alerts\n")[2].partition("\n## ")[0]


def test_the_runbook_says_what_to_do_when_a_dag_fails() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", _alerts(), re.M)
    patterns = [pattern for row in rows for pattern in re.findall(r"`([\w*]+)`", row)]
    assert [dag for dag in DAGS if not any(fnmatch(dag, pattern) for pattern in patterns)] == []
    named = [pattern for pattern in patterns if not pattern.lower().startswith("upbeat_")]
    assert [one for one in named if not any(fnmatch(dag, one) for dag in DAGS)] == []


def test_the_runbook_names_every_metric_that_the_platform_serves_and_no_other() -> None:
    stage = StageMetrics("sink")
    stage.held = lambda: 0
    families = [*stage.collect(), *RequestMetrics().registry.collect()]
    served = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    assert set(re.findall(r"upbeat_[a-z_]+", _alerts())) == served


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|integration)/[\w/.]+|test_\w+\.py)`", text)
    files = {
        path.relative_to(REPOSITORY / "tests").as_posix() for path in (REPOSITORY / "tests").rglob("*.py")
    }
    folders = {path.rpartition("/")[0] + "/" for path in files}
    assert len(named) > 30
    assert [
        one for one in named if not any(f"/{there}".endswith(f"/{one}") for there in files | folders)
    ] == []
    code = re.findall(
        r"`((?:api|assets|authenticity|crawlers|embedded|ingestion|serverless|stores)/[\w/.]+)`", text
    )
    assert [one for one in code if not (REPOSITORY / "plugins" / "upbeat" / one).exists()] == []


def test_every_file_and_folder_that_the_architecture_names_exists() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`([a-z_]+/[\w./]*)`", text) if "<" not in name}
    package = REPOSITORY / "plugins" / "upbeat"
    missing = [
        name
        for name in named
        if not (
            (package / name).exists() or (REPOSITORY / name).exists() or (REPOSITORY / "docs" / name).exists()
        )
    ]
    assert missing == []


def test_decisions_are_numbered_once_and_have_a_status() -> None:
    numbers = [path.name[:4] for path in ADR.glob("*.md")]
    assert len(numbers) == len(set(numbers))
    for path in ADR.glob("*.md"):
        assert re.search(r"Status:", path.read_text(encoding="utf-8")), path.name


def test_the_page_of_flows_is_the_catalogue() -> None:
    page = (REPOSITORY / "docs" / "flows.md").read_text(encoding="utf-8")
    assert page == markdown_page(), "write it anew: `upbeat flows --markdown > docs/flows.md`"
