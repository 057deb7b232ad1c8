"""What is scored, and what a score says. Types alone: the steps between stand in the other modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DecidedBy = Literal["lang_flag", "digits", "special_char", "similarity", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """One account of an audience, as lists and profiles tell it. What is not known is None, never 0.

    Attributes:
        handle: without the `@`.
        full_name: the display name, as written.
        followers: accounts that follow it.
        following: accounts that it follows.
        posts: what it has published.
        has_picture: whether it set a picture of its own.
        is_private: whether its posts are hidden.
    """

    handle: str
    full_name: str | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    has_picture: bool | None = None
    is_private: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """The ensemble of the specification (D6) for one follower, with the features that led there.

    Attributes:
        score: 1.0 fake, 0.33 weak sign, 0.0 likely real.
        decided_by: the first feature that held; `none` when none did.
        digits: decimal digits in the handle.
        special_char_flag: an underscore in the handle and a similarity below the threshold.
        similarity: of handle and name, 0 to 100 (D4); 0 without a name.
        is_known_name: a part of the name stands in the table of Indian names. Does not change the score.
        script: ISO 15924 name of the name's main script (`Latin`, `Devanagari`, …); None without letters.
        latin_name: the name after normalisation and transliteration, lower case; None without a name.
        matched_name: the entry of the table of names that was found.
    """

    score: float
    decided_by: DecidedBy
    lang_flag: bool
    digits: int
    digits_flag: bool
    special_char_flag: bool
    similarity: float
    is_known_name: bool
    script: str | None
    latin_name: str | None
    matched_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """What the trained model says of one follower.

    Attributes:
        probability: that the account is fake, 0 to 1, calibrated.
        reasons: features by their share in the log-odds, the strongest first; positive ones speak for fake.
        version: of the model file.
    """

    probability: float
    reasons: tuple[tuple[str, float], ...]
    version: str
