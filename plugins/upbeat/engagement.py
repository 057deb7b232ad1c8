"""The engagement formulas (specification A10). Pure; counts are whole numbers, rates are percentages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

EngagementBand = Literal["very_low", "low", "good", "excellent"]

TRIMMED_AT_EACH_END = 2
TRIMMED_ABOVE = 4


@dataclass(frozen=True, slots=True)
class PostFigures:
    """One post's counts. `reach` is None where it is not known (see `reels_reach`)."""

    likes: int
    comments: int
    reach: float | None = None

    @property
    def interactions(self) -> int:
        """Likes + comments: what posts are trimmed by."""
        return self.likes + self.comments


@dataclass(frozen=True, slots=True)
class Averages:
    """Means over an account's posts; each None when there are no posts. `avg_engagement` is a percentage."""

    avg_likes: float | None
    avg_comments: float | None
    avg_reach: float | None
    avg_engagement: float | None


def engagement_rate(likes: int, comments: int, followers: int) -> float:
    """(likes + comments) / followers × 100; 0.0 for no followers. Raises `ValueError` for a negative count."""
    _require_counts(likes=likes, comments=comments, followers=followers)
    return (likes + comments) / followers * 100 if followers else 0.0


def engagement_band(rate: float) -> EngagementBand:
    """1 to 3 % is low, 3 to 6 % good, 6 % and above excellent; each band begins with its lower bound."""
    if rate >= 6:
        return "excellent"
    if rate >= 3:
        return "good"
    return "low" if rate >= 1 else "very_low"


def reels_reach(plays: int, followers: int) -> float | None:
    """plays × (0.94 − 0.001 × log2(followers)); None for no followers. Raises `ValueError` for a negative count."""
    _require_counts(plays=plays, followers=followers)
    return plays * (0.94 - 0.001 * math.log2(followers)) if followers else None


def post_reach(likes: int) -> float:
    """likes × 0.85 × (7.6 − 0.7 × log10(likes)); 0.0 for no likes. Raises `ValueError` for a negative count.

    The formula falls below zero above 7.2 × 10^10 likes, more than there are people: 0.0 there.
    """
    _require_counts(likes=likes)
    return max(0.0, likes * 0.85 * (7.6 - 0.7 * math.log10(likes))) if likes else 0.0


def averages(posts: Sequence[PostFigures], followers: int, *, trim: bool = True) -> Averages:
    """Mean likes, comments, reach and engagement rate of an account's posts.

    Args:
        followers: of the account; with none each post's rate is 0.0.
        trim: leave out the two posts with the most and the two with the least likes + comments, when there are more
            than four.

    A missing reach counts as 0. No posts: all None.
    """
    kept = _trimmed(posts) if trim else list(posts)
    if not kept:
        return Averages(None, None, None, None)
    number = len(kept)
    return Averages(
        avg_likes=sum(post.likes for post in kept) / number,
        avg_comments=sum(post.comments for post in kept) / number,
        avg_reach=math.fsum(post.reach or 0.0 for post in kept) / number,
        avg_engagement=math.fsum(engagement_rate(p.likes, p.comments, followers) for p in kept) / number,
    )


def _trimmed(posts: Sequence[PostFigures]) -> list[PostFigures]:
    if len(posts) <= TRIMMED_ABOVE:
        return list(posts)
    # Equal posts: which of them is left out must not depend on the order in which they came.
    ordered = sorted(posts, key=lambda post: (post.interactions, post.likes, post.reach or 0.0))
    return ordered[TRIMMED_AT_EACH_END:-TRIMMED_AT_EACH_END]


def _require_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count < 0:
            raise ValueError(f"{name}={count}: a count cannot be negative")
