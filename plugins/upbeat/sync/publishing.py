"""What the publishing DAGs publish, and when. Data alone, so that it can be read without Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingDag:
    """One DAG that publishes plans.

    Attributes:
        schedule: cron in UTC.
        follows: the plan whose mart starts a run, too, once it is ready to be published.
        tier: 1 look at once, 2 the same day, 3 within the week.
        purpose: one sentence: what readers get.
        dated_by_build: every build of its marts raises their `freshness` (where a plan has one), so that the cron can tell
            what has just been published from what is new.
        first_in_line: its tasks go before others that wait for a process of Airflow's, for readers wait for them.
    """

    dag_id: str
    schedule: str
    follows: str
    tier: Literal[1, 2, 3]
    purpose: str
    plans: tuple[str, ...]
    dated_by_build: bool = True
    first_in_line: bool = False


PUBLISHING = (
    PublishingDag(
        dag_id="sync_leaderboard_prod",
        schedule="0 20 * * *",  # beside each `dbt_core`, for a day on which none succeeds
        follows="leaderboard",
        tier=1,
        purpose="Publishes `mart.mart_leaderboard` as `app.leaderboard`: readers see the old table or the new one.",
        plans=("leaderboard",),
        first_in_line=True,
    ),
    PublishingDag(
        dag_id="sync_collection_reports",
        schedule="12-59/30 * * * *",  # after `dbt_collections`, which starts on the half hour
        follows="collection_summary",
        tier=1,
        purpose="Publishes the reports on collections and campaigns.",
        plans=(
            "collection_summary", "collection_post", "collection_profile", "collection_time_series", "collection_hashtag",
            "collection_story", "collection_vs_baseline", "collection_cost", "collection_audience",
            "collection_top_content", "campaign_summary", "campaign_profile", "campaign_sales", "keyword_collection",
        ),
    ),
    PublishingDag(
        dag_id="sync_profiles",
        schedule="25 * * * *",  # after `dbt_hourly`
        follows="creator_search",
        tier=1,
        purpose="Publishes what the product shows and searches of creators: accounts, growth, audience, lists.",
        plans=(
            "instagram_account", "youtube_account", "creator_search", "creator_cross_platform", "rising_creators",
            "growth_rates", "audience_demographics", "audience_locations", "audience_quality_score", "profile_list",
        ),
    ),
    PublishingDag(
        dag_id="sync_time_series",
        schedule="15 20 * * *",  # after `dbt_daily`
        follows="time_series",
        tier=2,
        purpose="Publishes how accounts moved by day, week and month; where few rows differ, these alone are written.",
        plans=("time_series", "time_series_weekly", "time_series_monthly", "engagement_time_series"),
        dated_by_build=False,  # by the newest observation: one that comes late changes a day, and not this
    ),
    PublishingDag(
        dag_id="sync_content_rankings",
        schedule="30 20 * * *",
        follows="best_posting_time",
        tier=2,
        purpose="Publishes which posts, hashtags and hours do best.",
        plans=("post_ranking", "viral_posts", "hashtag_performance", "best_posting_time"),
    ),
)  # fmt: skip
