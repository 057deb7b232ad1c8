"""Made-up labelled accounts with a known difference: fakes follow many, have few followers and digits in the handle."""

from __future__ import annotations

import numpy as np

from upbeat.authenticity.follower import Follower, RuleScore
from upbeat.authenticity.model.accounts import LabelledAccounts

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def rule_score(*, similarity: float = 0.0, digits: int = 0, score: float = 0.0) -> RuleScore:
    return RuleScore(
        score=score,
        decided_by="none",
        lang_flag=False,
        digits=digits,
        digits_flag=digits > 4,
        special_char_flag=False,
        similarity=similarity,
        is_known_name=similarity > 50,
        script=None,
        latin_name=None,
        matched_name=None,
    )


def made_accounts(
    genuine: int = 300, fakes: int = 80, *, names: bool = False, seed: int = 1
) -> tuple[LabelledAccounts, list[RuleScore]]:
    """Accounts in mixed order, and their rule scores; with names, those of fakes match the handle worse."""
    random = np.random.default_rng(seed)
    fake = random.permutation(np.repeat([True, False], [fakes, genuine]))
    followers, rules = [], []
    for is_fake in fake:
        digits = int(random.poisson(2.0 if is_fake else 0.4))
        handle = "".join(random.choice(_LETTERS, 7)) + "7" * digits
        followers.append(
            Follower(
                handle=handle,
                full_name="Made Up" if names else None,
                followers=int(random.lognormal(3 if is_fake else 5.5, 1)),
                following=int(random.lognormal(6.5 if is_fake else 5.5, 1)),
                posts=int(random.lognormal(1.5 if is_fake else 4, 1)),
                has_picture=bool(random.random() < 0.95),
                is_private=bool(random.random() < 0.3),
            )
        )
        similarity = float(np.clip(random.normal(30 if is_fake else 80, 10), 0, 100)) if names else 0.0
        rules.append(rule_score(similarity=similarity, digits=digits, score=float(digits > 4)))
    return LabelledAccounts("made.csv", followers, fake, []), rules
