"""Brings the Postgres schemas to the version of this code (Alembic, SQL files in `include/sql/postgres`)."""

from __future__ import annotations

from upbeat.settings import REPOSITORY, Settings


def migrate(settings: Settings) -> tuple[str | None, str]:
    """Apply every migration that is missing, each in one transaction.

    Returns:
        The revision before (None for an empty database) and after.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine, pool

    url = settings.postgres_dsn().replace("postgresql://", "postgresql+psycopg://", 1)
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "include" / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    engine = create_engine(url, poolclass=pool.NullPool)

    def revision() -> str | None:
        with engine.connect() as connection:
            return MigrationContext.configure(
                connection, opts={"version_table": "upbeat_migration"}
            ).get_current_revision()

    before = revision()
    command.upgrade(config, "head")
    return before, revision() or ""
