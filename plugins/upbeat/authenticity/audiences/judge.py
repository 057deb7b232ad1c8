"""Scores the accounts of a sample by the rules and by the model, and sums them up for the whole audience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from upbeat.authenticity.audience import AudienceShare, ErrorRates, share_of_fakes
from upbeat.authenticity.audiences.sample import Creator, Member, Sample
from upbeat.authenticity.follower import ModelScore, RuleScore
from upbeat.authenticity.rules import FAKE
from upbeat.logs import get_logger
from upbeat.records import AudienceQuality, FollowerScore, Platform, Problem

if TYPE_CHECKING:
    from upbeat.authenticity.model.predict import FollowerModel
    from upbeat.authenticity.score import Scorer
    from upbeat.settings import Settings

SOURCE = "scorer"
"""Who says so, in all records."""
INTERVAL_LEVEL = 0.95
_DECIMALS = 4

log = get_logger("authenticity.audiences")


@dataclass(frozen=True, slots=True)
class Judged:
    """One account with its scores."""

    member: Member
    rules: RuleScore
    model: ModelScore | None


class Judge:
    """The scorer and the model of one process. Blocks while it works: some tens of milliseconds for a thousand accounts."""

    def __init__(self, scorer: Scorer, model: FollowerModel) -> None:
        self._scorer = scorer
        self._model = model

    @classmethod
    def load(cls, settings: Settings) -> Judge:
        """With the tables and the model that ship.

        Raises:
            InputError: a file of `include/authenticity` is missing or damaged.
        """
        from upbeat.authenticity.model.predict import FollowerModel
        from upbeat.authenticity.score import Scorer

        return cls(Scorer.load(settings), FollowerModel.load())

    def judge(self, members: Sequence[Member]) -> tuple[list[Judged], list[Problem]]:
        """The accounts with their scores; one that cannot be scored is a problem, and costs none of the others.

        Raises:
            Exception: none of them can be scored.
        """
        try:
            return self._judge(members), []
        except Exception as error:
            judged, problems = self._judge_apart(members)
            if not judged:
                raise
            log.warning("accounts could not be scored", accounts=len(problems), reason=type(error).__name__)
            return judged, problems

    def scores(
        self, judged: Sequence[Judged], creator: Creator, sample: Sample, platform: Platform, now: datetime
    ) -> list[FollowerScore]:
        """A record per account."""
        return [self._score(one, creator, sample, platform, now) for one in judged]

    def quality(
        self, judged: Sequence[Judged], creator: Creator, sample: Sample, platform: Platform, now: datetime
    ) -> AudienceQuality:
        """What the sample says of the whole audience. It holds one account at least."""
        rules = [one.rules.score for one in judged]
        fake, real = sum(score >= FAKE for score in rules), sum(score <= 0 for score in rules)
        size = len(judged)
        audience = max(sample.known, creator.followers or 0 if sample.relation == "follower" else 0)
        by_rules = _share(rules, self._model.rule_errors, audience)
        by_model = self._share_by_model(judged, audience)
        return AudienceQuality(
            platform=platform,
            source=SOURCE,
            observed_at=now,
            profile_id=creator.profile_id,
            relation=sample.relation,
            sample_id=sample.sample_id,
            handle=creator.handle,
            audience_size=audience,
            sample_size=size,
            fake_count=fake,
            weak_count=size - fake - real,
            real_count=real,
            fake_share=fake / size,
            weak_share=(size - fake - real) / size,
            real_share=real / size,
            **_told_by_rules(by_rules),
            **_told_by_model(by_model, self._model.version),
            interval_level=INTERVAL_LEVEL if by_rules or by_model else None,
            scorer_version=self._scorer.version,
        )

    def _judge(self, members: Sequence[Member]) -> list[Judged]:
        followers = [member.follower for member in members]
        rules = self._scorer.rules(followers)
        models = self._model.score(followers, rules)
        return [Judged(*scores) for scores in zip(members, rules, models, strict=True)]

    def _judge_apart(self, members: Sequence[Member]) -> tuple[list[Judged], list[Problem]]:
        judged, problems = [], []
        for member in members:
            try:
                judged += self._judge([member])
            except Exception as error:
                named = type(error).__name__
                problems.append(Problem(f"account {member.account_id}", f"could not be scored: {named}"))
        return judged, problems

    def _share_by_model(self, judged: Sequence[Judged], audience: int) -> AudienceShare | None:
        followers, rules = [one.member.follower for one in judged], [one.rules for one in judged]
        errors = self._model.error_rates(followers, rules)
        scores = [None if one.model is None else one.model.probability for one in judged]
        return None if errors is None else _share(scores, errors, audience)

    def _score(
        self, judged: Judged, creator: Creator, sample: Sample, platform: Platform, now: datetime
    ) -> FollowerScore:
        follower, rules, model = judged.member.follower, judged.rules, judged.model
        return FollowerScore(
            platform=platform,
            source=SOURCE,
            observed_at=now,
            profile_id=creator.profile_id,
            relation=sample.relation,
            account_id=judged.member.account_id,
            handle=follower.handle,
            full_name=follower.full_name,
            score=rules.score,
            decided_by=rules.decided_by,
            lang_flag=rules.lang_flag,
            digits=rules.digits,
            digits_flag=rules.digits_flag,
            special_char_flag=rules.special_char_flag,
            similarity=None if rules.latin_name is None else rules.similarity,
            is_known_name=rules.is_known_name,
            script=rules.script,
            latin_name=rules.latin_name,
            matched_name=rules.matched_name,
            **_told_of_account(model),
            sample_id=sample.sample_id,
            scorer_version=self._scorer.version,
            names_version=self._scorer.names_version,
        )


def _told_of_account(model: ModelScore | None) -> dict[str, Any]:
    if model is None:
        return {}
    return {
        "model_probability": model.probability,
        "model_version": model.version,
        "model_reasons": [[feature, round(share, _DECIMALS)] for feature, share in model.reasons],
    }


def _told_by_rules(share: AudienceShare | None) -> dict[str, Any]:
    if share is None:
        return {}
    return {
        "corrected_fake_share": share.share,
        "fake_share_low": share.low,
        "fake_share_high": share.high,
    }


def _told_by_model(share: AudienceShare | None, version: str) -> dict[str, Any]:
    if share is None:
        return {}
    return {
        "model_sample_size": share.sample,
        "model_fake_count": share.flagged,
        "model_fake_share": share.share,
        "model_fake_share_low": share.low,
        "model_fake_share_high": share.high,
        "model_version": version,
    }


def _share(scores: Sequence[float | None], errors: ErrorRates, audience: int) -> AudienceShare | None:
    """The share of fakes in the audience; None where the score is no better than chance, so that nothing follows."""
    if not errors.is_informative:
        return None
    return share_of_fakes(scores, errors=errors, audience=audience, confidence=INTERVAL_LEVEL)
