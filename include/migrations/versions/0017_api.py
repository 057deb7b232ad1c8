"""API keys, requests that were answered, and who changed what."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0017_api.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
