"""What happened to credentials is not told for ever: events of long ago go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE, connect

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PrunedEvents:
    """How many events are from before `before`; `deleted` tells whether they are gone."""

    before: datetime
    events: int
    deleted: bool


def prune_credential_events(settings: Settings, before: datetime, *, delete: bool) -> PrunedEvents:
    """Count, or delete, the events of credentials from before a time. A stop loses nothing, and the next call goes on.

    Raises:
        StoreUnavailableError: Postgres is away.
    """
    try:
        with connect(settings, autocommit=True, application="upbeat:prune") as connection:
            row: Any = connection.execute(_SQL["count_old"].encode(), {"before": before}).fetchone()
            bounds = {"before": before, "most": _MOST}
            while delete and connection.execute(_SQL["delete_old"].encode(), bounds).rowcount == _MOST:
                pass
    except UNAVAILABLE as error:
        line = (str(error) or type(error).__name__).splitlines()[0]
        raise StoreUnavailableError(f"Postgres did not go on: {line}") from error
    return PrunedEvents(before, row["events"], delete)
