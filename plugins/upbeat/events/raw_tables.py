"""Creates the raw tables of ClickHouse: those that the sink fills, from the SQL files in `include/sql/clickhouse`, and those that are live."""

from __future__ import annotations

import re
from pathlib import Path

from upbeat.errors import StoreUnavailableError
from upbeat.events.live_tables import LIVE_SETTINGS, SQL, can_be_live, live_statements
from upbeat.events.on_cluster import on_cluster
from upbeat.events.resorted_tables import resort_tables
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

SQL_FOLDER = REPOSITORY / "include" / "sql" / "clickhouse"
_COMMENT = re.compile(r"--[^\n]*")


def ensure_raw_tables(settings: Settings) -> None:
    """Create the raw database and its tables where they are missing; existing ones keep their rows, if need be under
    another order key.

    Tables of Postgres are shown where it is known how ClickHouse gets there; Postgres itself need not be there for it.

    Raises:
        InputError: a database of another kind stands under the name `clickhouse_coffee_database`.
        StoreUnavailableError: ClickHouse does not answer, or refuses a statement.
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError

    client = clickhouse.client(settings, comment="upbeat raw tables")
    try:
        cluster = settings.clickhouse_cluster
        for statement in raw_table_statements(settings.clickhouse_raw_database):
            client.command(on_cluster(statement, cluster))
        resort_tables(client, settings.clickhouse_raw_database, cluster)
        if can_be_live(settings):
            found = client.query(
                SQL["database"].format(coffee=settings.clickhouse_coffee_database)
            ).result_rows
            for statement in live_statements(settings, found[0] if found else None):
                client.command(on_cluster(statement, cluster), settings=LIVE_SETTINGS)
    except (ClickHouseError, OSError) as error:
        raise StoreUnavailableError(f"ClickHouse did not create the raw tables: {error}") from error
    finally:
        client.close()


def raw_table_statements(database: str, folder: Path = SQL_FOLDER) -> list[str]:
    """The statements of all files, in the order of their names, for `database` (the setting allows only names)."""
    statements: list[str] = []
    for path in sorted(folder.glob("*.sql")):
        text = _COMMENT.sub("", path.read_text(encoding="utf-8")).replace("{database}", f"`{database}`")
        statements += [part.strip() for part in text.split(";") if part.strip()]
    return statements
