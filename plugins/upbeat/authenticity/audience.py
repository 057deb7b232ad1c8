"""What a scored sample tells of a whole audience: the share of fakes, with an interval.

A score errs, and a sample is a part. The share of flagged accounts is corrected for the first by sensitivity and
specificity (Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of
Epidemiology 107, 1978). The interval holds both uncertainties, of the sample and of the two rates, which were themselves
measured on few labelled accounts: Lang and Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated
sensitivity and specificity", Preventive Veterinary Medicine 113, 2014. It has a closed form: no draws, no seed.

What no formula corrects: a sample that was not drawn at random, and an audience whose fakes are easier or harder to tell
than those on which the rates were measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from upbeat.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """How a score did on labelled accounts that it had not seen.

    Attributes:
        threshold: a score of this and above flags an account.
        fakes: labelled fake accounts.
        fakes_flagged: those of them that were flagged.
        genuine: labelled genuine accounts.
        genuine_flagged: those of them that were flagged, wrongly.
    """

    threshold: float
    fakes: int
    fakes_flagged: int
    genuine: int
    genuine_flagged: int

    def __post_init__(self) -> None:
        if not (0 <= self.fakes_flagged <= self.fakes and 0 <= self.genuine_flagged <= self.genuine):
            raise InputError(f"error rates: {self}: more flagged than there are: count them anew")
        if not self.fakes or not self.genuine:
            raise InputError(f"error rates: {self}: both fakes and genuine accounts are needed")

    @property
    def sensitivity(self) -> float:
        """Share of the fakes that is flagged, 0 to 1."""
        return self.fakes_flagged / self.fakes

    @property
    def specificity(self) -> float:
        """Share of the genuine that is not flagged, 0 to 1."""
        return 1 - self.genuine_flagged / self.genuine

    @property
    def is_informative(self) -> bool:
        """Whether flagging is better than chance beyond doubt (95 %): if not, nothing can be said of an audience.

        Chance flags fakes and genuine accounts alike often: the interval of the difference of the two shares lies above 0
        (Agresti and Caffo, The American Statistician 54, 2000: one more of each outcome, so that 2 of 2 prove nothing).
        """
        fakes, genuine = self.fakes + 2, self.genuine + 2
        of_fakes, of_genuine = (self.fakes_flagged + 1) / fakes, (self.genuine_flagged + 1) / genuine
        variance = of_fakes * (1 - of_fakes) / fakes + of_genuine * (1 - of_genuine) / genuine
        return of_fakes - of_genuine > NormalDist().inv_cdf(0.975) * sqrt(variance)


def of_a_mixture(parts: Sequence[tuple[ErrorRates, int]]) -> ErrorRates:
    """The error rates of scores that come from several models, each weighted by the accounts of the sample that it judged.

    They count as measured on as many labelled accounts as the model with the fewest: models that were measured on the same
    accounts err together, and are no more certain together than one of them. Assumes that fakes are spread over the parts as
    genuine accounts are.

    Args:
        parts: error rates with their number of accounts, of which one at least is judged.
    """
    judged = sum(number for _, number in parts)
    fakes = min(errors.fakes for errors, _ in parts)
    genuine = min(errors.genuine for errors, _ in parts)
    sensitivity = sum(errors.sensitivity * number for errors, number in parts) / judged
    specificity = sum(errors.specificity * number for errors, number in parts) / judged
    return ErrorRates(
        threshold=parts[0][0].threshold,
        fakes=fakes,
        fakes_flagged=round(sensitivity * fakes),
        genuine=genuine,
        genuine_flagged=round((1 - specificity) * genuine),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceShare:
    """The share of fakes in an audience.

    Attributes:
        share: corrected for the score's errors, 0 to 1.
        low: lower end of the interval.
        high: upper end of the interval.
        flagged: accounts of the sample that the score flags.
        sample: accounts of the sample that have a score.
        confidence: of the interval, like 0.95.
    """

    share: float
    low: float
    high: float
    flagged: int
    sample: int
    confidence: float


def share_of_fakes(
    scores: Iterable[float | None],
    *,
    errors: ErrorRates,
    audience: int | None = None,
    confidence: float = 0.95,
) -> AudienceShare | None:
    """The share of fakes from the scores of a random sample; accounts without a score (None) are left out.

    Args:
        scores: of the sample, on the scale of `errors.threshold`.
        errors: of the score that made them.
        audience: accounts in the whole audience, where known: a sample that is most of it says more.
        confidence: of the interval, above 0 and below 1.

    Returns:
        None for a sample without any score.

    Raises:
        InputError: the audience is smaller than the sample, or the score is no better than chance.
    """
    known = [score for score in scores if score is not None]
    flagged = sum(score >= errors.threshold for score in known)
    return share_from_counts(flagged, len(known), errors=errors, audience=audience, confidence=confidence)


def share_from_counts(
    flagged: int,
    sample: int,
    *,
    errors: ErrorRates,
    audience: int | None = None,
    confidence: float = 0.95,
) -> AudienceShare | None:
    """As `share_of_fakes`, for who has counted already."""
    if sample == 0:
        return None
    _check(flagged, sample, errors, audience, confidence)
    informedness = errors.sensitivity + errors.specificity - 1
    share = _share((flagged / sample + errors.specificity - 1) / informedness)
    low, high = _interval(flagged, sample, errors, audience, NormalDist().inv_cdf((1 + confidence) / 2))
    # The interval's centre is drawn towards one half: a share of 0 or 1 may stand outside it.
    return AudienceShare(
        share=share,
        low=min(low, share),
        high=max(high, share),
        flagged=flagged,
        sample=sample,
        confidence=confidence,
    )


def _check(flagged: int, sample: int, errors: ErrorRates, audience: int | None, confidence: float) -> None:
    if not 0 <= flagged <= sample:
        raise InputError(f"flagged={flagged}: not within the sample of {sample}: count both anew")
    if audience is not None and audience < sample:
        raise InputError(f"audience={audience}: smaller than its sample of {sample}: pass None if unknown")
    if not 0 < confidence < 1:
        raise InputError(f"confidence={confidence}: must be above 0 and below 1, like 0.95")
    if errors.sensitivity + errors.specificity <= 1:
        raise InputError(
            f"error rates: sensitivity {errors.sensitivity:.2f} and specificity {errors.specificity:.2f} are no better"
            " than chance, so that nothing follows for an audience: use another score"
        )


def _interval(
    flagged: int, sample: int, errors: ErrorRates, audience: int | None, z: float
) -> tuple[float, float]:
    """Lang and Reiczigel's limits. Theirs take a corrected share below 0 as it is; held at 0, the upper limit errs on the safe side."""
    size = sample + z * z
    flagged_share = (flagged + z * z / 2) / size
    fakes, genuine = errors.fakes + 2, errors.genuine + 2
    sensitivity = (errors.fakes_flagged + 1) / fakes
    specificity = (errors.genuine - errors.genuine_flagged + 1) / genuine
    informedness = sensitivity + specificity - 1
    if informedness <= 0:  # so few labelled accounts that the rates may as well be chance
        return 0.0, 1.0
    share = _share((flagged_share + specificity - 1) / informedness)
    of_fakes, of_genuine = sensitivity * (1 - sensitivity), specificity * (1 - specificity)
    shift = 2 * z * z * (share * of_fakes / fakes - (1 - share) * of_genuine / genuine)
    # Who is drawn varies the less, the more of the audience is drawn; how each is judged varies all the same.
    drawn = share * (1 - share) * informedness**2 * _unseen(sample, audience)
    judged = share * of_fakes + (1 - share) * of_genuine
    rates = share**2 * of_fakes / fakes + (1 - share) ** 2 * of_genuine / genuine
    reach = z * sqrt((drawn + judged) / size + rates) / informedness
    return _share(share + shift - reach), _share(share + shift + reach)


def _unseen(sample: int, audience: int | None) -> float:
    """The correction of a variance for a finite population, (N − n) / (N − 1)."""
    if audience is None:
        return 1.0
    return (audience - sample) / max(audience - 1, 1)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)
