"""What the warehouse reads live from Postgres: the credentials' events and coffee."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0011_warehouse_reader.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
