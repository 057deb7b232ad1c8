"""Claims delete small rows of their own table, leases are one row per claim, and no status change touches an index."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0007_ready_tasks.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
