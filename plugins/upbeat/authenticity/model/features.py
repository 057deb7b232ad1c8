"""What the follower model looks at: one column a feature, for many followers at once. What is not known is NaN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from upbeat.authenticity.follower import Follower, RuleScore
from upbeat.authenticity.model.handles import HANDLE_FEATURES, Floats, handle_features, name_somebody

GROUPS: dict[str, tuple[str, ...]] = {
    "reach": ("log_followers", "log_following", "log_following_per_follower"),
    "posts": ("log_posts", "log_posts_per_following"),
    "name": ("similarity", "is_known_name", "lang_flag"),
}
"""Features that count as known together or not at all. Logs are natural, of the count plus one."""

MOST = 10**12
"""No account has as many followers: a larger count is a fault of who told it."""

FLAGS = ("has_picture", "is_private")
"""1 or 0. A sub-model takes one that is not known for the average of its training accounts."""

ALWAYS = (*HANDLE_FEATURES, *FLAGS)

COMBINATIONS: tuple[tuple[str, ...], ...] = (
    ("reach", "posts", "name"),
    ("reach", "posts"),
    ("reach", "name"),
    ("reach",),
    ("name",),
    (),
)
"""Groups of the sub-models, the one that knows most first."""


def feature_names(groups: Iterable[str]) -> tuple[str, ...]:
    """The features of the sub-model over these groups, in order."""
    return (*(name for group in groups for name in GROUPS[group]), *ALWAYS)


class Features:
    """The features of some followers, by name.

    Attributes:
        columns: by feature, one value a follower, NaN where it is not known.
        usable: whether the handle has a letter or a digit of any script. Without one (signs, emoji) no sub-model judges, whatever
            the counts: the accounts that taught them all had one.
    """

    def __init__(self, followers: Sequence[Follower], rules: Sequence[RuleScore]) -> None:
        """Of each follower, with the rules' score of the same follower at the same place."""
        handles = [follower.handle for follower in followers]
        self.columns: dict[str, Floats] = dict(zip(HANDLE_FEATURES, handle_features(handles).T, strict=True))
        self._add_counts(followers)
        self._add_names(followers, rules)
        self._known = {
            group: ~np.isnan(np.stack([self.columns[name] for name in names])).any(axis=0)
            for group, names in GROUPS.items()
        }
        self.usable = name_somebody(handles)

    def knows(self, groups: Iterable[str]) -> np.ndarray:
        """Which followers have a usable handle and all features of these groups."""
        known = self.usable.copy()
        for group in groups:
            known &= self._known[group]
        return known

    def table(self, names: Iterable[str]) -> Floats:
        """One row a follower, one column a feature."""
        return np.stack([self.columns[name] for name in names], axis=1)

    def _add_counts(self, followers: Sequence[Follower]) -> None:
        log_followers = np.log1p(_numbers(follower.followers for follower in followers))
        log_following = np.log1p(_numbers(follower.following for follower in followers))
        log_posts = np.log1p(_numbers(follower.posts for follower in followers))
        self.columns["log_followers"] = log_followers
        self.columns["log_following"] = log_following
        self.columns["log_posts"] = log_posts
        self.columns["log_following_per_follower"] = log_following - log_followers
        # Not posts per follower: it is low for every large account, and a curve learnt from ordinary ones would call them fake.
        self.columns["log_posts_per_following"] = log_posts - log_following
        self.columns["has_picture"] = _numbers(follower.has_picture for follower in followers)
        self.columns["is_private"] = _numbers(follower.is_private for follower in followers)

    def _add_names(self, followers: Sequence[Follower], rules: Sequence[RuleScore]) -> None:
        named = [
            (rule.similarity, rule.is_known_name, rule.lang_flag) if follower.full_name else (None,) * 3
            for follower, rule in zip(followers, rules, strict=True)
        ]
        for place, name in enumerate(GROUPS["name"]):
            self.columns[name] = _numbers(row[place] for row in named)


def _numbers(values: Iterable[float | None]) -> Floats:
    """NaN for None. A count that cannot be, below 0 or of more than `MOST`, is taken for unknown."""
    numbers = np.array(
        [value if value is None or value <= MOST else None for value in values], dtype=np.float64
    )
    numbers[numbers < 0] = np.nan
    return numbers
