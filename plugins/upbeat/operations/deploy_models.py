"""The dbt models that a release changes, against the manifest that the release before kept in S3."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from upbeat.errors import InputError
from upbeat.operations.deploy_findings import Finding
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.objects import ObjectMissingError, ObjectStore

DBT_PROJECT = REPOSITORY / "dbt_project"
KEPT = "deployed/manifest.json"
_LONGEST_SECONDS = 600
# Of a model's configuration, what decides how its table looks.
_SHAPE = (
    "materialized",
    "engine",
    "order_by",
    "partition_by",
    "primary_key",
    "unique_key",
    "incremental_strategy",
    "on_schema_change",
)


def model_findings(settings: Settings, manifest: Mapping[str, Any]) -> list[Finding]:
    """The models of `manifest` that differ from the deployed ones; a note when none were kept. Raises StoreUnavailableError."""
    store = ObjectStore(settings, settings.s3_operations_bucket)
    try:
        deployed = orjson.loads(store.get(KEPT))
    except ObjectMissingError:
        return [
            Finding("dbt", "note", "no release has kept its manifest yet: `upbeat deploy prepare` does", {})
        ]
    return changed_models(models_of(deployed), models_of(manifest))


def keep_manifest(settings: Settings, manifest: bytes) -> None:
    """Keep the manifest of what is deployed now, for the next check."""
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    store.put(KEPT, manifest)


def parsed_manifest(environment: Mapping[str, str], target: Path | None = None) -> bytes:
    """`manifest.json` of the dbt project as it is in this code; nothing is asked of ClickHouse.

    Args:
        environment: what dbt needs, as `upbeat env` gives it.
        target: folder for what dbt writes; without one, nothing is left.

    Raises:
        InputError: dbt refuses the project (its last lines), or does not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="upbeat-parse-") as scratch:
        folder = target or Path(scratch) / "target"
        command = [
            sys.executable, "-m", "dbt.cli.main", "parse", "--no-use-colors", "--quiet",
            "--target-path", str(folder), "--log-path", scratch,
        ]  # fmt: skip
        if target is None and (parsed := DBT_PROJECT / "target" / "partial_parse.msgpack").is_file():
            # What did not change since need not be parsed anew; dbt parses all of it for another environment.
            folder.mkdir()
            shutil.copyfile(parsed, folder / parsed.name)
        try:
            done = subprocess.run(
                command, cwd=DBT_PROJECT, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise InputError(f"dbt parse: has not ended after {_LONGEST_SECONDS} s") from error
        if done.returncode != 0:
            raise InputError(f"dbt parse: {' '.join((done.stdout + done.stderr).split())[-400:]}")
        return (folder / "manifest.json").read_bytes()


def models_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What matters of each model, by its name."""
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return {
        node["name"]: {
            "text": node["checksum"]["checksum"],
            "shape": {name: node["config"].get(name) for name in _SHAPE},
            "columns": {name: column.get("data_type") for name, column in node["columns"].items()},
            "schema": node["schema"],
        }
        for node in nodes
    }


def changed_models(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Finding]:
    """A finding for each model that is new, gone or different, by name."""
    found = []
    for name in sorted({*before, *after}):
        if name not in after:
            what = f"model {name} is gone: its table {before[name]['schema']}.{name} stays until somebody drops it"
            found.append(Finding("dbt", "note", what, {"model": name, "change": "gone"}))
        elif name not in before:
            found.append(Finding("dbt", "change", f"model {name} is new", {"model": name, "change": "new"}))
        elif before[name] != after[name]:
            found.append(_changed(name, before[name], after[name]))
    return found


def _changed(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Finding:
    parts = [part for part in ("text", "shape", "columns", "schema") if before[part] != after[part]]
    incremental = after["shape"]["materialized"] == "incremental"
    anew = incremental and ({"shape", "columns"} & set(parts))
    what = f"model {name}: its {' and '.join(parts)} changed"
    if anew:
        what += f": it is incremental, run `dbt run --full-refresh --select {name}` once"
    told = {"model": name, "change": parts, "full_refresh": bool(anew)}
    return Finding("dbt", "change", what, told)
