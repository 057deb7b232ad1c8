"""Airflow assets of the warehouse: a mart that is ready to be published, and the table in Postgres that was published.

An asset of a mart says "a state of it is to be published now", which may be less often than it is built: the search of creators is
built by `dbt_hourly` and by `dbt_daily`, and published after the former. A publishing DAG follows one such mart beside its cron.
"""

from __future__ import annotations

from airflow.sdk import Asset

READY_AFTER: dict[str, tuple[str, ...]] = {
    "dbt_core": ("mart_leaderboard",),
    "dbt_collections": ("mart_collection_summary",),
    "dbt_hourly": ("mart_creator_search",),
    "dbt_daily": ("mart_time_series", "mart_best_posting_time"),
}
"""Which dbt DAG's success makes which marts ready. The leaderboard follows each build of `dbt_core`: readers see a count some twenty minutes after
it was collected, and the table is exported, loaded and swapped every quarter of an hour for it."""


def mart_asset(mart: str) -> Asset:
    """The asset of a mart, by its dbt name: emitted by the dbt DAG of `READY_AFTER`, followed by a publishing DAG."""
    return Asset(name=f"mart.{mart}", uri=f"upbeat://mart/{mart}", group="mart")


def published_asset(table: str) -> Asset:
    """The asset of a table in schema `app`, emitted by the task that publishes it."""
    return Asset(name=f"app.{table}", uri=f"upbeat://app/{table}", group="app")


def ready_after(dag_id: str) -> list[Asset]:
    """The assets that a dbt DAG's task emits; none for one that nothing follows."""
    return [mart_asset(mart) for mart in READY_AFTER.get(dag_id, ())]
