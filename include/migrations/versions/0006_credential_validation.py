"""Credentials remember what their source says of them."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0004"

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0006_credential_validation.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
