"""Whether there is anything new to publish: a DAG that its mart started is followed by its cron some minutes later."""

from __future__ import annotations

from datetime import datetime, timedelta

from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync.export import source_state
from upbeat.sync.merge import merge_obstacles
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.runs import last_published

# Longer ago is published anew, whatever the mart says: so a table that somebody wrote to is mended by the next cron.
JUST = timedelta(minutes=30)


def just_published(settings: Settings, plan: Plan, now: datetime) -> str | None:
    """When the mart as it is now was published, if that is what readers see and was just now; None to publish it.

    A mart is taken for the same by its number of rows and its newest value of `freshness`: only ask for one of which every
    build raises that.

    Raises:
        InputError: the mart is missing, or does not fit the plan.
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    with postgres.transaction(settings) as connection:
        last = last_published(connection, plan)
        if last is None or datetime.fromisoformat(last["published_at"]) < now - JUST:
            return None
        # Also where the table is gone, or the plan is another one since.
        if merge_obstacles(connection, plan, TableName(LIVE, plan.table)):
            return None
    client = clickhouse.client(settings, comment=f"upbeat sync {plan.name} look")
    try:
        state = source_state(plan, client)
    finally:
        client.close()
    if state.changing or state.updated_at is None:
        return None
    same = (state.rows, state.updated_at) == (last["rows"], last["source_updated_at"])
    return last["published_at"] if same else None
