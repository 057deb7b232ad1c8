"""What the platform says itself of audiences: scores of accounts, and what a sample of them tells of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from upbeat.records.facts import Fact

Relation = Literal["follower", "commenter"]
"""How an account came into a sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerScore(Fact):
    """How fake an account of the audience of `profile_id` looks, by the rules and by the model, and why.

    Attributes:
        score: the rules': 1.0 fake, 0.33 weak sign, 0.0 likely real.
        decided_by: the first feature that held, `none` when none did.
        digits: in the handle.
        similarity: of handle and name, 0 to 100; None without a name.
        model_probability: that it is fake, 0 to 1; None where too little is known.
        model_reasons: pairs of a feature and its share in the log-odds, the strongest first.
        sample_id: the sample that it was drawn in.
    """

    kind: ClassVar[str] = "follower_score"

    profile_id: str
    relation: Relation
    account_id: str
    handle: str
    full_name: str | None = None
    score: float
    decided_by: str | None = None
    lang_flag: bool
    digits: int | None = None
    digits_flag: bool
    special_char_flag: bool
    similarity: float | None = None
    is_known_name: bool
    script: str | None = None
    latin_name: str | None = None
    matched_name: str | None = None
    model_probability: float | None = None
    model_version: str | None = None
    model_reasons: list[Any] | None = None
    sample_id: str | None = None
    scorer_version: str
    names_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceQuality(Fact):
    """What the scores of one sample say of the whole audience of `profile_id`. Shares are 0 to 1.

    Attributes:
        audience_size: followers that the account has, or commenters that were seen.
        fake_share: of the sample by the rules, as counted; likewise the weak and the real one.
        corrected_fake_share: of the whole audience by the rules, corrected for how often they err; None where they are no better
            than chance: then `model_fake_share` is the one to read.
        fake_share_low: lower end of its interval.
        fake_share_high: upper end of its interval.
        model_sample_size: accounts of the sample of which the model could say something.
        model_fake_count: those of them that it takes for fake.
        model_fake_share: of the whole audience by the model, corrected for how often it errs.
        model_fake_share_low: lower end of its interval.
        model_fake_share_high: upper end of its interval.
        interval_level: of both intervals, 0.95.
    """

    kind: ClassVar[str] = "audience_quality"

    profile_id: str
    relation: Relation
    sample_id: str
    handle: str | None = None
    audience_size: int | None = None
    sample_size: int
    fake_count: int
    weak_count: int
    real_count: int
    fake_share: float
    weak_share: float
    real_share: float
    corrected_fake_share: float | None = None
    fake_share_low: float | None = None
    fake_share_high: float | None = None
    model_sample_size: int | None = None
    model_fake_count: int | None = None
    model_fake_share: float | None = None
    model_fake_share_low: float | None = None
    model_fake_share_high: float | None = None
    model_version: str | None = None
    interval_level: float | None = None
    scorer_version: str
