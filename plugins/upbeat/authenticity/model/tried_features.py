"""The sets of features that were tried for accounts of which all counts are known, so that the choice among them can be judged, too.

Each with three numbers of bends and three regularisations makes 54 settings. The set that ships was chosen with all labelled
accounts in view, which flatters its figures; chosen anew within every fold it does not.
"""

from __future__ import annotations

import numpy as np

from upbeat.authenticity.model.features import ALWAYS, FLAGS, GROUPS, Features
from upbeat.authenticity.model.handles import Floats

DROPPED_RATIO = "log_posts_per_follower"
"""Left out of what ships: low for every large account, so that a star looked fake."""
_RATIOS: tuple[tuple[str, ...], ...] = ((), (DROPPED_RATIO,), ("log_posts_per_following",))
_BESIDE_COUNTS = (ALWAYS, FLAGS)

TRIED_FEATURES: tuple[tuple[str, ...], ...] = tuple(
    (*GROUPS["reach"], "log_posts", *ratio, *beside) for ratio in _RATIOS for beside in _BESIDE_COUNTS
)


def tables_of_tried_features(features: Features) -> dict[tuple[str, ...], Floats]:
    """Of the accounts of which all counts are known: one table a set, one row an account, one column a feature."""
    columns = {
        **features.columns,
        DROPPED_RATIO: features.columns["log_posts"] - features.columns["log_followers"],
    }
    rows = features.knows(("reach", "posts"))
    return {names: np.stack([columns[name] for name in names], axis=1)[rows] for names in TRIED_FEATURES}
