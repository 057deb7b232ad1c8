"""All that a release will do and what stands in its way. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from upbeat.errors import UpbeatError
from upbeat.operations import deploy_migrations, deploy_models, deploy_settings, deploy_tables, deploy_work
from upbeat.operations.deploy_findings import Finding
from upbeat.settings import Settings


def check_release(settings: Settings, dbt_environment: Mapping[str, str]) -> list[Finding]:
    """The findings of every part, also where another part does not answer: that is a problem of its own."""

    def models() -> list[Finding]:
        return deploy_models.model_findings(
            settings, orjson.loads(deploy_models.parsed_manifest(dbt_environment))
        )

    parts: dict[str, Callable[[], list[Finding]]] = {
        "settings": lambda: deploy_settings.setting_findings(settings),
        "postgres": lambda: deploy_migrations.migration_findings(settings),
        "clickhouse": lambda: deploy_tables.table_findings(settings),
        "dbt": models,
        "work": lambda: deploy_work.work_findings(settings),
    }
    return [finding for part, ask in parts.items() for finding in _asked(part, ask)]


def _asked(part: str, ask: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return ask()
    except UpbeatError as error:
        return [Finding(part, "problem", str(error), {})]


def as_json(findings: list[Finding], code: int) -> dict[str, Any]:
    """What `--json` prints."""
    counts = {
        kind: sum(finding.kind == kind for finding in findings) for kind in ("problem", "change", "note")
    }
    rows = [
        {
            "part": finding.part,
            "kind": finding.kind,
            "what": finding.what,
            **({"detail": finding.detail} if finding.detail else {}),
        }
        for finding in findings
    ]
    return {"exit_code": code, "counts": counts, "findings": rows}
