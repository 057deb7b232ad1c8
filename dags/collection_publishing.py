"""Publishing Airflow DAGs: marts to the tables in Postgres that the product reads, each swapped in whole or changed in place."""

from dataclasses import dataclass
from datetime import timedelta

from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.sync import (
    ClickHouseToS3Operator,
    S3ToStagingOperator,
    StagingToPostgresOperator,
    publish_each,
)

LEADERBOARD_RUNBOOK = """
Publishes `mart.mart_leaderboard` as `app.leaderboard`: readers see the old table or the new one.

- **Reads** the mart that `dbt_core` builds. **Writes** a staged file in S3 (kept for inspection) and `app.leaderboard` in Postgres.
- **Normal duration**: seconds for thousands of creators.
- **Refused** when the mart is empty, lost half of its rows against the last good run, or has a repeated key: the task fails, the published
  table stays. Look at the mart, then clear the task from `export_to_s3` on.
- **Swap gives up** when a long reader holds the table: it says which; clear `load_to_postgres` alone, the staged file is still there.
- **Back to the version before**: `upbeat sync rollback leaderboard`.
"""

RUNBOOK = """
{purpose} Each plan (`include/sync/<plan>.yaml`) is exported, loaded, verified and published by itself: one that is refused
leaves its table as it was and holds no other one up.

- **Reads** the marts of {plans}. **Writes** a staged file each in S3 (kept for inspection) and tables in schema `app` of Postgres.
- **Normal duration**: seconds a table; a minute for millions of rows.
- **Refused** (an empty mart, many rows gone, a repeated key, something that hangs on the table): the task names it, the published table
  stays. `upbeat sync PLAN --dry-run` says the same without writing. Mend the mart, then clear the plan's tasks from `export_to_s3` on.
- **Swap gives up** when a long reader holds the table: it says which; clear `load_to_postgres` of the plan, its staged file is still there.
- **Back to the version before**: `upbeat sync rollback PLAN`.
"""


@dataclass(frozen=True)
class PublishingDag:
    """One row of the table below."""

    dag_id: str
    schedule: str
    tier: Tag
    purpose: str
    plans: tuple[str, ...]


PUBLISHING_DAGS = [
    PublishingDag(
        "sync_collection_reports",
        "12-59/30 * * * *",  # after `dbt_collections`, which starts on the half hour
        Tag.TIER_1,
        "Publishes the reports on collections and campaigns.",
        (
            "collection_summary", "collection_post", "collection_profile", "collection_time_series", "collection_hashtag",
            "collection_story", "collection_vs_baseline", "collection_cost", "collection_audience",
            "collection_top_content", "campaign_summary", "campaign_profile", "campaign_sales", "keyword_collection",
        ),
    ),
    PublishingDag(
        "sync_profiles",
        "25 * * * *",  # after `dbt_hourly`
        Tag.TIER_1,
        "Publishes what the product shows and searches of creators: accounts, growth, audience, lists.",
        (
            "instagram_account", "youtube_account", "creator_search", "creator_cross_platform", "rising_creators",
            "growth_rates", "audience_demographics", "audience_locations", "audience_quality_score", "profile_list",
        ),
    ),
    PublishingDag(
        "sync_time_series",
        "15 20 * * *",  # after `dbt_daily`
        Tag.TIER_2,
        "Publishes how accounts moved by day, week and month; where few rows differ, these alone are written.",
        ("time_series", "time_series_weekly", "time_series_monthly", "engagement_time_series"),
    ),
    PublishingDag(
        "sync_content_rankings",
        "30 20 * * *",
        Tag.TIER_2,
        "Publishes which posts, hashtags and hours do best.",
        ("post_ranking", "viral_posts", "hashtag_performance", "best_posting_time"),
    ),
]  # fmt: skip


def build_publishing_dag(entry: PublishingDag) -> None:
    """Wire one row of the table."""
    with define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="analytics",
        tags=[Tag.PUBLISHING, entry.tier],
        runbook=RUNBOOK.format(purpose=entry.purpose, plans=", ".join(f"`{plan}`" for plan in entry.plans)),
        run_timeout=timedelta(minutes=60),
        max_active_tasks=2,
    ):
        publish_each(entry.plans)


# 20:00 UTC: an hour after `dbt_daily`.
with define_dag(
    dag_id="sync_leaderboard_prod",
    schedule="0 20 * * *",
    owner="analytics",
    tags=[Tag.PUBLISHING, Tag.TIER_1],
    runbook=LEADERBOARD_RUNBOOK,
    run_timeout=timedelta(minutes=30),
):
    export = ClickHouseToS3Operator(task_id="export_to_s3", plan="leaderboard")
    download = S3ToStagingOperator(task_id="download_from_s3", plan="leaderboard", staged=export.output)
    StagingToPostgresOperator(task_id="load_to_postgres", plan="leaderboard", staged=download.output)

for publishing_dag in PUBLISHING_DAGS:
    build_publishing_dag(publishing_dag)
