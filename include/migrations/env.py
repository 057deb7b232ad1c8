"""Alembic environment: one transaction per migration, the database from Upbeat's settings."""

from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 10})
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True, version_table="upbeat_migration")
    # The lock serialises two commands that migrate at once; it ends with the connection.
    connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('upbeat_migration'))")
    connection.commit()
    with context.begin_transaction():
        context.run_migrations()
