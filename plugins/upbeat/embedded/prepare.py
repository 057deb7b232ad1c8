"""Creates, inside the parts that have just started, what is missing: databases, schemas, buckets, raw tables."""

from __future__ import annotations

from upbeat.embedded.airflow_database import ensure_pools
from upbeat.embedded.airflow_parts import API_SERVER
from upbeat.embedded.part import Progress, StackError
from upbeat.embedded.postgres import maintenance_dsn
from upbeat.settings import Settings

DATABASE = "upbeat"


def prepare(settings: Settings, started: set[str], progress: Progress) -> None:
    """Bring the named parts to the state that the code expects; every step may be repeated.

    Raises:
        StoreUnavailableError: a part stopped answering.
    """
    if "postgres" in started:
        if settings.postgres_url is None:
            create_database(settings, DATABASE)
        _migrate(settings, progress)
    if "s3" in started:
        create_buckets(settings)
    if "clickhouse" in started:
        from upbeat.events.raw_tables import ensure_raw_tables

        ensure_raw_tables(settings)
    if API_SERVER in started:
        ensure_pools(settings)


def create_database(settings: Settings, name: str) -> None:
    """Create the database in the embedded Postgres where it is missing."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(maintenance_dsn(settings), autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(query, (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def create_buckets(settings: Settings) -> None:
    """Create the buckets of the settings where they are missing."""
    from botocore.exceptions import ClientError

    from upbeat.stores.objects import ObjectsRefusedError, ObjectStore

    buckets = (
        settings.s3_raw_bucket,
        settings.s3_sync_bucket,
        settings.s3_operations_bucket,
        settings.s3_assets_bucket,
    )
    for bucket in buckets:
        try:
            ObjectStore(settings, bucket).create_bucket()
        except (ObjectsRefusedError, ClientError) as error:
            raise StackError(f"S3 at {settings.s3_endpoint()} refuses bucket {bucket}: {error}") from error


def _migrate(settings: Settings, progress: Progress) -> None:
    from upbeat.errors import InputError
    from upbeat.stores.migrations import migrate
    from upbeat.stores.warehouse_role import ensure_warehouse_role

    before, after = migrate(settings)
    if before != after:
        progress("postgres", f"schema is at {after} (was {before or 'empty'})")
    try:
        ensure_warehouse_role(settings)
    except InputError as error:
        # All but the models of coffee works without it.
        progress("postgres", str(error))
