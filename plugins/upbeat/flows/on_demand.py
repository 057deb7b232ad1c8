"""What a person may have collected at once: which flows take creators, and which take posts, by platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upbeat.errors import InputError
from upbeat.flows.stale import StaleRequest
from upbeat.records import Platform

_CREATORS = {
    Platform.INSTAGRAM: ("instagram.profile_by_handle", "instagram.posts_by_handle"),
    Platform.YOUTUBE: ("youtube.channel_by_handle",),
}
_POSTS = {
    Platform.INSTAGRAM: ("instagram.post_by_shortcode",),
    Platform.YOUTUBE: ("youtube.video_by_id",),
}
# A backlog that nobody works off within two hours is no answer on demand.
_EVERY = timedelta(hours=1)


def on_demand_flows() -> tuple[str, ...]:
    """All flows that may be asked for."""
    return tuple(flow for flows in (*_CREATORS.values(), *_POSTS.values()) for flow in flows)


def on_demand_requests(
    platform: str, handles: Sequence[str], shortcodes: Sequence[str]
) -> list[tuple[StaleRequest, Sequence[str]]]:
    """The requests for these creators and posts (of YouTube: video ids), each with its subjects.

    Raises:
        InputError: an unknown platform, or nothing is named.
    """
    try:
        whose = Platform(platform.strip().upper())
        by_flow = [(_CREATORS[whose], handles), (_POSTS[whose], shortcodes)]
    except (ValueError, KeyError) as error:
        known = ", ".join(known.lower() for known in _CREATORS)
        raise InputError(f"platform={platform}: is not collected on demand: use one of {known}") from error
    if not handles and not shortcodes:
        raise InputError("nothing to refresh: name handles or shortcodes")
    return [
        (StaleRequest(flow=flow, subjects="", every=_EVERY), subjects)
        for flows, subjects in by_flow
        for flow in flows
        if subjects
    ]
