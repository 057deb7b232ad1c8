"""What can be looked up: which flow asks, which table has the answer, and the names of look-ups on the queue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from upbeat.flows import Flow, flow_named
from upbeat.queue.tasks import INTERACTIVE_KEYS
from upbeat.records import Platform

LookupPlatform = Literal["instagram", "youtube"]

OPEN_SECONDS = 600
"""A look-up that began less long ago and has not ended is joined, by whatever process it was begun."""
LONGEST_WINDOW_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Kind:
    """What is looked up on one platform.

    Attributes:
        flow: the flow whose sources are asked.
        parameter: the flow's parameter that names the subject.
        statement: the query that reads the current row by it.
        log: the query that reads the observations which the row was made from.
        metrics: the columns that are figures, by the names that the log and the marts give them.
    """

    flow: str
    parameter: str
    statement: str
    log: str
    metrics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """One profile or post, by a name that the flow has normalised."""

    kind: Kind
    name: str

    @property
    def flow(self) -> Flow:
        """The flow that asks for it."""
        return flow_named(self.kind.flow)

    @property
    def params(self) -> dict[str, Any]:
        """What the flow is given."""
        return {self.kind.parameter: self.name}

    @property
    def key(self) -> str:
        """Names it among all subjects."""
        return f"{self.kind.flow}:{self.name}"


_PROFILE = {"followers": "followers_count", "media_count": "posts_count"}
_POST = {"likes": "likes_count", "comments": "comments_count", "plays": "plays_count"}

PROFILES: dict[Platform, Kind] = {
    Platform.INSTAGRAM: Kind(
        "instagram.profile_by_handle",
        "handle",
        "instagram_profile",
        "profile_log",
        _PROFILE | {"following": "following_count"},
    ),
    Platform.YOUTUBE: Kind(
        "youtube.channel_by_handle",
        "handle",
        "youtube_profile",
        "profile_log",
        _PROFILE | {"total_views": "views_count"},
    ),
}
POSTS: dict[Platform, Kind] = {
    Platform.INSTAGRAM: Kind(
        "instagram.post_by_shortcode",
        "shortcode",
        "instagram_post",
        "post_log",
        _POST | {"shares": "shares_count", "saves": "saves_count"},
    ),
    Platform.YOUTUBE: Kind("youtube.video_by_id", "video_id", "youtube_post", "post_log", _POST),
}
_BY_FLOW = {kind.flow: kind for kind in (*PROFILES.values(), *POSTS.values())}


def subject_of(kinds: Mapping[Platform, Kind], platform: LookupPlatform, name: str) -> Subject:
    """The subject of a request. Raises `InputError` that says what is wrong with its name."""
    kind = kinds[Platform(platform.upper())]
    params = flow_named(kind.flow).validate({kind.parameter: name})
    return Subject(kind, str(params[kind.parameter]))


def subject_of_task(platform: str, flow: str, params: Mapping[str, Any]) -> Subject | None:
    """The subject of a task, where its flow is one of look-ups."""
    kind = _BY_FLOW.get(f"{platform.lower()}.{flow}")
    return None if kind is None else Subject(kind, str(params.get(kind.parameter, "")))


def window_seconds(cache_seconds: float) -> int:
    """Look-ups of one subject that begin within one window are one: as long as a failure is remembered, at most."""
    return max(1, min(LONGEST_WINDOW_SECONDS, int(cache_seconds)))


def task_keys(subject: Subject, now: float, window: int) -> list[str]:
    """The idempotency keys of the look-ups of this subject that may still be open, the newest first.

    Args:
        now: Unix time in seconds.
        window: of `window_seconds`.
    """
    newest = int(now // window)
    return [
        f"{INTERACTIVE_KEYS}{subject.key}:{window}:{newest - back}"
        for back in range(OPEN_SECONDS // window + 1)
    ]
