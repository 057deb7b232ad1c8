"""Which questions a plan is to ask: of whom, of what kinds, and how often about posts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from upbeat.enrichment.kinds import KINDS, Kind
from upbeat.errors import InputError
from upbeat.records import Platform

POSTS_EVERY = timedelta(days=30)
"""Of a kind that reads posts every new post makes a new question: it is asked once in so long. Of a kind that reads the biography alone
a question is new when the biography is."""

_PLATFORMS = (Platform.INSTAGRAM, Platform.YOUTUBE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a plan looks for. `limit`: most questions; None: as many as there are."""

    platforms: tuple[Platform, ...] = _PLATFORMS
    kinds: tuple[Kind, ...] = KINDS
    tiers: tuple[str, ...] = ("tracked", "campaign", "leaderboard")
    posts_every: timedelta = POSTS_EVERY
    limit: int | None = None


def wanted_of(platforms: list[str], kinds: list[str], limit: int | None = None) -> Wanted:
    """What a person named; nothing named is all.

    Raises:
        InputError: a name that there is not.
    """
    known = {platform.value.lower(): platform for platform in _PLATFORMS}
    if unknown := [name for name in platforms if name.lower() not in known]:
        raise InputError(f"platform {unknown[0]}: use one of {', '.join(known)}")
    if unknown := [name for name in kinds if name not in KINDS]:
        raise InputError(f"kind {unknown[0]}: use one of {', '.join(KINDS)}")
    return Wanted(
        platforms=tuple(known[name.lower()] for name in platforms) or _PLATFORMS,
        kinds=tuple(kind for kind in KINDS if not kinds or kind in kinds),
        limit=limit,
    )
