"""A warehouse on the embedded ClickHouse: raw rows go in, dbt runs as a person would run it, rows come out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

from .world.build import build_world
from .world.insert import insert_world
from .world.world import NOW, World

SEED = 20
DATABASES = ("staging", "mart", "snapshot")
_BUILT = re.compile(r"\b(staging|mart|snapshot)\.(?=\w)")


class DbtProcess:
    """dbt in a process of its own, run with the environment of `upbeat env` in the project folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        script = Path(__file__).with_name("dbt_invocations.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(folder / "printed.txt")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY / "dbt_project",
        )

    def run(self, settings: Settings, *arguments: str) -> str:
        """What dbt printed; the test fails when dbt does."""
        assert self._process.stdin
        assert self._process.stdout
        environment = process_environment(settings)
        environment |= {"DBT_TARGET_PATH": str(self._folder), "DBT_LOG_PATH": str(self._folder)}
        request = {"arguments": ["--no-use-colors", *arguments], "environment": environment}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["success"], answer["output"][-6000:]
        return str(answer["output"])

    def close(self) -> None:
        """End the process and wait for it."""
        self._process.communicate(timeout=240)


class Warehouse:
    """One raw database, and the databases `staging` and `mart` that dbt makes of it."""

    def __init__(self, settings: Settings, dbt: DbtProcess) -> None:
        self._settings = settings
        self._dbt = dbt
        self._client = clickhouse.client(settings, database=settings.clickhouse_raw_database)

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert raw rows; all of them have the same columns."""
        columns = list(rows[0])
        self._client.insert(table, [[row[name] for name in columns] for row in rows], column_names=columns)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query; times are aware."""
        return list(self._client.query(query, tz_mode="aware").named_results())

    def command(self, statement: str) -> None:
        """Run a statement without a result."""
        self._client.command(statement)

    def dbt(self, *arguments: str) -> str:
        """Run dbt on this warehouse; what it printed."""
        return self.run(self._dbt, *arguments)

    def run(self, dbt: DbtProcess, *arguments: str) -> str:
        """Run dbt in another process than its own; what it printed."""
        return dbt.run(self._settings, *arguments)

    def drop(self) -> None:
        """Forget what dbt made."""
        for database in DATABASES:
            self.command(f"DROP DATABASE IF EXISTS {database} SYNC")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class BuiltWarehouse:
    """The warehouse that dbt made of `world`, once for the session, to be read only: `mart.…` and `staging.…` in a query mean it."""

    def __init__(self, warehouse: Warehouse, world: World, output: str, target: Path) -> None:
        self._warehouse = warehouse
        self._target = target
        self.world = world
        self.now = NOW
        """The time at which the marts were built, as their macro `current_moment` says."""
        self.output = output
        """What `dbt build` printed."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query; times are aware."""
        return self._warehouse.rows(_BUILT.sub(r"built_\1.", query))

    def dbt(self, *arguments: str) -> str:
        """Run dbt on it, with its databases under the names that dbt knows meanwhile; what it printed."""
        self.rename("built_", "")
        dbt = DbtProcess(self._target)
        try:
            return self._warehouse.run(dbt, *arguments)
        finally:
            dbt.close()
            self.rename("", "built_")

    def drop_mart(self, name: str) -> None:
        """Drop a mart that a test has added."""
        self._warehouse.command(f"DROP TABLE built_mart.{name} SYNC")

    def rename(self, before: str, after: str) -> None:
        """Rename its databases from one prefix to another."""
        for database in DATABASES:
            self._warehouse.command(f"RENAME DATABASE {before}{database} TO {after}{database}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test with the built warehouse waits until it is built."""
    for item in items:
        if "built_warehouse" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def built_warehouse(session_settings: Settings, dbt_target: Path) -> Iterator[BuiltWarehouse]:
    """All models, with all their data tests, over a seeded world of raw rows of every kind. Its databases are renamed, so that tests
    with a warehouse of their own do not meet them."""
    dbt = DbtProcess(dbt_target)
    warehouse = Warehouse(session_settings, dbt)
    warehouse.drop()
    world = build_world(SEED)
    insert_world(session_settings, world)
    moment = f"{{current_moment: '{NOW:%Y-%m-%d %H:%M:%S}.000'}}"
    output = warehouse.dbt("build", "--exclude-resource-type", "unit_test", "--vars", moment)
    dbt.close()
    built = BuiltWarehouse(warehouse, world, output, dbt_target)
    built.rename("", "built_")
    yield built
    for database in DATABASES:
        warehouse.command(f"DROP DATABASE IF EXISTS built_{database} SYNC")
    warehouse.close()


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder for all: only the first run parses the whole project."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture
def warehouse(settings: Settings, dbt_target: Path) -> Iterator[Warehouse]:
    """An empty warehouse over the raw tables of this test, with a dbt of its own: one process of dbt remembers
    which databases there are."""
    dbt = DbtProcess(dbt_target)
    opened = Warehouse(settings, dbt)
    opened.drop()
    yield opened
    dbt.close()
    opened.drop()
    opened.close()
