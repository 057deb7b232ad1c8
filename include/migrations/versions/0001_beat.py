"""Queue, credentials, current rows, logs and outbox of collection."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0001_beat.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
