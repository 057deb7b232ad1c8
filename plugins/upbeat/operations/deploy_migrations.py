"""The migrations of Postgres that a release will run, and how they meet the tables that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from upbeat.operations.deploy_findings import Finding
from upbeat.operations.deploy_locks import Effect, effects
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import connect

SCRIPTS = REPOSITORY / "include" / "migrations"
SQL_FOLDER = REPOSITORY / "include" / "sql" / "postgres"
_SQL = load_statements(Path(__file__).with_suffix(".sql"))
# A transaction older than this holds up whoever wants a lock on its tables, and all that queue behind.
LONG_TRANSACTION_SECONDS = 60


def migration_findings(
    settings: Settings, scripts: Path = SCRIPTS, sql_folder: Path = SQL_FOLDER
) -> list[Finding]:
    """One change for each pending migration, and what would hold them up. Raises StoreUnavailableError."""
    with connect(settings, autocommit=True, application="upbeat deploy check") as connection:
        current = _current(connection)
        try:
            pending = _pending(current, scripts)
        except LookupError:
            what = (
                f"the database is at {current}, which this code does not know: a newer release has been here"
            )
            return [Finding("postgres", "problem", what, {"revision": current})]
        found = [_finding(connection, script, sql_folder) for script in pending]
        return found + (list(_in_the_way(connection)) if found else [])


def _current(connection: Any) -> str | None:
    if connection.execute(_SQL["has_revision"].encode()).fetchone()["found"] is None:
        return None
    row = connection.execute(_SQL["revision"].encode()).fetchone()
    return str(row["version_num"]) if row else None


def _pending(current: str | None, scripts: Path) -> list[Any]:
    """Alembic's scripts from `current` to the head, the oldest first. Raises LookupError for one that is not there."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(scripts))
    try:
        walked = ScriptDirectory.from_config(config).iterate_revisions("heads", current or "base")
        return list(reversed(list(walked)))
    except (CommandError, RevisionError) as error:
        raise LookupError(current) from error


def _finding(connection: Any, script: Any, sql_folder: Path) -> Finding:
    texts = [path.read_text(encoding="utf-8") for path in sorted(sql_folder.glob(f"{script.revision}_*.sql"))]
    touched = [_weighed(connection, effect) for effect in effects("\n;\n".join(texts))]
    line = (script.doc or "").splitlines()[0] if script.doc else "without a docstring"
    what = f"migration {script.revision}: {line}"
    if touched:
        what += " — " + ", ".join(
            f"{one['table']}: {one['does']} ({one['bytes'] / 2**20:,.0f} MB)" for one in touched
        )
    return Finding("postgres", "change", what, {"revision": script.revision, "touches": touched})


def _weighed(connection: Any, effect: Effect) -> dict[str, Any]:
    """With the table's size on disk, indexes included, and its rows as the planner knows them; 0 for one that is not there yet."""
    size = connection.execute(_SQL["size"].encode(), {"table": effect.table}).fetchone()
    return {"table": effect.table, "does": effect.does, "bytes": size["bytes"], "rows": size["rows"]}


def _in_the_way(connection: Any) -> Iterator[Finding]:
    if not connection.execute(_SQL["sees_others"].encode()).fetchone()["found"]:
        what = (
            "our Postgres user does not see how long other users' transactions have been open:"
            " let an administrator GRANT pg_read_all_stats to it"
        )
        yield Finding("postgres", "note", what, {})
    found = connection.execute(_SQL["long_transactions"].encode(), {"seconds": LONG_TRANSACTION_SECONDS})
    for row in found.fetchall():
        what = (
            f"{row['application']} (pid {row['pid']}) has had a transaction open for {row['seconds']:.0f} s:"
            " a migration would wait for it, and everybody behind the migration"
        )
        yield Finding("postgres", "problem", what, row)
