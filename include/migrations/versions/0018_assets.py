"""Pictures and media that are kept, and the objects that hold them."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

SQL = Path(__file__).parents[2] / "sql" / "postgres" / "0018_assets.sql"


def upgrade() -> None:
    # As one simple query, so that comments and several statements need no parser of ours.
    op.get_bind().connection.driver_connection.execute(SQL.read_text(encoding="utf-8"))
