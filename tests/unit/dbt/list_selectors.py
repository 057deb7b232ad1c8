"""Prints what each selector of the project takes, as JSON: {selector: [unique id, …]}. Argument: dbt's target folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import yaml

if __name__ == "__main__":
    from dbt.cli.main import dbtRunner

    os.environ |= {"DBT_TARGET_PATH": sys.argv[1], "DBT_LOG_PATH": sys.argv[1], "DBT_PROFILES_DIR": "."}
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt prints is no answer
    names = [entry["name"] for entry in yaml.safe_load(Path("selectors.yml").read_text())["selectors"]]
    parsed = dbtRunner().invoke(["--quiet", "parse"])
    assert parsed.success, parsed.exception
    runner = dbtRunner(manifest=parsed.result)
    ids = ["--output", "json", "--output-keys", "unique_id"]
    listed = {name: runner.invoke(["--quiet", "ls", "--selector", name, *ids]).result or [] for name in names}
    json.dump(
        {name: [json.loads(line)["unique_id"] for line in lines] for name, lines in listed.items()}, answers
    )
