"""The flows of parts that are still to come: listed, so that the catalogue is whole, and refused when enqueued."""

from __future__ import annotations

from collections.abc import Iterator

from upbeat.flows.flow import Flow, Part
from upbeat.flows.parameters import FlowParameters
from upbeat.records import PayloadKind, Platform

_ASSETS = {
    Platform.INSTAGRAM: ("instagram_picture", "instagram_post_media", "instagram_story_media"),
    Platform.YOUTUBE: ("youtube_avatar", "youtube_thumbnail"),
}


def _listed(platform: Platform, name: str, part: Part, writes: str, processes: int, concurrency: int) -> Flow:
    return Flow(
        platform=platform,
        name=name,
        method="",
        kind=PayloadKind.IDENTIFIER,
        params_model=FlowParameters,
        chain=(),
        writes=(writes,),
        processes=processes,
        concurrency=concurrency,
        part=part,
    )


def _later() -> Iterator[Flow]:
    for platform, names in _ASSETS.items():
        for name in names:
            yield _listed(platform, name, "assets", "beat.asset", 1, 16)


LATER_FLOWS: tuple[Flow, ...] = tuple(_later())
