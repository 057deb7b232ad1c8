"""The image of the function holds all that the function needs: its COPY lines are carried out, and nothing else is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from upbeat.settings import REPOSITORY

FOLDER = REPOSITORY / "include" / "serverless"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
NEVER = {"airflow", "alembic", "clickhouse_connect", "dbt", "fastapi", "httpx", "pandas", "psycopg", "pyarrow", "rich", "sklearn", "typer"}  # fmt: skip

# Hides every package that is not in the image, calls the function as Lambda does, and tells what was imported.
PROGRAM = """
import importlib, json, sys
from pathlib import Path
told = json.load(sys.stdin)

class OnlyTheImage:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if not (top in sys.stdlib_module_names or top in told["packages"] or top.startswith("_")):
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, OnlyTheImage())
module, _, function = told["command"].rpartition(".")
module = importlib.import_module(module)
assert Path(module.__file__).is_relative_to(told["folder"]), module.__file__
handle = getattr(module, function)

class Stream:
    def __init__(self, settings, name): pass
    def put(self, entries):
        taken.extend(entries)
        return []

class Context:
    def get_remaining_time_in_millis(self): return 60_000

from upbeat.settings import get_settings
from upbeat.stores.kinesis import KinesisStream
KinesisStream(get_settings(), "scores")  # imports boto3
taken = []
module.KinesisStream = Stream
answer = handle({"Records": [{"messageId": "m", "body": told["body"]}]}, Context())
from upbeat.serverless.results import decode_results
scores = [score["score"] for entry in taken for score in decode_results(entry.data).scores]
tops = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"answer": answer, "scores": scores, "modules": tops}))
"""


def copies() -> list[tuple[list[str], str]]:
    """Sources and target of each COPY line."""
    lines = re.findall(r"^COPY (.+)$", DOCKERFILE, re.M)
    return [(line.split()[:-1], line.split()[-1]) for line in lines]


def pins(path: Path) -> set[str]:
    """`name==version` of every line."""
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*==\S+)", path.read_text(encoding="utf-8"), re.M))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder of the function, as the image has it."""
    for sources, target in copies():
        for source in sources:
            place = tmp_path / target / (Path(source).name if target.endswith("/") else "")
            place.parent.mkdir(parents=True, exist_ok=True)
            if (REPOSITORY / source).is_dir():
                shutil.copytree(REPOSITORY / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(REPOSITORY / source, place)
    return tmp_path


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    sent = re.findall(r"^!(\S+)$", (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.M)
    for sources, _ in copies():
        for source in sources:
            assert (REPOSITORY / source).exists(), source
            assert any(source == one or source.startswith(f"{one}/") for one in sent), source


def test_the_requirements_are_those_of_the_platform_and_far_fewer() -> None:
    whole, part = pins(REPOSITORY / "requirements.txt"), pins(FOLDER / "requirements.txt")
    assert part <= whole
    assert len(part) < 25
    direct = set(re.findall(r"^([a-z0-9-]+)", (FOLDER / "requirements.in").read_text(encoding="utf-8"), re.M))
    assert direct <= {pin.partition("==")[0] for pin in part}


def test_the_function_scores_with_what_is_in_the_image_alone(image: Path) -> None:
    named = {pin.partition("==")[0] for pin in pins(FOLDER / "requirements.txt")}
    packages = [
        package
        for package, distributions in packages_distributions().items()
        if named & {one.lower().replace("_", "-") for one in distributions}
    ]
    command = json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.M)[0])
    row = {"account_id": "1", "handle": "user83920174", "full_name": "राहुल शर्मा", "followers": 3}
    body = {"batch": "b", "platform": "INSTAGRAM", "profile_id": "17", "relation": "follower"}
    body |= {"at": "2025-11-26T08:00:00+00:00", "followers": [row]}
    told = {
        "folder": str(image),
        "packages": [*packages, "upbeat", "sitecustomize", "usercustomize"],
        "command": command[0],
        "body": json.dumps(body),
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(told),
        env={"PYTHONPATH": str(image / "plugins"), "AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["answer"], found["scores"]) == ({"batchItemFailures": []}, [1.0])
    assert NEVER.isdisjoint(found["modules"])
