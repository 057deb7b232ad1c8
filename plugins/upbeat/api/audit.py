"""The audit log: one line per write, in the transaction of the write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from upbeat.api.state import Connection
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))


async def audit(
    connection: Connection, actor: str, action: str, resource_id: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note who did what.

    Args:
        connection: in the transaction of the write.
        action: `<resource>.<verb>`: `credential.add`.
        detail: what was changed; never a secret.
    """
    values = {
        "actor": actor,
        "action": action,
        "resource_id": resource_id,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        "detail": encode_json(dict(detail or {})),
    }
    await connection.execute(SQL["add_line"], values)
