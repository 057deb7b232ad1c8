"""What every DAG of Upbeat shares: owner, no backfill, one active run, one retry after five minutes, a time limit, an alert.

DAG files state only what is theirs; the policy test in `tests/unit/dags` holds all of them to this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import DAG, Asset, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, Param

from upbeat.settings import REPOSITORY, get_settings


class Tag(StrEnum):
    """Tags of DAGs: one category and one tier each."""

    DBT = "dbt"
    INSTAGRAM = "instagram"
    YOUTUBE = "youtube"
    COLLECTION = "collection"
    PUBLISHING = "publishing"
    OPERATIONS = "operations"
    ASSETS = "assets"
    UTILITIES = "utilities"
    TIER_1 = "tier-1"  # readers see stale or missing data within the hour: look at once
    TIER_2 = "tier-2"  # freshness of some data suffers: look the same day
    TIER_3 = "tier-3"  # nobody outside notices: look within the week


TIER_TAGS = {1: Tag.TIER_1, 2: Tag.TIER_2, 3: Tag.TIER_3}
TIERS = frozenset(TIER_TAGS.values())
DBT_POOL = "dbt"
SCRAPE_POOL = "scrape"
FIRST_IN_LINE: dict[str, Any] = {"priority_weight": 100, "weight_rule": "absolute"}
"""For tasks on the way of a count to the leaderboard (ADR 29). Airflow runs so many processes at once, and who waits for one goes by weight; other
tasks have a few (their own and their successors'), those of dbt up to 90."""
DBT_PROJECT = REPOSITORY / "dbt_project"


def define_dag(
    *,
    dag_id: str,
    schedule: str | None,
    owner: str,
    tags: Sequence[Tag],
    runbook: str,
    run_timeout: timedelta,
    params: Mapping[str, Param] | None = None,
    max_active_tasks: int = 4,
    follows: Sequence[Asset] = (),
    defaults: Mapping[str, Any] | None = None,
) -> DAG:
    """A DAG with the project's rules.

    Args:
        schedule: cron in UTC, or None for a DAG that is only triggered by hand.
        runbook: Markdown shown in the UI: purpose, inputs, outputs, triage notes.
        run_timeout: a run that takes longer fails and alerts.
        follows: assets (`assets_of_marts`) of which any starts a run, too, beside the cron.
        defaults: arguments of all its tasks, beside the project's.
    """
    return DAG(
        dag_id=dag_id,
        schedule=_timetable(schedule, follows),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=max_active_tasks,
        dagrun_timeout=run_timeout,
        tags=[str(tag) for tag in tags],
        doc_md=runbook,
        params=dict(params or {}),
        default_args={
            "owner": owner,
            "retries": 1,
            "retry_delay": timedelta(minutes=5),
            "depends_on_past": False,
            **(defaults or {}),
        },
        on_failure_callback=failure_callbacks(),
        render_template_as_native_obj=True,
        is_paused_upon_creation=True,
    )


def _timetable(
    schedule: str | None, follows: Sequence[Asset]
) -> CronTriggerTimetable | AssetOrTimeSchedule | None:
    if schedule is None:
        return None
    # No start date and no immediate run: unpausing waits for the next tick, so a DAG that somebody unpauses and
    # triggers by hand runs once, not twice.
    cron = CronTriggerTimetable(schedule, timezone="UTC", run_immediately=timedelta(0))
    return AssetOrTimeSchedule(timetable=cron, assets=AssetAny(*follows)) if follows else cron


def failure_callbacks() -> list[Callable[[Any], Any]]:
    """Whom a failed run is told to: Slack where a webhook is set; without one the UI and the logs show it."""
    if get_settings().slack_webhook_url is None:
        return []
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    return [
        SlackWebhookNotifier(
            slack_webhook_conn_id="upbeat_slack",
            text=":red_circle: `{{ dag.dag_id }}` failed in run `{{ run_id }}`. Its runbook is the DAG's documentation.",
        )
    ]
