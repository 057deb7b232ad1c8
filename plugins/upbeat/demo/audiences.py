"""The tour's look at audiences: followers of a few creators, scored by the real DAGs, and one of them with what led to its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upbeat.settings import Settings
from upbeat.stores.postgres import connect

COLLECT_FOLLOWERS = "ig_followers_sample"
SCORE = "score_followers"
CREATORS = 3
"""Creators whose followers are collected: 200 of each, which takes a few requests."""


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """One creator's sample of followers. Shares are 0 to 1, of the whole audience, by the model; None where it says nothing.

    Attributes:
        flagged_by_rules: share of the sample that the rules call fake, as counted: of no audience.
        corrected_fake_share: of the audience by the rules; None where they are no better than chance on labelled accounts.
    """

    handle: str
    audience_size: int | None
    sample_size: int
    flagged_by_rules: float
    corrected_fake_share: float | None
    model_fake_share: float | None
    model_fake_share_low: float | None
    model_fake_share_high: float | None


@dataclass(frozen=True, slots=True)
class ExplainedFollower:
    """A scored follower with what led there.

    Attributes:
        probability: of being fake, by the model.
        reasons: features with what each adds to the log-odds, the strongest first, the base rate last; they add up to those of the
            probability.
        decided_by: the rule that decided, `none` when none did.
    """

    creator: str
    handle: str
    full_name: str | None
    probability: float
    reasons: tuple[tuple[str, float], ...]
    score: float
    decided_by: str


def creators_to_score(settings: Settings, handles: Sequence[str]) -> dict[str, str]:
    """The ids by handle of the first creators of a list that were collected and show their followers."""
    with connect(settings) as connection:
        rows = connection.execute(
            """
            SELECT handle, profile_id FROM beat.instagram_account
            WHERE handle = ANY(%s) AND is_private IS NOT TRUE ORDER BY array_position(%s::text[], handle::text) LIMIT %s
            """,
            (list(handles), list(handles), CREATORS),
        ).fetchall()
    return {row["handle"]: row["profile_id"] for row in rows}


def audiences(settings: Settings, profile_ids: Sequence[str]) -> list[AudienceRow]:
    """What the newest sample of followers of each creator says of its audience, the largest audience first."""
    rows = _rows(
        settings,
        """
        SELECT DISTINCT ON (profile_id)
            handle, audience_size, sample_size, fake_share AS flagged_by_rules, corrected_fake_share,
            model_fake_share, model_fake_share_low, model_fake_share_high
        FROM beat.audience_quality
        WHERE platform = 'INSTAGRAM' AND relation = 'follower' AND profile_id = ANY(%s)
        ORDER BY profile_id, observed_at DESC
        """,
        profile_ids,
    )
    return sorted((AudienceRow(**row) for row in rows), key=lambda row: -(row.audience_size or 0))


def likeliest_fake(settings: Settings, profile_ids: Sequence[str]) -> ExplainedFollower | None:
    """The follower of these creators to whom the model gives the highest probability; None where it judged nobody."""
    rows = _rows(
        settings,
        """
        SELECT creator.handle AS creator, scored.handle, scored.full_name, scored.model_probability AS probability,
               scored.model_reasons AS reasons, scored.score, scored.decided_by
        FROM beat.follower_score AS scored
        INNER JOIN beat.instagram_account AS creator
            ON creator.platform = scored.platform AND creator.profile_id = scored.profile_id
        WHERE scored.platform = 'INSTAGRAM' AND scored.relation = 'follower' AND scored.profile_id = ANY(%s)
          AND scored.model_probability IS NOT NULL
        ORDER BY scored.model_probability DESC, scored.account_id LIMIT 1
        """,
        profile_ids,
    )
    for row in rows:
        reasons = tuple((str(feature), float(added)) for feature, added in row["reasons"])
        return ExplainedFollower(**{**row, "reasons": reasons})
    return None


def _rows(settings: Settings, statement: str, profile_ids: Sequence[str]) -> list[dict[str, Any]]:
    with connect(settings) as connection:
        return connection.execute(statement.encode(), (list(profile_ids),)).fetchall()
