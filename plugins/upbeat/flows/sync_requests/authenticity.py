"""The DAG that scores the audiences of creators."""

from __future__ import annotations

from datetime import timedelta

from upbeat.flows.stale import StaleRequest
from upbeat.flows.sync_dag import SyncDag

_TIERS = ("tracked", "campaign", "leaderboard")


def _weekly(flow: str, subjects: str) -> StaleRequest:
    return StaleRequest(
        flow=flow, subjects=subjects, every=timedelta(days=7), fresh_for=timedelta(0), tiers=_TIERS
    )


SCORE_FOLLOWERS = SyncDag(
    dag_id="score_followers",
    schedule="0 23 * * *",
    purpose="Scores a sample of the followers and commenters of each creator once a week: likely real, weak sign, fake.",
    reads="`beat.follower`, `beat.comment` and `beat.instagram_account`: creators of whose audience something was collected",
    requests=(
        _weekly("instagram.follower_scores", "accounts_with_followers"),
        _weekly("instagram.commenter_scores", "accounts_with_commenters"),
        _weekly("instagram.audience_quality", "accounts_with_audience"),
    ),
    tier=3,
    duration="under a second for a creator's sample of 2,000; no source is asked",
    look="A creator named by hand without collected followers is no failure: the log of `scrape`, and the "
    "`note` in the task's data, say what to enqueue. A handle that was never collected is one.",
)
