"""The audit log of requests: one line per write, in the transaction of the write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from upbeat.api.state import Connection
from upbeat.stores.audit_log import ADD_LINE, audit_line


async def audit(
    connection: Connection, actor: str, action: str, resource_id: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note who did what by which request.

    Args:
        connection: in the transaction of the write.
        action: `<resource>.<verb>`: `credential.add`.
        detail: what was changed; never a secret.
    """
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    await connection.execute(ADD_LINE, audit_line(actor, action, resource_id, detail, request_id))
