"""The flows of authenticity: audiences that were collected are scored; no source is asked."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from upbeat.flows.flow import Flow
from upbeat.flows.parameters import AudienceParameters
from upbeat.records import PayloadKind, Platform

_flow = partial(
    Flow,
    platform=Platform.INSTAGRAM,
    kind=PayloadKind.IDENTIFIER,  # nothing is fetched
    params_model=AudienceParameters,
    chain=(),
    concurrency=4,
    limit_levels=(),
    freshness=timedelta(days=7),
    part="authenticity",
)

AUTHENTICITY_FLOWS: tuple[Flow, ...] = (
    _flow(name="follower_scores", method="score_followers", writes=("beat.follower_score",)),
    _flow(name="audience_quality", method="sum_up_audience", writes=("beat.audience_quality",)),
    _flow(name="commenter_scores", method="score_commenters", writes=("beat.follower_score",)),
)
