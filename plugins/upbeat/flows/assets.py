"""The flows of assets: pictures and films of what was collected are kept; a source is asked where an address has expired."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from upbeat.flows import parameters as of
from upbeat.flows.flow import Flow
from upbeat.records import PayloadKind, Platform

_flow = partial(
    Flow,
    kind=PayloadKind.IDENTIFIER,  # a picture is no answer that is parsed
    chain=(),
    writes=("beat.asset", "beat.asset_object"),
    # A task holds a whole film at a time.
    concurrency=8,
    limit_levels=(),
    freshness=timedelta(days=7),
    part="assets",
)
_instagram = partial(_flow, platform=Platform.INSTAGRAM)
_youtube = partial(_flow, platform=Platform.YOUTUBE)

ASSET_FLOWS: tuple[Flow, ...] = (
    _instagram(name="instagram_picture", method="keep_picture", params_model=of.UserParameters),
    _instagram(name="instagram_post_media", method="keep_post_media", params_model=of.PostParameters),
    _instagram(
        name="instagram_story_media",
        method="keep_story_media",
        params_model=of.StoryParameters,
        priority=3,  # it is gone after a day
    ),
    _youtube(name="youtube_avatar", method="keep_avatar", params_model=of.ChannelParameters),
    _youtube(name="youtube_thumbnail", method="keep_thumbnail", params_model=of.VideoParameters),
)
