"""Which models of the dbt project the warehouse does not have yet: all on a fresh database, new ones after an upgrade."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

MODELS = REPOSITORY / "dbt_project" / "models"
# The folder of a model says its database, as `+schema` in dbt_project.yml does.
DATABASES = {"staging": "staging", "marts": "mart"}


def missing_models(settings: Settings, folder: Path = MODELS) -> list[str]:
    """Names of the models without a relation in ClickHouse, sorted. Raises StoreUnavailableError."""
    client = clickhouse.client(settings, comment="upbeat missing models")
    try:
        statement = "SELECT database, name FROM system.tables WHERE database IN {databases:Array(String)}"
        there = client.query(statement, {"databases": list(DATABASES.values())}).result_rows
    finally:
        client.close()
    return without_relation(models_of(folder), ((row[0], row[1]) for row in there))


def models_of(folder: Path = MODELS) -> dict[str, str]:
    """The database of each model, by the model's name."""
    return {
        path.stem: database
        for part, database in DATABASES.items()
        for path in sorted((folder / part).rglob("*.sql"))
    }


def without_relation(models: dict[str, str], there: Iterable[tuple[str, str]]) -> list[str]:
    """The models that are not among `there`, pairs of database and name."""
    built = set(there)
    return sorted(name for name, database in models.items() if (database, name) not in built)
