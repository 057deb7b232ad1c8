"""What the DAGs of the part to come ask for: assets. Until it is there its DAGs skip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from upbeat.flows.later_parts import LATER_FLOWS
from upbeat.flows.stale import StaleRequest

_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)
_YEAR = timedelta(days=365)
_TIERS = ("tracked", "campaign", "leaderboard")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterDag:
    """One row of a table below.

    Attributes:
        schedule: cron in UTC.
        requests: flows that are not live are left out; none that is live skips the run.
        purpose: the runbook's first sentence.
        tier: 2 look the same day, 3 within the week.
    """

    dag_id: str
    schedule: str
    requests: tuple[StaleRequest, ...]
    purpose: str
    tier: Literal[2, 3]

    @property
    def flows(self) -> tuple[str, ...]:
        """The flows that it works off, each once."""
        return tuple(dict.fromkeys(request.flow for request in self.requests))


def _of(flow: str, subjects: str, every: timedelta, newest: timedelta | None = None) -> StaleRequest:
    """Creators by tier, or with `newest` what was published since then."""
    age = (timedelta(0), newest) if newest else None
    return StaleRequest(
        flow=flow, subjects=subjects, every=every, fresh_for=timedelta(0), tiers=_TIERS, age=age
    )


ASSET_DAGS = (
    LaterDag(
        dag_id="assets_ig_post_media",
        schedule="5,35 * * * *",
        requests=(_of("instagram.instagram_post_media", "posts_with_media", _YEAR, timedelta(days=3)),),
        purpose="Keeps the pictures and films of new posts in S3, before their addresses expire.",
        tier=2,
    ),
    LaterDag(
        dag_id="assets_ig_story_media",
        schedule="15,45 * * * *",
        requests=(_of("instagram.instagram_story_media", "stories_with_media", _YEAR, _DAY),),
        purpose="Keeps the pictures and films of stories in S3; they are gone after 24 hours.",
        tier=2,
    ),
    LaterDag(
        dag_id="assets_ig_profile_pictures",
        schedule="20 4 * * *",
        requests=(_of("instagram.instagram_picture", "collected_accounts", 7 * _DAY),),
        purpose="Keeps the profile pictures of collected creators in S3, each anew once a week.",
        tier=3,
    ),
    LaterDag(
        dag_id="assets_yt_thumbnails",
        schedule="50 */6 * * *",
        requests=(_of("youtube.youtube_thumbnail", "videos_with_thumbnail", _YEAR, timedelta(days=7)),),
        purpose="Keeps the thumbnails of new videos in S3.",
        tier=3,
    ),
    LaterDag(
        dag_id="assets_yt_avatars",
        schedule="40 4 * * *",
        requests=(_of("youtube.youtube_avatar", "collected_channels", 7 * _DAY),),
        purpose="Keeps the avatars of collected channels in S3, each anew once a week.",
        tier=3,
    ),
    LaterDag(
        dag_id="assets_expired_urls",
        schedule="0 5 * * *",
        requests=(
            _of("instagram.instagram_post_media", "posts_with_media", _MONTH, _MONTH),
            _of("youtube.youtube_thumbnail", "videos_with_thumbnail", _MONTH, _MONTH),
        ),
        purpose="Asks once more for the media of the last month: an address had expired before it was fetched.",
        tier=3,
    ),
)

RETENTION_FLOWS = tuple(flow.key for flow in LATER_FLOWS if flow.part == "assets")
