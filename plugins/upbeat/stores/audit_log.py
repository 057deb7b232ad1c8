"""`beat.audit_log`: who wrote what, one line per write, in the transaction of the write."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

ADD_LINE = load_statements(Path(__file__).with_suffix(".sql"))["add_line"]


def audit_line(
    actor: str, action: str, resource_id: str, detail: Mapping[str, Any] | None, request_id: str | None = None
) -> dict[str, str | None]:
    """The values of `ADD_LINE`.

    Args:
        action: `<resource>.<verb>`: `credential.add`.
        detail: what was changed; never a secret.
    """
    return {
        "actor": actor,
        "action": action,
        "resource_id": resource_id,
        "request_id": request_id,
        "detail": encode_json(dict(detail or {})),
    }


def audit_in_shell(
    connection: psycopg.Connection[Any],
    action: str,
    resource_id: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what a person did by a command: the actor is `shell:` and the user of the operating system.

    Args:
        connection: in the transaction of the write.
        action, detail: as for `audit_line`.
    """
    connection.execute(ADD_LINE.encode(), audit_line(f"shell:{_person()}", action, resource_id, detail))


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # In a container the user may have a number only.
        return str(os.getuid())
