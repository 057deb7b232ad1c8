"""Brings the Postgres schemas to the version of this code (Alembic, SQL files in `include/sql/postgres`)."""

from __future__ import annotations

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.postgres import UNAVAILABLE


def migrate(settings: Settings) -> tuple[str | None, str]:
    """Apply every migration that is missing, each in one transaction.

    Returns:
        The revision before (None for an empty database) and after.

    Raises:
        StoreUnavailableError: Postgres does not answer, or refuses the login.
        InputError: our user may not create what is missing.
    """
    from psycopg.errors import InsufficientPrivilege
    from sqlalchemy.exc import DBAPIError

    try:
        return _migrate(settings)
    except DBAPIError as error:
        line = (str(error.orig) or type(error.orig).__name__).splitlines()[0]
        if isinstance(error.orig, InsufficientPrivilege):
            raise InputError(f"the Postgres user of UPBEAT_POSTGRES_URL may not migrate: {line}") from error
        if isinstance(error.orig, UNAVAILABLE):
            raise StoreUnavailableError(f"Postgres does not answer: {line}") from error
        raise


def _migrate(settings: Settings) -> tuple[str | None, str]:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine, pool

    url = settings.postgres_dsn().replace("postgresql://", "postgresql+psycopg://", 1)
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "include" / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 10})

    def revision() -> str | None:
        with engine.connect() as connection:
            return MigrationContext.configure(
                connection, opts={"version_table": "upbeat_migration"}
            ).get_current_revision()

    before = revision()
    command.upgrade(config, "head")
    return before, revision() or ""
