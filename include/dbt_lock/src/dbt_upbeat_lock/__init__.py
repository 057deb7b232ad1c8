"""A plugin of dbt: a command that changes or tests models waits until no other one does, wherever either was started.

Two runs that share models fail on one another's half-made tables. The lock is an advisory one of Postgres, held by a
connection of the dbt process: it ends with the command, and with the process however that ends.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dbt.plugins import dbtPlugin  # noqa: TID253 - nobody but dbt imports this module

if TYPE_CHECKING:
    from upbeat.stores.advisory_lock import AdvisoryLock

COMMANDS = frozenset({"build", "clone", "retry", "run", "seed", "snapshot", "test"})

_held: AdvisoryLock | None = None


class OneAtATime(dbtPlugin):
    """Takes the lock before a command parses the project."""

    def initialize(self) -> None:
        """Wait for the lock. Fails the command when it is not free in time; without Postgres it only warns."""
        from dbt.flags import get_flags

        command = getattr(get_flags(), "WHICH", "")
        if command in COMMANDS and _held is None:
            _take(command)


def _take(command: str) -> None:
    global _held
    from upbeat.errors import StoreUnavailableError
    from upbeat.settings import Settings
    from upbeat.stores.advisory_lock import AdvisoryLock

    try:
        # Not `get_settings`: a process that runs dbt again and again may do so in another environment.
        settings = Settings()
        name = f"dbt on {settings.clickhouse_http_url()}"
        lock = AdvisoryLock(settings, name, application=_who(command))
        lock.acquire(settings.dbt_lock_wait_seconds, _warn)
    except StoreUnavailableError as error:
        _warn(f"dbt runs without its lock, and must be the only one: {error}")
    else:
        _held = lock
        _release_when_done()


def _who(command: str) -> str:
    """What others read who wait: 63 bytes at most, so the process comes first."""
    dag = os.environ.get("AIRFLOW_CTX_DAG_ID", "")
    return f"dbt {command}, process {os.getpid()}, {f'DAG {dag}' if dag else 'no DAG'}"


def _warn(text: str) -> None:
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.functions import fire_event
    from dbt_common.events.types import Note

    fire_event(Note(msg=text), level=EventLevel.WARN)


def _release_when_done() -> None:
    """For processes that outlive their command, such as one that runs several."""
    from dbt_common.events.event_manager_client import get_event_manager

    def release(message: Any) -> None:
        global _held
        if message.info.name == "CommandCompleted" and _held is not None:
            _held.release()
            _held = None

    get_event_manager().add_callback(release)


plugins = [OneAtATime]
